import type { RawAnswer } from './listener.ts';
import type { Fault } from './script.ts';
import { STORAGE_AUDIENCE } from './tokens.ts';

/** Calls so far, by how they ended. */
export type BlobCounts = Record<
  | 'challenged' /* without a token */
  | 'unauthorized' /* with a bad one */
  | 'read' /* a blob or a version of one, by GET */
  | 'unchanged' /* 304, by GET or HEAD */
  | 'headed' /* by HEAD */
  | 'listed' /* a page of blobs */
  | 'missing' /* no such container, blob or version */
  | 'refused' /* x-ms-version, account, method, headers or query */
  | 'scripted',
  number
>;

/** An answer, and how it is counted. */
export interface BlobAnswer {
  readonly kind: keyof BlobCounts;
  readonly answer: RawAnswer;
}

/**
 * An error as Blob Storage words it (https://learn.microsoft.com/rest/api/storageservices/status-and-error-codes2).
 * After a HEAD only the header tells its code.
 */
export function refusal(
  kind: keyof BlobCounts,
  x: {
    readonly status: number;
    readonly code: string;
    readonly message: string;
    readonly headers?: Readonly<Record<string, string>>;
  },
): BlobAnswer {
  const { status, code, message, headers } = x;
  const body = `<Error><Code>${escaped(code)}</Code><Message>${escaped(message)}</Message></Error>`;
  return {
    kind,
    answer: {
      status,
      headers: { ...headers, 'x-ms-error-code': code },
      contentType: 'application/xml',
      octets: `\uFEFF<?xml version="1.0" encoding="utf-8"?>${body}`,
    },
  };
}

/** @param x.sent whether there was a token, then a bad one */
export function challenge(tenant: string, x: { readonly sent: boolean }): BlobAnswer {
  const authorization = `https://login.microsoftonline.com/${tenant}/oauth2/authorize`;
  return refusal(x.sent ? 'unauthorized' : 'challenged', {
    status: 401,
    code: x.sent ? 'InvalidAuthenticationInfo' : 'NoAuthenticationInformation',
    message: 'Server failed to authenticate the request. See the www-authenticate header.',
    headers: {
      'www-authenticate': `Bearer authorization_uri=${authorization} resource_id=${STORAGE_AUDIENCE}`,
    },
  });
}

export function missing(what: 'Container' | 'Blob'): BlobAnswer {
  return refusal('missing', {
    status: 404,
    code: `${what}NotFound`,
    message: `The specified ${what.toLowerCase()} does not exist.`,
  });
}

/** A header or a part of the query that the service, or this stand-in, does not take. */
export function badRequest(code: string, message: string): BlobAnswer {
  return refusal('refused', { status: 400, code, message });
}

/** What a script makes of a call that it lets be answered. */
export function scripted({ status, retryAfter }: Exclude<Fault, 'reset'>): BlobAnswer {
  const said = (code: string, message: string, headers = {}) =>
    refusal('scripted', { status, code, message, headers });
  switch (status) {
    case 403:
      return said(
        'AuthorizationPermissionMismatch',
        'This request is not authorized to perform this operation using this permission.',
      );
    case 429:
      return said('TooManyRequests', 'Too many requests were received.', {
        'retry-after': String(retryAfter ?? 0),
      });
    case 503:
      return said('ServerBusy', 'The server is busy.');
    default:
      return said('InternalError', 'The server encountered an internal error. Please retry the request.');
  }
}

const entities: Readonly<Record<string, string>> = { '<': '&lt;', '>': '&gt;', '&': '&amp;', '"': '&quot;' };

/** Text as XML has it, in elements and attributes. */
export function escaped(text: string): string {
  return text.replace(/[<>&"]/g, (mark) => entities[mark] ?? '');
}

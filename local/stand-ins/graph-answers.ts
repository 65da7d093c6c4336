import type { JsonAnswer, RawAnswer } from './listener.ts';
import type { Fault } from './script.ts';

/** Calls so far, by how they ended. */
export type GraphCounts = Record<
  | 'userRead' /* one, by id or UPN */
  | 'userMissing' /* the path names nobody */
  | 'groupRead' /* one, by id */
  | 'userFiltered' /* a page of users, an empty one, too */
  | 'membersChecked' /* checkMemberGroups */
  | 'membersListed' /* getMemberObjects, or a page of transitiveMemberOf */
  | 'unauthorized' /* the token */
  | 'forbidden' /* the app roles */
  | 'refused' /* path, method, query, headers or body */
  | 'scripted',
  number
>;

/** An answer of status 200, and how it is counted. */
export interface GraphAnswer {
  readonly kind: keyof GraphCounts;
  readonly body: object;
}

/** What a call is refused with. The message may repeat what was asked, as that of the real service does. */
export class GraphRefusal extends Error {
  readonly kind: keyof GraphCounts;
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;
  constructor(
    kind: keyof GraphCounts,
    x: {
      readonly status: number;
      readonly code: string;
      readonly message: string;
      readonly headers?: Readonly<Record<string, string>>;
    },
  ) {
    super(x.message);
    this.name = 'GraphRefusal';
    this.kind = kind;
    this.status = x.status;
    this.code = x.code;
    this.headers = x.headers ?? {};
  }
}

/** The gateway, which reads URL and body, could not make sense of the call. */
export function badRequest(message: string): GraphRefusal {
  return new GraphRefusal('refused', { status: 400, code: 'BadRequest', message });
}

/** The directory behind the gateway found the call wrong. */
export function directoryRefusal(message: string): GraphRefusal {
  return new GraphRefusal('refused', { status: 400, code: 'Request_BadRequest', message });
}

/** The call means something, but nothing that the directory can answer. */
export function unsupportedQuery(message: string): GraphRefusal {
  return new GraphRefusal('refused', { status: 400, code: 'Request_UnsupportedQuery', message });
}

export function notFound(kind: 'userMissing' | 'refused', resource: string): GraphRefusal {
  const message = `Resource '${resource}' does not exist or one of its queried reference-property objects are not present.`;
  return new GraphRefusal(kind, { status: 404, code: 'Request_ResourceNotFound', message });
}

export function forbidden(kind: 'forbidden' | 'scripted' = 'forbidden'): GraphRefusal {
  const message = 'Insufficient privileges to complete the operation.';
  return new GraphRefusal(kind, { status: 403, code: 'Authorization_RequestDenied', message });
}

/** A fault of the script, worded as entra.md 4.5 has it. */
export function scriptedRefusal(fault: Exclude<Fault, 'reset'>): GraphRefusal {
  const { status, retryAfter = 0 } = fault;
  if (status === 403) return forbidden('scripted');
  if (status === 429) {
    const headers = { 'retry-after': String(retryAfter) };
    const message = 'Please retry again later.';
    return new GraphRefusal('scripted', { status, code: 'TooManyRequests', message, headers });
  }
  const code = status === 503 ? 'serviceNotAvailable' : 'UnknownError';
  return new GraphRefusal('scripted', { status, code, message: 'Scripted.' });
}

/** How one call is named in its answer. */
export interface CallIds {
  /** The service's own name of it. */
  readonly request: string;
  /** The caller's. */
  readonly client: string;
}

export function sent(body: object, ids: CallIds): RawAnswer {
  const contentType =
    'application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8';
  const headers = { ...idHeaders(ids), 'odata-version': '4.0', 'cache-control': 'no-cache' };
  return { status: 200, headers, contentType, octets: JSON.stringify(body) };
}

/**
 * The error envelope (entra.md 4.5).
 *
 * @param now milliseconds since the epoch
 */
export function refused(refusal: GraphRefusal, ids: CallIds, now: number): JsonAnswer {
  const { status, code, message } = refusal;
  const innerError = {
    ...(status === 429 && { code: '429', message: 'Please retry after', status: '429' }),
    date: new Date(now).toISOString().slice(0, 19),
    'request-id': ids.request,
    'client-request-id': ids.client,
  };
  return {
    status,
    headers: { ...refusal.headers, ...idHeaders(ids) },
    body: { error: { code, message, innerError } },
  };
}

function idHeaders(ids: CallIds): Record<string, string> {
  return { 'request-id': ids.request, 'client-request-id': ids.client };
}

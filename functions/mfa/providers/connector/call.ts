import { postOnce } from '../../../entra/post-once.ts';
import { readBody } from '../../../entra/read-body.ts';
import { neverConnected } from '../../../entra/unconnected.ts';
import type { Watched } from '../../provider.ts';
import { LARGEST_ANSWER } from './response.ts';

/** How one HTTP request to the connector ended. */
export type Called =
  | { readonly kind: 'answered'; readonly octets: Buffer }
  /** The token was refused; nothing rang. */
  | { readonly kind: 'unauthorized' }
  | Exclude<Watched, { readonly kind: 'outcome' }>;

/** Sends one request, and never again. Never rejects; when the signal aborts, the answer is late. */
export type Call = (x: {
  readonly token: string;
  /** XML. */
  readonly body: string;
  readonly signal: AbortSignal;
}) => Promise<Called>;

/** Only an answer with 200 is read; its size is bounded, and by the signal its time. */
export function connectorCall(url: string, fetch: typeof globalThis.fetch): Call {
  return async ({ token, body, signal }) => {
    try {
      const headers = { authorization: `Bearer ${token}` };
      const post = { contentType: 'application/xml', headers, body, signal };
      const response = await postOnce(url, post, fetch);
      if (response.status === 200) return await read(response);
      response.body?.cancel().catch(() => undefined);
      return refused(response.status);
    } catch (error) {
      return failed(error, signal);
    }
  };
}

async function read(response: Response): Promise<Called> {
  const octets = await readBody(response, LARGEST_ANSWER);
  return octets === undefined ? { kind: 'lost', code: 'answer-unreadable' } : { kind: 'answered', octets };
}

function refused(status: number): Called {
  switch (status) {
    case 401:
      return { kind: 'unauthorized' };
    case 403:
      return { kind: 'not-begun', code: 'connector-forbidden' };
    case 429:
      return { kind: 'not-begun', code: 'connector-throttled' };
    default:
      return { kind: 'lost', code: 'connector-failed', detail: `HTTP ${status}` };
  }
}

function failed(error: unknown, signal: AbortSignal): Called {
  if (signal.aborted) return { kind: 'lost', code: 'answer-late' };
  const code = neverConnected(error);
  if (code !== undefined) return { kind: 'not-begun', code: 'connector-unreachable', detail: code };
  return { kind: 'lost', code: 'connection-broken' };
}

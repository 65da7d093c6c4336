import { postOnce } from '../post-once.ts';
import { readBody } from '../read-body.ts';
import { readRetryAfter } from '../retry-after.ts';
import { neverConnected } from '../unconnected.ts';
import type { Received } from './answer.ts';
import type { PasswordCheckFault } from './codes.ts';

/** How one HTTP request to the token endpoint ended. */
export type Called =
  | ({ readonly kind: 'answered' } & Received)
  | { readonly kind: 'unavailable'; readonly code: PasswordCheckFault; readonly detail: string };

/** Sends one request, and never again. Never rejects. */
export type Call = (x: {
  /** A form. */
  readonly body: string;
  /** UUID. */
  readonly id: string;
  readonly signal: AbortSignal;
}) => Promise<Called>;

/** Octets. A true answer holds two tokens and has a few thousand. */
export const LARGEST_ANSWER = 128 * 1024;

/**
 * @param now milliseconds since the epoch, for a Retry-After that names a date
 */
export function tokenCall(url: string, now: () => number, fetch: typeof globalThis.fetch): Call {
  return async ({ body, id, signal }) => {
    try {
      const headers = { accept: 'application/json', 'client-request-id': id };
      const contentType = 'application/x-www-form-urlencoded';
      const response = await postOnce(url, { contentType, headers, body, signal }, fetch);
      const retryAfter = readRetryAfter(response.headers.get('retry-after'), now()) ?? 0;
      return {
        kind: 'answered',
        status: response.status,
        octets: await readBody(response, LARGEST_ANSWER),
        retryAfter,
      };
    } catch (error) {
      // It is not kept: it could hold the request.
      const code = signal.aborted ? undefined : neverConnected(error);
      return code === undefined
        ? { kind: 'unavailable', code: 'password-check-broken-off', detail: '' }
        : { kind: 'unavailable', code: 'password-check-unreachable', detail: code };
    }
  };
}

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
      const response = await fetch(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          'content-length': String(body.length),
          accept: 'application/json',
          'accept-encoding': 'identity',
          'client-request-id': id,
          // A kept connection may be closed just as the request goes out; then nobody knows whether Entra has counted
          // the password.
          connection: 'close',
        },
        // A stream can be read once. A text fetch would send again by itself, after 421 for example.
        body: new Blob([body]).stream(),
        duplex: 'half',
        credentials: 'omit',
        // Not followed: the password is for this host alone.
        redirect: 'manual',
        signal,
      });
      const retryAfter = retryAfterOf(response.headers.get('retry-after'), now());
      return { kind: 'answered', status: response.status, octets: await read(response), retryAfter };
    } catch (error) {
      // It is not kept: it could hold the request.
      const code = signal.aborted ? undefined : neverConnected(error);
      return code === undefined
        ? { kind: 'unavailable', code: 'password-check-broken-off', detail: '' }
        : { kind: 'unavailable', code: 'password-check-unreachable', detail: code };
    }
  };
}

/** Undefined where there is more than any true answer holds. */
async function read(response: Response): Promise<Buffer | undefined> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of response.body ?? []) {
    length += piece.length;
    if (length > LARGEST_ANSWER) return undefined;
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

/** RFC 9110 §10.2.3: seconds, or a date. */
function retryAfterOf(value: string | null, now: number): number {
  if (value === null) return 0;
  const ms = /^\d{1,9}$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now;
  return Number.isFinite(ms) && ms > 0 ? ms : 0;
}

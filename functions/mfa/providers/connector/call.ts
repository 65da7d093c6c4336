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
      const response = await fetch(url, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${token}`,
          'content-type': 'application/xml',
          'content-length': String(Buffer.byteLength(body)),
          'accept-encoding': 'identity',
          // A kept connection may be closed by the service just as the request goes out, and then nobody knows
          // whether something rang. A new one costs little beside the time that the user takes.
          connection: 'close',
        },
        // A stream can be read once. A text fetch would send again by itself, after 421 for example.
        body: new Blob([body]).stream(),
        duplex: 'half',
        credentials: 'omit',
        // Not followed: the token is for this host alone.
        redirect: 'manual',
        signal,
      });
      if (response.status === 200) return await read(response);
      response.body?.cancel().catch(() => undefined);
      return refused(response.status);
    } catch (error) {
      return failed(error, signal);
    }
  };
}

async function read(response: Response): Promise<Called> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of response.body ?? []) {
    length += piece.length;
    if (length > LARGEST_ANSWER) return { kind: 'lost', code: 'answer-unreadable' };
    pieces.push(piece);
  }
  return { kind: 'answered', octets: Buffer.concat(pieces) };
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

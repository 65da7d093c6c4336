import type { CloudFault } from './faults.ts';

/** Octets of an answer's body that are kept. A RADIUS packet has at most 4,096; the rest of a longer body is cut off. */
const BODY_LIMIT = 8_192;

export type Protocol = 'h2' | 'http/1.1';

/** Who is at the other end of a connection, as its certificate says. The texts are theirs: untrusted. */
export interface Peer {
  readonly address: string;
  readonly subject: string;
  readonly issuer: string;
  /** End of the certificate's validity, as OpenSSL writes it. */
  readonly validTo: string;
  readonly fingerprint256: string;
}

/** A call on its way. The transport keeps the object, so each call needs one of its own; it may be sent again afterwards. */
export interface TransportRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body: Uint8Array | undefined;
  /**
   * Asked at the moment the call leaves, not before, so that a call that waited for a connection is signed afresh.
   * Lower-case names; the transport owns the object from then on. `undefined`: it has become too late, send nothing.
   */
  headers(): { [name: string]: string } | undefined;
  /** Set by the transport while it holds the call: ends it, wherever it is; the outcome is then `stopped`. */
  stop: (() => void) | undefined;
}

/** What became of a call. */
export type Outcome =
  | Answered
  | Failed
  /** It was ended here, by `stop` or because it had become too late. */
  | { readonly kind: 'stopped' }
  /** Nothing was sent, for the server does not speak HTTP/2. Only the HTTP/2 transport says so. */
  | { readonly kind: 'http1-only' };

export interface Answered {
  readonly kind: 'answered';
  readonly status: number;
  readonly contentType: string | undefined;
  readonly retryAfter: string | undefined;
  readonly date: string | undefined;
  /** At most {@link BODY_LIMIT} octets. */
  readonly body: Buffer;
  readonly protocol: Protocol;
  readonly peer: Peer;
}

export interface Failed {
  readonly kind: 'failed';
  readonly code: CloudFault;
  /** False only when the functions cannot have begun to work on the call. */
  readonly begun: boolean;
  /** The system's or OpenSSL's own name for it, where there is one (`ECONNREFUSED`, `CERT_HAS_EXPIRED`). */
  readonly cause?: string;
}

/** A call that a transport holds. */
export interface Held {
  readonly request: TransportRequest;
  readonly settle: (outcome: Outcome) => void;
  settled: boolean;
}

/** Tells a call what became of it; what comes after that is nothing to it. */
export function finish(held: Held, outcome: Outcome): void {
  if (held.settled) return;
  held.settled = true;
  held.request.stop = undefined;
  held.settle(outcome);
}

export const STOPPED: Outcome = { kind: 'stopped' };

/** A way to make calls to one server. */
export interface Transport {
  /** Never rejects. */
  request(request: TransportRequest): Promise<Outcome>;
  /** Ends every call and connection; resolves when no socket is left. */
  close(): Promise<void>;
}

/** A body as it comes in, cut off at {@link BODY_LIMIT}. */
export interface Body {
  first: Buffer | undefined;
  more: Buffer[] | undefined;
  size: number;
}

/** Adds a piece; false when the body has become too long, and the rest is not wanted. */
export function take(body: Body, piece: Buffer): boolean {
  const room = BODY_LIMIT - body.size;
  const kept = piece.length > room ? piece.subarray(0, room) : piece;
  body.size += kept.length;
  if (body.first === undefined) body.first = kept;
  else if (body.more === undefined) body.more = [kept];
  else body.more.push(kept);
  return kept === piece;
}

const NOTHING = Buffer.alloc(0);

/** The whole of what was taken. */
export function whole(body: Body): Buffer {
  if (body.first === undefined) return NOTHING;
  return body.more === undefined ? body.first : Buffer.concat([body.first, ...body.more], body.size);
}

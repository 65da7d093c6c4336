/**
 * How the null backend treats calls from now on. A hold keeps every call waiting until another treatment is said; then
 * all that wait are answered at once.
 */
export type Treatment = 'answer' | 'hold';

/** HTTP/2 streams that a connection may have at a time, as with Kestrel, which stands before the functions in Azure. */
export const STREAMS = 100;

/** What the null backend has counted. */
export interface BackendCounts {
  /** Calls taken since it started. */
  readonly calls: number;
  /** Calls that wait at this moment. */
  readonly waiting: number;
  /** TLS connections that are open at this moment. */
  readonly connections: number;
}

export type ToBackend =
  | {
      readonly type: 'start';
      /** PEM. */
      readonly key: string;
      readonly cert: string;
      readonly secret: string;
      /** By which calls are signed; SubjectPublicKeyInfo, DER, base64. */
      readonly relayKey: { readonly keyId: string; readonly publicKey: string };
    }
  | { readonly type: 'treat'; readonly treatment: Treatment }
  | { readonly type: 'count' }
  | { readonly type: 'stop' };

export type FromBackend =
  | { readonly type: 'ready'; readonly http2Port: number; readonly http1Port: number }
  | { readonly type: 'failed'; readonly message: string }
  /** The answer to `treat` and to `count`. */
  | ({ readonly type: 'counts' } & BackendCounts);

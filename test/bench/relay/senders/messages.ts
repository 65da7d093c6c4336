/** Identifiers that one socket has (RFC 2865 §3). */
export const IDENTIFIERS = 256;

/** How requests follow each other: the next one when one is answered or given up, or by the clock. */
export type Pace = { readonly outstanding: number } | { readonly perSecond: number };

/**
 * What follows when a request is lost, or is answered wrongly or more than once: the end of everything, since no figure
 * is wanted any more; or nothing but its being counted, and so is what still comes within so many ms after the last
 * request is settled.
 */
export type AtFault = 'end' | { readonly listenFor: number };

/** Requests to one server on 127.0.0.1, none like another. */
export interface Load {
  readonly port: number;
  /** Shared with the server. */
  readonly secret: string;
  readonly count: number;
  /** They go out by turns. A request that is `IDENTIFIERS × sockets` later has the same socket and identifier again. */
  readonly sockets: number;
  readonly pace: Pace;
  /** How long an answer is waited for, in ms. Nothing is sent twice. */
  readonly patience: number;
  readonly atFault: AtFault;
  /** An Access-Accept or Access-Reject with the right Response Authenticator, or the request itself. */
  readonly expects: 'reply' | 'echo';
}

/**
 * The packets of the last load once more, octet for octet and from the same sockets. None may still wait for its
 * answer when its turn comes again, so the load must have several times as many as are outstanding.
 */
export interface Again {
  /** More than the load had: from its first one again. */
  readonly count: number;
  readonly pace: Pace;
  readonly patience: number;
  /** False: nothing is waited for, since the load itself still waits; `pace` must be by the clock. */
  readonly answered: boolean;
}

/** What became of requests. All counts are of requests. */
export interface Outcome {
  readonly sent: number;
  readonly accepted: number;
  /** However late. */
  readonly rejected: number;
  /** Not answered in time: an accept that comes later is not counted besides, a reject is. */
  readonly lost: number;
  /** Answers to what was answered already, in time or late. */
  readonly twice: number;
  /** Answers that are none: another identifier, a wrong authenticator, another code. */
  readonly wrong: number;
  /** From the first sending to the last sending, and to the last answer. */
  readonly sendingSeconds: number;
  readonly seconds: number;
  /** CPU time that the senders used from the first sending on: without building their packets. */
  readonly cpuSeconds: number;
  /** Accepts in each tenth of a second from the first sending on. */
  readonly tenths: readonly number[];
  /** Milliseconds from a sending to its accept, in order of size; at most 100,000 of them. */
  readonly latencies: readonly number[];
}

export type ToSenders =
  | ({ readonly type: 'load' } & Load)
  | ({ readonly type: 'again' } & Again)
  | { readonly type: 'stop' };

export type FromSenders =
  | { readonly type: 'ready' }
  | { readonly type: 'failed'; readonly message: string }
  | ({ readonly type: 'outcome'; readonly of: 'load' | 'again' } & Outcome);

import type { ClientHttp2Session } from 'node:http2';
import type { TLSSocket } from 'node:tls';
import type { Alarm } from './alarms.ts';
import type { CloudFault } from './faults.ts';
import type { Peer } from './transport.ts';

/** One HTTP/2 connection. */
export interface Session {
  readonly h2: ClientHttp2Session;
  readonly socket: TLSSocket;
  readonly peer: Peer;
  /** Streams open now, ever, and at most at once. */
  open: number;
  total: number;
  limit: number;
  /** When it last gave a sign of life, and when it was last given a call; `clock.monotonic()`. */
  heard: number;
  used: number;
  /** A ping is under way. */
  asked: boolean;
  /** The ping was not answered in time. */
  silent: boolean;
  /** Streams above this one were not begun. */
  lastStream: number;
  /** It ended by a GOAWAY with an error. */
  goneInError: boolean;
  /** Why it ended. */
  end: CloudFault | undefined;
  /** Rings when it is to be looked after, when a ping has had its time, when it has to be gone. */
  watch: Alarm | undefined;
  pong: Alarm | undefined;
  last: Alarm | undefined;
}

/** Whether it takes no more calls: both sides only wait for its last ones, or it is gone. */
export function isLeaving({ h2 }: Session): boolean {
  return h2.closed || h2.destroyed;
}

/** Ends it at once; its 'close' follows. */
export function drop(session: Session, why: CloudFault): void {
  session.end ??= why;
  session.h2.destroy();
  // The peer may never acknowledge anything: do not wait for it.
  session.socket.destroy();
}

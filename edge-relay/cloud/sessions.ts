import { type ClientHttp2Session, connect as connectHttp2, constants } from 'node:http2';
import type { TLSSocket } from 'node:tls';
import type { Clock } from '../../relay-call/clock.ts';
import type { Alarm, Alarms } from './alarms.ts';
import type { Connection, Connector } from './connect.ts';
import type { CloudFault } from './faults.ts';
import type { RoundTrip } from './round-trip.ts';
import type { Outcome, Peer, Protocol } from './transport.ts';

/** Protocols offered, in order of preference. */
const OFFER: readonly Protocol[] = ['h2', 'http/1.1'];
/** Connections that may be opening at once. */
const MAX_OPENING = 4;
/** Streams on one session, however many the peer allows: some servers drop a session with more. */
const MAX_STREAMS = 8_192;
/** Streams until a session is replaced, well before their numbers run out (RFC 9113 §5.1.1: 2^30). */
const MAX_LIFETIME_STREAMS = 500_000_000;
/** Assumed limit of a peer that has not said any yet. */
const USUAL_LIMIT = 100;
/** A peer that has not sent its SETTINGS after so long (ms) does not speak HTTP/2. */
const SETTINGS_TIMEOUT = 5_000;
/** Silent for longer (ms), a session is asked whether it lives before it is given a call. */
const QUIET = 5_000;
/** How long a peer may take for its answer to a ping (ms) until new calls go elsewhere. */
const PING_PATIENCE = 1_000;
/** How much longer (ms) the calls that wait on a silent session are held, should it only have been slow. */
const SILENT_PATIENCE = 9_000;
/** While calls wait, a quiet session is pinged so often (ms): NAT forgets what is quiet, and the dead must be noticed. */
const WATCH = 15_000;
/** An unused session is closed after so long (ms). */
const UNUSED = 120_000;

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
  watch: Alarm | undefined;
}

export interface SessionsOptions {
  readonly clock: Clock;
  readonly alarms: Alarms;
  readonly connector: Connector;
  readonly roundTrip: RoundTrip;
  /** Sessions at most. With the usual 100 streams each, 1,024 hold the relay's 100,000 pending requests. */
  readonly maxSessions: number;
  /** The server speaks HTTP/1.1 only; the connection is handed on. */
  onlyHttp1(connection: Connection): void;
  /** There may be room now. */
  changed(): void;
  /** No session could be opened: whoever waits for one need not wait on. */
  failed(outcome: Outcome): void;
}

/** The HTTP/2 connections to one server. */
export interface Sessions {
  /** A live session with room for a stream, the fuller before the emptier. */
  withRoom(): Session | undefined;
  /** So many calls wait for room: opens what is missing. */
  want(calls: number): void;
  /** A stream was opened or is gone; a sign of life came. */
  opened(session: Session): void;
  closed(session: Session): void;
  heard(session: Session): void;
  close(): Promise<void>;
}

/** See {@link Sessions}. */
export function createSessions(options: SessionsOptions): Sessions {
  const { clock, alarms, connector, roundTrip, maxSessions } = options;
  const all = new Set<Session>();
  /** Those that take calls: room, no doubt about them. The first is filled first. */
  const ready = new Set<Session>();
  let opening = 0;
  /** Sessions with a ping under way whose time is not over. */
  let asking = 0;
  let limit = USUAL_LIMIT;
  let closing = false;

  const usable = (session: Session) =>
    session.open < session.limit &&
    session.total < MAX_LIFETIME_STREAMS &&
    !session.asked &&
    !session.silent &&
    !session.h2.closed &&
    !session.h2.destroyed;

  const sort = (session: Session) => {
    if (usable(session)) ready.add(session);
    else ready.delete(session);
    if (session.total >= MAX_LIFETIME_STREAMS) session.h2.close();
  };

  const heard = (session: Session) => {
    session.heard = clock.monotonic();
  };

  const quiet = (session: Session) => clock.monotonic() - session.heard > QUIET;

  const ask = (session: Session) => {
    session.asked = true;
    asking += 1;
    ready.delete(session);
    const alarm = alarms.at(clock.monotonic() + PING_PATIENCE, () => {
      asking -= 1;
      silence(session);
    });
    session.h2.ping((error, ms) => {
      alarms.cancel(alarm);
      if (!session.silent) asking -= 1;
      session.asked = false;
      if (error !== null || session.h2.destroyed) return;
      if (!session.silent) roundTrip.measured(ms);
      session.silent = false;
      heard(session);
      sort(session);
      options.changed();
    });
  };

  const silence = (session: Session) => {
    session.silent = true;
    if (session.h2.destroyed) return;
    // What slept as long is as doubtful, and one second each would be too slow.
    for (const other of ready) if (quiet(other)) ask(other);
    if (session.open === 0) drop(session, 'peer-silent');
    else
      alarms.at(clock.monotonic() + SILENT_PATIENCE, () => {
        if (session.silent) drop(session, 'peer-silent');
      });
    options.changed();
  };

  const drop = (session: Session, why: CloudFault) => {
    session.end ??= why;
    session.h2.destroy();
    // The peer may never acknowledge anything: do not wait for it.
    session.socket.destroy();
  };

  const watch = (session: Session) => {
    session.watch = alarms.at(clock.monotonic() + WATCH, () => {
      const now = clock.monotonic();
      if (session.open === 0 && now - session.used >= UNUSED) return session.h2.close();
      if (session.open > 0 && now - session.heard >= WATCH && !session.asked && !session.h2.destroyed)
        ask(session);
      watch(session);
    });
  };

  const start = (connection: Connection) => {
    const h2 = connectHttp2(`https://localhost`, {
      createConnection: () => connection.socket,
      settings: { enablePush: false },
      // The default of 10 MB ends a session of some thousand streams.
      maxSessionMemory: 1_024,
    });
    const now = clock.monotonic();
    const session: Session = {
      h2,
      socket: connection.socket,
      peer: connection.peer,
      open: 0,
      total: 0,
      limit: 0,
      heard: now,
      used: now,
      asked: false,
      silent: false,
      lastStream: Number.POSITIVE_INFINITY,
      goneInError: false,
      end: undefined,
      watch: undefined,
    };
    all.add(session);
    let greeted = false;
    const greet = alarms.at(now + SETTINGS_TIMEOUT, () => drop(session, 'connect-timeout'));
    h2.on('remoteSettings', (settings) => {
      session.limit = Math.min(settings.maxConcurrentStreams ?? MAX_STREAMS, MAX_STREAMS);
      limit = Math.max(1, session.limit);
      heard(session);
      sort(session);
      if (!greeted) {
        greeted = true;
        opening -= 1;
        alarms.cancel(greet);
        watch(session);
      }
      options.changed();
    });
    h2.on('goaway', (code, lastStream) => {
      session.lastStream = Math.min(session.lastStream, lastStream);
      session.goneInError = code !== constants.NGHTTP2_NO_ERROR;
      ready.delete(session);
    });
    h2.on('error', () => {
      // 'close' follows, and the streams tell their calls.
    });
    h2.on('close', () => {
      all.delete(session);
      ready.delete(session);
      alarms.cancel(greet);
      alarms.cancel(session.watch);
      if (!greeted) {
        opening -= 1;
        options.failed({ kind: 'failed', code: session.end ?? 'connection-lost', begun: false });
      }
      options.changed();
    });
  };

  const open = () => {
    opening += 1;
    connector.open(OFFER, (result) => {
      if (result.kind === 'connected' && result.protocol === 'h2') return start(result);
      opening -= 1;
      if (result.kind === 'connected') options.onlyHttp1(result);
      options.failed(result.kind === 'connected' ? { kind: 'http1-only' } : result);
    });
  };

  return {
    withRoom() {
      for (const session of ready) {
        if (!usable(session)) ready.delete(session);
        else if (!quiet(session)) return session;
      }
      // Only quiet ones: ask one of them, unless one is being asked.
      const [first] = asking === 0 ? ready : [];
      if (first !== undefined) ask(first);
      return undefined;
    },
    want(calls) {
      if (closing) return options.failed({ kind: 'failed', code: 'relay-closing', begun: false });
      if (opening >= MAX_OPENING || all.size + opening >= maxSessions) return;
      let expected = opening * limit;
      for (const session of all)
        if (!session.silent && !session.h2.closed && !session.h2.destroyed)
          expected += Math.max(0, Math.max(1, session.limit) - session.open);
      while (expected < calls && opening < MAX_OPENING && all.size + opening < maxSessions) {
        open();
        expected += limit;
      }
    },
    opened(session) {
      session.open += 1;
      session.total += 1;
      session.used = clock.monotonic();
      if (session.open >= session.limit || session.total >= MAX_LIFETIME_STREAMS) sort(session);
    },
    closed(session) {
      session.open -= 1;
      if (session.silent && session.open === 0) drop(session, 'peer-silent');
      sort(session);
      options.changed();
    },
    heard,
    async close() {
      closing = true;
      for (const session of all) {
        session.end = 'relay-closing';
        session.h2.destroy();
      }
      await connector.close();
    },
  };
}

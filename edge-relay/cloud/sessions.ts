import { connect as connectHttp2, constants } from 'node:http2';
import type { Clock } from '../../relay-call/clock.ts';
import type { Alarms } from './alarms.ts';
import type { Connection, Connector } from './connect.ts';
import { createPulse } from './pulse.ts';
import type { RoundTrip } from './round-trip.ts';
import { drop, isLeaving, type Session } from './session.ts';
import type { Outcome, Protocol } from './transport.ts';

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
  let limit = USUAL_LIMIT;
  let closing = false;

  const usable = (session: Session) =>
    session.open < session.limit &&
    session.total < MAX_LIFETIME_STREAMS &&
    !session.asked &&
    !session.silent &&
    !isLeaving(session);

  const sort = (session: Session) => {
    if (usable(session)) ready.add(session);
    else ready.delete(session);
    if (session.total >= MAX_LIFETIME_STREAMS && !isLeaving(session)) pulse.leave(session);
  };

  const pulse = createPulse({
    clock,
    alarms,
    roundTrip,
    ready,
    revived(session) {
      sort(session);
      options.changed();
    },
    changed: options.changed,
  });

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
      pong: undefined,
      last: undefined,
    };
    all.add(session);
    let greeted = false;
    const greet = alarms.at(now + SETTINGS_TIMEOUT, () => drop(session, 'connect-timeout'));
    h2.on('remoteSettings', (settings) => {
      session.limit = Math.min(settings.maxConcurrentStreams ?? MAX_STREAMS, MAX_STREAMS);
      limit = Math.max(1, session.limit);
      pulse.heard(session);
      sort(session);
      if (!greeted) {
        greeted = true;
        opening -= 1;
        alarms.cancel(greet);
        pulse.watch(session);
      }
      options.changed();
    });
    h2.on('goaway', (code, lastStream) => {
      session.lastStream = Math.min(session.lastStream, lastStream);
      session.goneInError = code !== constants.NGHTTP2_NO_ERROR;
      pulse.leave(session);
    });
    h2.on('error', () => {
      // 'close' follows, and the streams tell their calls.
    });
    h2.on('close', () => {
      all.delete(session);
      pulse.forget(session);
      alarms.cancel(greet);
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
        else if (!pulse.quiet(session)) return session;
      }
      // Only quiet ones: ask one of them, unless one is being asked.
      const [first] = pulse.asking === 0 ? ready : [];
      if (first !== undefined) pulse.ask(first);
      return undefined;
    },
    want(calls) {
      if (closing) return options.failed({ kind: 'failed', code: 'relay-closing', begun: false });
      if (opening >= MAX_OPENING || all.size + opening >= maxSessions) return;
      let expected = opening * limit;
      for (const session of all)
        if (!session.silent && !isLeaving(session))
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
      pulse.relieved(session);
      sort(session);
      options.changed();
    },
    heard: pulse.heard,
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

import type { Clock } from '../../relay-call/clock.ts';
import type { Alarms } from './alarms.ts';
import type { RoundTrip } from './round-trip.ts';
import { drop, isLeaving, type Session } from './session.ts';

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

export interface PulseOptions {
  readonly clock: Clock;
  readonly alarms: Alarms;
  readonly roundTrip: RoundTrip;
  /** The sessions that take calls. Those in doubt are taken out. */
  readonly ready: Set<Session>;
  /** A session has come back from doubt. */
  revived(session: Session): void;
  /** There may be room now, or less than before. */
  changed(): void;
}

/**
 * Finds out which sessions still live, and sees to it that each of them ends some day. One that the peer has asked us to
 * leave (GOAWAY) cannot be pinged any more, and may be quiet for as long as somebody looks at a phone: its calls end by
 * their own deadlines at the latest, and it ends after the last of them.
 */
export interface Pulse {
  /** Sessions with a ping under way whose time is not over. */
  readonly asking: number;
  heard(session: Session): void;
  /** Whether it has said nothing for so long that it must be asked first. */
  quiet(session: Session): boolean;
  /** Pings it, unless it is beyond that. */
  ask(session: Session): void;
  /** Looks after it from now on. */
  watch(session: Session): void;
  /** Gives it no more calls: it ends with its last one, or soon after without the peer. */
  leave(session: Session): void;
  /** One of its calls is over. */
  relieved(session: Session): void;
  /** It is gone. */
  forget(session: Session): void;
}

/** See {@link Pulse}. */
export function createPulse(options: PulseOptions): Pulse {
  const { clock, alarms, roundTrip, ready } = options;
  const asking = new Set<Session>();

  const heard = (session: Session) => {
    session.heard = clock.monotonic();
  };

  const quiet = (session: Session) => clock.monotonic() - session.heard > QUIET;

  const ask = (session: Session) => {
    ready.delete(session);
    if (session.asked || session.h2.destroyed) return;
    session.asked = true;
    asking.add(session);
    session.pong = alarms.at(clock.monotonic() + PING_PATIENCE, () => {
      asking.delete(session);
      silence(session);
    });
    session.h2.ping((error, ms) => {
      alarms.cancel(session.pong);
      asking.delete(session);
      session.asked = false;
      if (error !== null || session.h2.destroyed) return;
      if (session.silent) alarms.cancel(session.last);
      else roundTrip.measured(ms);
      session.silent = false;
      heard(session);
      options.revived(session);
    });
  };

  const silence = (session: Session) => {
    session.silent = true;
    if (session.h2.destroyed) return;
    // What slept as long is as doubtful, and one second each would be too slow.
    for (const other of [...ready]) if (quiet(other)) ask(other);
    if (session.open === 0) drop(session, 'peer-silent');
    else last(session);
    options.changed();
  };

  /** Ends it, should it still be there by then. */
  const last = (session: Session) => {
    alarms.cancel(session.last);
    session.last = alarms.at(clock.monotonic() + SILENT_PATIENCE, () => drop(session, 'peer-silent'));
  };

  const leave = (session: Session) => {
    ready.delete(session);
    session.h2.close();
    // Node waits for the peer to end the connection as well, for ever where nothing gets through.
    if (session.open === 0) last(session);
  };

  const watch = (session: Session) => {
    session.watch = alarms.at(clock.monotonic() + WATCH, () => {
      const now = clock.monotonic();
      if (session.open === 0 && now - session.used >= UNUSED) return leave(session);
      if (session.open > 0 && now - session.heard >= WATCH) ask(session);
      watch(session);
    });
  };

  return {
    get asking() {
      return asking.size;
    },
    heard,
    quiet,
    ask,
    watch,
    leave,
    relieved(session) {
      if (session.open > 0) return;
      if (session.silent) drop(session, 'peer-silent');
      else if (isLeaving(session)) last(session);
    },
    forget(session) {
      asking.delete(session);
      ready.delete(session);
      for (const alarm of [session.watch, session.pong, session.last]) alarms.cancel(alarm);
    },
  };
}

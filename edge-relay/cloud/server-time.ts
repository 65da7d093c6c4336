import type { Clock } from '../../relay-call/clock.ts';

/** Nearer than this the machine's clock counts as right (ms): a sixth of what the functions tolerate. */
export const RIGHT = 5_000;
/** A server time outside these years is nobody's clock. */
const EARLIEST = Date.UTC(2020, 0);
const LATEST = Date.UTC(2200, 0);

/** The time that calls are signed with. */
export interface ServerTime {
  /** Milliseconds since the epoch. */
  now(): number;
  /** How far the functions' time is ahead of this machine's, in ms; 0 while the machine's clock is used. */
  readonly offset: number;
  /** Rises with each change of mind; a call signed under an older one may be signed again. */
  readonly version: number;
  /** Takes the functions' time from their refusal of a call. `age` is how long ago they wrote it, in ms. */
  learn(serverTime: number, age: number): void;
}

/**
 * The machine's clock, until the functions refuse a call because of it. Then their time, carried on by the
 * monotonic clock, so that a step of the machine's clock does not matter; it is dropped as soon as the machine's
 * clock agrees with it. Should the monotonic clock be wrong (a suspended machine), the next refusal teaches anew.
 *
 * Feed it only from answers that came over verified TLS.
 * @param told hears of each change: the offset in ms, 0 when the machine's clock is used again.
 */
export function createServerTime(clock: Clock, told: (offset: number) => void): ServerTime {
  /** The functions' time less the monotonic clock. */
  let base: number | undefined;
  let version = 0;

  const use = (next: number | undefined) => {
    base = next;
    version += 1;
    told(next === undefined ? 0 : next + clock.monotonic() - clock.now());
  };
  const now = () => {
    const own = clock.now();
    if (base === undefined) return own;
    const theirs = base + clock.monotonic();
    if (Math.abs(theirs - own) >= RIGHT) return theirs;
    use(undefined);
    return own;
  };

  return {
    now,
    get offset() {
      return base === undefined ? 0 : Math.round(base + clock.monotonic() - clock.now());
    },
    get version() {
      return version;
    },
    learn(serverTime, age) {
      if (!(serverTime > EARLIEST && serverTime < LATEST)) return;
      const theirs = serverTime + age;
      if (Math.abs(theirs - now()) < RIGHT) return;
      use(Math.abs(theirs - clock.now()) < RIGHT ? undefined : theirs - clock.monotonic());
    },
  };
}

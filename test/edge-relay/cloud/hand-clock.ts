import type { Clock } from '../../../relay-call/clock.ts';

/** A clock, and timers, that a test moves. */
export function handClock(start = Date.UTC(2026, 10, 25)) {
  let monotonic = 1_000;
  let ahead = start - monotonic;
  const runs = new Set<() => void>();
  const clock: Clock = { now: () => monotonic + ahead, monotonic: () => monotonic };
  return {
    clock,
    timers: {
      every(_ms: number, run: () => void) {
        runs.add(run);
        return () => {
          runs.delete(run);
        };
      },
    },
    /** Timers that are running. */
    get running() {
      return runs.size;
    },
    /** Lets time pass. */
    pass(ms: number) {
      monotonic += ms;
      for (const run of [...runs]) run();
    },
    /** Sets the machine's clock forward, or back. */
    step(ms: number) {
      ahead += ms;
    },
  };
}

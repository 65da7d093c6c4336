import type { Timers } from '../../edge-relay/timers.ts';
import type { Clock } from '../../relay-call/clock.ts';

/** A clock with the timers on it; both move by hand. */
export function handTimers() {
  let monotonic = 5_000;
  const due = new Set<{ at: number; every: number | undefined; run: () => void }>();
  const clock: Clock = { now: () => Date.UTC(2026, 10, 25) + monotonic, monotonic: () => monotonic };

  function add(ms: number, every: number | undefined, run: () => void): () => void {
    const timer = { at: monotonic + ms, every, run };
    due.add(timer);
    return () => due.delete(timer);
  }

  const timers: Timers = {
    after: (ms, run) => add(ms, undefined, run),
    every: (ms, run) => add(ms, ms, run),
  };

  return {
    clock,
    timers,
    /** Timers that are set. */
    get waiting() {
      return due.size;
    },
    /** Lets time pass and runs, in order, what falls due meanwhile. */
    pass(ms: number) {
      const end = monotonic + ms;
      for (;;) {
        const [next] = [...due].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
        if (next === undefined) break;
        monotonic = Math.max(monotonic, next.at);
        if (next.every === undefined) due.delete(next);
        else next.at += next.every;
        next.run();
      }
      monotonic = end;
    },
  };
}

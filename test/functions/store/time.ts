import type { Sleep } from '../../../functions/store/sleep.ts';
import type { Clock } from '../../../relay-call/clock.ts';

/** Time that stands still until it is moved. */
export interface ManualTime {
  readonly clock: Clock;
  readonly sleep: Sleep;
  /** Moves by so many milliseconds, waking sleepers in order, each before the clock goes on. */
  advance(ms: number): Promise<void>;
  /** Sets the wall clock alone, as an administrator or NTP does. */
  step(ms: number): void;
}

/** Starts at a whole day, so that expiries are readable. */
export function manualTime(start = Date.UTC(2026, 0, 5)): ManualTime {
  let wall = start;
  let mono = 1_000;
  const sleepers = new Set<{ at: number; wake(): void }>();

  // Whatever has been woken runs until it sleeps again: everything in between is promises.
  const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

  return {
    clock: { now: () => wall, monotonic: () => mono },
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        const sleeper = {
          at: mono + ms,
          wake() {
            sleepers.delete(sleeper);
            resolve();
          },
        };
        if (signal.aborted) {
          reject(signal.reason);
          return;
        }
        sleepers.add(sleeper);
        signal.addEventListener('abort', () => {
          sleepers.delete(sleeper);
          reject(signal.reason);
        });
      }),
    async advance(ms) {
      const end = mono + ms;
      await settled();
      for (;;) {
        const next = [...sleepers].sort((one, other) => one.at - other.at)[0];
        if (next === undefined || next.at > end) break;
        wall += next.at - mono;
        mono = next.at;
        next.wake();
        await settled();
      }
      wall += end - mono;
      mono = end;
      await settled();
    },
    step(ms) {
      wall += ms;
    },
  };
}

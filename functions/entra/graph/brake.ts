import type { Clock } from '../../../relay-call/clock.ts';
import { readRetryAfter } from '../retry-after.ts';
import { GraphUnavailable } from './faults.ts';

/** Keeps everybody from asking while Graph wants to be left alone; what is asked before that counts against us. */
export interface Brake {
  /** @throws GraphUnavailable `graph-throttled`, until the time that Graph has named is over */
  check(): void;
  /**
   * What an answer says about later questions.
   *
   * @returns what to throw, if it says that there shall be none for a while
   */
  heed(status: number, retryAfter: string | null): GraphUnavailable | undefined;
}

/** Milliseconds. No Retry-After keeps us away for longer. */
const LONGEST = 60_000;
/** Milliseconds, after 429 without a Retry-After. */
const UNSAID = 2_000;

/** Lets everything pass at first. */
export function createBrake(clock: Clock): Brake {
  let until = Number.NEGATIVE_INFINITY;
  let detail = '';
  return {
    check() {
      if (clock.monotonic() < until) throw new GraphUnavailable('graph-throttled', detail);
    },
    heed(status, retryAfter) {
      if (status !== 429 && status !== 503) return undefined;
      const wait = readRetryAfter(retryAfter, clock.now()) ?? (status === 429 ? UNSAID : undefined);
      if (wait === undefined) return undefined;
      until = Math.max(until, clock.monotonic() + Math.min(wait, LONGEST));
      detail = `HTTP ${status}`;
      return new GraphUnavailable('graph-throttled', detail);
    },
  };
}

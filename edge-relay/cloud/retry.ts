import type { CloudAnswer } from './call.ts';

/** The first back-off, in ms; it doubles with each attempt up to the longest. */
const SHORTEST = 200;
const LONGEST = 5_000;
/** Spread over which calls that were told the same Retry-After come back, in ms. */
const SPREAD = 500;

/**
 * How long to wait (ms) before a call is made again; undefined when it must not be. Only what cannot have begun is
 * repeated: not connected, a refused stream, our own 429, our own 503 that says so. A broken call is not: the
 * functions may have asked a person already.
 * @param attempt 0 after the first one.
 * @param chance gives a number of at least 0, below 1.
 */
export function retryWait(answer: CloudAnswer, attempt: number, chance: () => number): number | undefined {
  switch (answer.kind) {
    case 'unreachable':
      return answer.code === 'relay-closing' ? undefined : backOff(0, attempt, chance);
    case 'unavailable':
      return answer.begun ? undefined : backOff(answer.retryAfter, attempt, chance);
    case 'busy':
      return answer.ours ? backOff(answer.retryAfter, attempt, chance) : undefined;
    default:
      return undefined;
  }
}

function backOff(retryAfter: number, attempt: number, chance: () => number): number {
  if (retryAfter > 0) return retryAfter * 1_000 + chance() * SPREAD;
  return Math.min(LONGEST, SHORTEST * 2 ** attempt) * (0.5 + chance());
}

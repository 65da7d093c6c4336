import type { Clock } from '../../relay-call/clock.ts';

/** What may have passed between signing and arrival, at most; beyond that the clocks differ (design §3). */
const LONGEST_TRIP = 10_000;

/** The time that is left for one call. */
export interface Deadline {
  /** Milliseconds left, never below 0. */
  left(): number;
  /** Aborts when none is left. */
  readonly signal: AbortSignal;
  /** Ends the timer behind the signal. */
  close(): void;
}

export type SetTimer = (run: () => void, ms: number) => { cancel(): void };

/** The machine's own timers. */
export const systemTimer: SetTimer = (run, ms) => {
  const timer = setTimeout(run, ms);
  return { cancel: () => clearTimeout(timer) };
};

/**
 * @param call.deadline milliseconds that the client would wait when the relay signed
 * @param call.created seconds since the epoch by the relay's clock, at which it signed
 */
export function deadlineOf(
  call: { readonly deadline: number; readonly created: number },
  clock: Clock,
  setTimer: SetTimer,
): Deadline {
  // `created` is cut to whole seconds, so up to one second too much is taken off: the safe side.
  const passed = Math.min(Math.max(clock.now() - call.created * 1000, 0), LONGEST_TRIP);
  const end = clock.monotonic() + Math.max(call.deadline - passed, 0);
  const controller = new AbortController();
  const timer = setTimer(() => controller.abort(), Math.max(end - clock.monotonic(), 0));
  return {
    left: () => Math.max(end - clock.monotonic(), 0),
    signal: controller.signal,
    close: () => timer.cancel(),
  };
}

/**
 * Milliseconds that an answer is kept back for what is written beside it: somebody waits at a gateway, and a store that
 * hangs must not make the answer come too late.
 */
export function writing({ left }: Deadline): number {
  return Math.min(1_000, left() / 2);
}

/**
 * What the work comes to, or `late` when it takes longer than so many milliseconds; it then goes on unheard, and what it
 * rejects with is nobody's concern any more.
 */
export async function within<T>(work: Promise<T>, ms: number, setTimer: SetTimer): Promise<T | 'late'> {
  const { promise: late, resolve } = Promise.withResolvers<'late'>();
  const timer = setTimer(() => resolve('late'), ms);
  try {
    return await Promise.race([work, late]);
  } finally {
    timer.cancel();
    work.catch(() => undefined);
  }
}

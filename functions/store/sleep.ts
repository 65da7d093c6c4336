import { setTimeout } from 'node:timers/promises';

/**
 * Resolves after that many milliseconds; rejects with the signal's reason when it aborts. Injected, so that tests
 * move time by hand.
 */
export type Sleep = (ms: number, signal: AbortSignal) => Promise<void>;

/** The machine's own timers. */
export const systemSleep: Sleep = async (ms, signal) => {
  try {
    await setTimeout(ms, undefined, { signal });
  } catch (error) {
    // Node rejects with an error of its own and keeps the reason as its cause.
    signal.throwIfAborted();
    throw error;
  }
};

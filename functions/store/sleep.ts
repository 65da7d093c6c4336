import { setTimeout } from 'node:timers/promises';

/** Resolves after that many milliseconds; rejects when the signal aborts. Injected, so that tests move time by hand. */
export type Sleep = (ms: number, signal: AbortSignal) => Promise<void>;

/** The machine's own timers. */
export const systemSleep: Sleep = async (ms, signal) => {
  await setTimeout(ms, undefined, { signal });
};

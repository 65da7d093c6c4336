/** Where time comes from. Everything that measures or waits takes one, so that tests move time by hand. */
export interface Clock {
  /** Milliseconds since the epoch. May step when the machine's clock is set. */
  now(): number;
  /** Milliseconds since an arbitrary start; never steps back. Use it for waiting and for ages. */
  monotonic(): number;
}

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
};

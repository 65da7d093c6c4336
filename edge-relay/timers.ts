/** What runs later. Comes in from outside, like the clock, so that tests move time by hand. */
export interface Timers {
  /** Runs `run` once after `ms` milliseconds; the returned function cancels it. */
  after(ms: number, run: () => void): () => void;
  /** Runs `run` every `ms` milliseconds; the returned function ends it. */
  every(ms: number, run: () => void): () => void;
}

/** Node's own timers. They never keep a process alive that has nothing else to do. */
export const systemTimers: Timers = {
  after(ms, run) {
    const timer = setTimeout(run, ms).unref();
    return () => clearTimeout(timer);
  },
  every(ms, run) {
    const timer = setInterval(run, ms).unref();
    return () => clearInterval(timer);
  },
};

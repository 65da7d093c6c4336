/** Lets a number of works run at a time, holds some more, and turns the rest away. */
export interface Gate {
  /** Runs `work` now or when a place is free; `'full'` when too many hold or wait for one already. */
  run<T>(work: () => Promise<T>): Promise<T | 'full'>;
}

/**
 * The two limits of host.json: `maxConcurrentRequests` run, and no more than `maxOutstandingRequests` run or
 * wait (learn.microsoft.com, "Azure Functions HTTP triggers and bindings overview"; -1 is no limit).
 */
export function createGate(limits: { concurrent: number; outstanding: number }): Gate {
  const concurrent = limits.concurrent < 0 ? Number.POSITIVE_INFINITY : limits.concurrent;
  const outstanding = limits.outstanding < 0 ? Number.POSITIVE_INFINITY : limits.outstanding;
  const waiting: Array<() => void> = [];
  let running = 0;
  return {
    async run(work) {
      if (running + waiting.length >= outstanding) return 'full';
      if (running >= concurrent) await new Promise<void>((enter) => waiting.push(enter));
      else running++;
      try {
        return await work();
      } finally {
        // The place goes to the next in line without ever being free, so that nobody slips in between.
        const next = waiting.shift();
        if (next) next();
        else running--;
      }
    },
  };
}

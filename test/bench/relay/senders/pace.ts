/**
 * Calls `each` so many times, evenly: what has become due while the process was busy is made up for at once.
 * Resolves after the last call, or once it is stopped.
 */
export function byTheClock(
  count: number,
  perSecond: number,
  each: (index: number) => void,
  stopped?: AbortSignal,
): Promise<void> {
  const gap = 1_000 / perSecond;
  const started = performance.now();
  let done = 0;
  return new Promise((resolve) => {
    function due(): void {
      const until = Math.min(count, Math.floor((performance.now() - started) / gap) + 1);
      while (done < until && !stopped?.aborted) {
        each(done);
        done += 1;
      }
      if (done === count || stopped?.aborted) resolve();
      else setTimeout(due, Math.max(1, started + done * gap - performance.now()));
    }
    due();
  });
}

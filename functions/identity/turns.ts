/** Lets at most `atOnce` holders go on at the same time; the others wait in the order in which they came. */
export interface Turns {
  /**
   * Waits for a turn. The function that it resolves to ends the turn and must be called once.
   *
   * @returns undefined when the signal aborts first: then there is no turn to end.
   */
  take(signal: AbortSignal): Promise<(() => void) | undefined>;
}

export function createTurns(atOnce: number): Turns {
  let free = atOnce;
  const waiting = new Set<() => void>();

  const end = (): void => {
    const [next] = waiting;
    if (next === undefined) {
      free += 1;
      return;
    }
    waiting.delete(next);
    next();
  };

  return {
    take(signal) {
      if (signal.aborted) return Promise.resolve(undefined);
      if (free > 0) {
        free -= 1;
        return Promise.resolve(end);
      }
      return new Promise((resolve) => {
        const start = (): void => {
          signal.removeEventListener('abort', giveUp);
          resolve(end);
        };
        const giveUp = (): void => {
          waiting.delete(start);
          resolve(undefined);
        };
        waiting.add(start);
        signal.addEventListener('abort', giveUp, { once: true });
      });
    },
  };
}

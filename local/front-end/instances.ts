/** A place on one instance; give it back when the call has ended. */
export interface Place {
  readonly port: number;
  release(): void;
}

/** The app's instances behind the one address, and who may call them. */
export interface Instances {
  /** Replaces the list. Calls that wait for a place go to new instances, or end when there are none. */
  set(ports: readonly number[]): void;
  /** A place on the least busy instance, now or as soon as one is free; the signal ends the waiting. */
  take(signal: AbortSignal): Promise<Place | 'no-host' | 'busy' | 'gone'>;
}

interface Instance {
  readonly port: number;
  calls: number;
}

/**
 * @param limits `concurrency`: calls on one instance at a time (perInstanceConcurrency of Flex Consumption);
 *   `queue`: calls that may wait when every instance is at its limit
 */
export function createInstances(limits: { concurrency: number; queue: number }): Instances {
  let instances: Instance[] = [];
  const waiting = new Set<(outcome: Place | 'no-host') => void>();

  function freest(): Instance | undefined {
    const free = instances.filter((instance) => instance.calls < limits.concurrency);
    const chosen = free.sort((a, b) => a.calls - b.calls)[0];
    // Of several that are as busy the one whose turn is longest ago: none is idle while the first does everything.
    if (chosen) instances = [...instances.filter((instance) => instance !== chosen), chosen];
    return chosen;
  }

  function place(instance: Instance): Place {
    instance.calls++;
    let held = true;
    return {
      port: instance.port,
      release() {
        if (!held) return;
        held = false;
        instance.calls--;
        serve();
      },
    };
  }

  function serve(): void {
    for (const enter of waiting) {
      const instance = freest();
      if (!instance && instances.length > 0) return;
      waiting.delete(enter);
      enter(instance ? place(instance) : 'no-host');
    }
  }

  return {
    set(ports) {
      instances = ports.map((port) => instances.find((known) => known.port === port) ?? { port, calls: 0 });
      serve();
    },
    async take(signal) {
      if (signal.aborted) return 'gone';
      if (instances.length === 0) return 'no-host';
      const instance = freest();
      if (instance) return place(instance);
      if (waiting.size >= limits.queue) return 'busy';
      return new Promise((resolve) => {
        const leave = () => {
          waiting.delete(enter);
          resolve('gone');
        };
        const enter = (outcome: Place | 'no-host') => {
          signal.removeEventListener('abort', leave);
          resolve(outcome);
        };
        waiting.add(enter);
        signal.addEventListener('abort', leave, { once: true });
      });
    },
  };
}

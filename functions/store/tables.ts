import type { Clock } from '../../relay-call/clock.ts';
import { checkTableName } from './keys.ts';
import { type Store, StoreUnreachable, type Table, type TableOptions } from './port.ts';
import { type TablesAccess, tableCalls } from './tables-client.ts';
import { sweepTable } from './tables-sweep.ts';
import { azureTable } from './tables-table.ts';

/**
 * The store in Azure Tables, for any number of instances
 * (https://learn.microsoft.com/rest/api/storageservices/table-service-rest-api). A table that is missing is made by
 * the first row that is written to it. Nothing is sent, and the SDK is not loaded, before the first operation.
 */
export function tableStore(
  x: TablesAccess & {
    readonly clock: Clock;
    /**
     * Milliseconds by which the clocks of two instances may differ: what has expired is swept only so long after, since
     * for another instance it may not have. Default 0.
     */
    readonly skew?: number;
    /** A mark that no other write has, e.g. `randomUUID`. */
    readonly newMark: () => string;
  },
): Store {
  const { clock, newMark, skew = 0 } = x;
  const opened = new Map<string, TableOptions & { readonly begin: ReturnType<typeof tableCalls> }>();

  let sweeps = 0;

  return {
    table<T>(name: string, options?: TableOptions): Table<T> {
      checkTableName(name);
      const { begin } = opened.get(name) ?? { begin: tableCalls(x, name) };
      opened.set(name, { ...opened.get(name), ...options, begin });
      return azureTable(() => begin(), clock, newMark);
    },
    async sweep(signal = new AbortController().signal) {
      let swept = 0;
      let failure: unknown;
      // Another one first each time: where time is too short for all, none is left out for ever.
      sweeps += 1;
      for (const { begin, sweepBelow } of rotated(opened.values(), sweeps)) {
        if (signal.aborted) break;
        const now = clock.now() - skew;
        try {
          swept += await sweepTable(begin, now, sweepBelow?.(now), signal);
        } catch (error) {
          // A fault of our own is told before what a store may say at any time.
          if (failure === undefined || !(error instanceof StoreUnreachable)) failure = error;
        }
      }
      if (failure !== undefined) throw failure;
      return swept;
    },
  };
}

function rotated<R>(all: Iterable<R>, by: number): readonly R[] {
  const list = [...all];
  const first = by % Math.max(list.length, 1);
  return [...list.slice(first), ...list.slice(0, first)];
}

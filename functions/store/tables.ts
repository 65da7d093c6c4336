import type { Clock } from '../../relay-call/clock.ts';
import { checkTableName } from './keys.ts';
import type { Store, Table, TableOptions } from './port.ts';
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
    /** A mark that no other write has, e.g. `randomUUID`. */
    readonly newMark: () => string;
  },
): Store {
  const { clock, newMark } = x;
  const opened = new Map<string, TableOptions & { readonly begin: ReturnType<typeof tableCalls> }>();

  return {
    table<T>(name: string, options?: TableOptions): Table<T> {
      checkTableName(name);
      const { begin } = opened.get(name) ?? { begin: tableCalls(x, name) };
      opened.set(name, { ...opened.get(name), ...options, begin });
      return azureTable(() => begin(), clock, newMark);
    },
    async sweep(signal = new AbortController().signal) {
      let swept = 0;
      for (const { begin, sweepBelow } of opened.values()) {
        if (signal.aborted) break;
        const now = clock.now();
        swept += await sweepTable(begin, now, sweepBelow?.(now), signal);
      }
      return swept;
    },
  };
}

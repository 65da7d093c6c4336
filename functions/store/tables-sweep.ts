import type { ExpiredRow, TableCalls } from './tables-client.ts';

/** Deletes on their way at the same time: more would take what sign-ins on this instance need. */
const CONCURRENT_DELETES = 16;

/**
 * Removes the rows of a table that had expired at `now`; how many went. Each by its etag: a row that has been written
 * anew since it was listed stays. One by one, since a transaction of the SDK deletes without looking at etags.
 *
 * @param below the partitions from this key on are not looked at
 * @param signal ends it early; what is left goes at the next time
 * @throws StoreUnreachable
 */
export async function sweepTable(
  begin: (signal: AbortSignal) => TableCalls,
  now: number,
  below: string | undefined,
  signal: AbortSignal,
): Promise<number> {
  let swept = 0;
  let from: string | undefined;
  try {
    do {
      const page = await begin(signal).expiredPage(now, below, from);
      await removeAll(page.rows);
      from = page.next;
    } while (from !== undefined && !signal.aborted);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  return swept;

  async function removeAll(rows: readonly ExpiredRow[]): Promise<void> {
    const stop = new AbortController();
    const either = AbortSignal.any([signal, stop.signal]);
    const left = rows.values();
    async function work(): Promise<void> {
      for (const { partition, key, etag } of left) {
        if (either.aborted) return;
        const { said } = await begin(either).remove(partition, key, etag);
        if (said === 'done') swept += 1;
      }
    }
    let failure: unknown;
    // One that fails stops the others: a service that has refused one would refuse all.
    const fail = (error: unknown) => {
      failure ??= error;
      stop.abort();
    };
    await Promise.all(Array.from({ length: CONCURRENT_DELETES }, () => work().catch(fail)));
    if (failure !== undefined) throw failure;
  }
}

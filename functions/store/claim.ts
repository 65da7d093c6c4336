import { holdLease } from './hold.ts';
import {
  type LeasePlace,
  type LeaseRow,
  type Leases,
  type LeaseTools,
  LOOK_EVERY,
  TAKE_OVER_AFTER,
  type Waiting,
  type WaitOutcome,
} from './lease.ts';
import { StoreUnreachable, type Table } from './port.ts';
import { withdraw } from './withdraw.ts';

/**
 * Leases over the rows of a table: of all who claim a key, on any instance, one works and the others wait for its
 * outcome or, when it vanishes, for its place. Time is measured by each instance's own monotonic clock.
 */
export function leases<W, V>(table: Table<LeaseRow<W, V>>, tools: LeaseTools): Leases<W, V> {
  return {
    async claim(partition, key, { work, expires, instead }) {
      const place = { table, partition, key, tools };
      const row = { state: 'working', holder: tools.newMark(), beat: 0, work } as const;
      if (instead !== undefined) {
        const written = tools.clock.monotonic();
        const etag = await orWithdrawn(place, row.holder, () =>
          table.replace(partition, key, instead, row, expires),
        );
        if (etag !== 'changed') return holdLease(place, { row, etag, expires, written, takenOver: false });
      }
      for (;;) {
        const written = tools.clock.monotonic();
        const etag = await orWithdrawn(place, row.holder, () => table.insert(partition, key, row, expires));
        if (etag !== 'exists') return holdLease(place, { row, etag, expires, written, takenOver: false });
        const found = await table.read(partition, key);
        // Released between the two: the place is free again.
        if (found === undefined) continue;
        if (found.value.state === 'settled') {
          return { kind: 'settled', value: found.value.value, etag: found.etag };
        }
        // The insert was done and its answer lost; a repeat inside the adapter then finds our own row.
        if (found.value.holder === row.holder) {
          return holdLease(place, { row, etag: found.etag, expires, written, takenOver: false });
        }
        return waiting(place, { row: { ...row, work: found.value.work }, etag: found.etag, expires });
      }
    },
  };
}

/**
 * A write that failed may have been done all the same. Nobody would hold that row, and others would wait for it in vain:
 * it is taken back as soon as the store answers.
 */
async function orWithdrawn<W, V, R>(
  place: LeasePlace<W, V>,
  holder: string,
  write: () => Promise<R>,
): Promise<R> {
  try {
    return await write();
  } catch (error) {
    if (error instanceof StoreUnreachable) void withdraw(place, holder);
    throw error;
  }
}

type Working<W, V> = Extract<LeaseRow<W, V>, { state: 'working' }>;

function waiting<W, V>(
  place: LeasePlace<W, V>,
  first: { row: Working<W, V>; etag: string; expires: number },
): Waiting<W, V> {
  const { etag, expires } = first;
  const { table, partition, key, tools } = place;
  const { clock, sleep } = tools;
  // Another's work, once another has begun in the place of the one that was found.
  let { row } = first;
  let seen = { etag, since: clock.monotonic() };
  let tried = Number.NEGATIVE_INFINITY;

  async function look(): Promise<WaitOutcome<W, V> | undefined> {
    const found = await table.read(partition, key);
    if (found === undefined) return { kind: 'released' };
    if (found.value.state === 'settled') {
      return { kind: 'settled', value: found.value.value, etag: found.etag };
    }
    const now = clock.monotonic();
    // We took it over and the answer was lost.
    if (found.value.holder === row.holder) {
      return holdLease(place, { row, etag: found.etag, expires, written: tried, takenOver: true });
    }
    if (found.etag !== seen.etag) {
      row = { ...row, work: found.value.work };
      seen = { etag: found.etag, since: now };
      return undefined;
    }
    if (now - seen.since < TAKE_OVER_AFTER) return undefined;
    tried = now;
    const taken = await table.replace(partition, key, found.etag, row, expires);
    if (taken === 'changed') return undefined;
    return holdLease(place, { row, etag: taken, expires, written: now, takenOver: true });
  }

  return {
    kind: 'waiting',
    get work() {
      return row.work;
    },
    async wait({ within, signal }) {
      const end = clock.monotonic() + within;
      for (;;) {
        signal.throwIfAborted();
        const left = end - clock.monotonic();
        if (left > 0) await sleep(Math.min(LOOK_EVERY, left), signal);
        const outcome = await look();
        if (outcome !== undefined) return outcome;
        if (clock.monotonic() >= end) return { kind: 'late' };
      }
    },
  };
}

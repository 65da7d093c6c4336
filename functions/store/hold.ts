import { type Lease, type LeasePlace, type LeaseRow, RENEW_EVERY, TAKE_OVER_AFTER } from './lease.ts';
import { StoreUnreachable } from './port.ts';
import { withdraw } from './withdraw.ts';

interface Held<W, V> {
  readonly row: Extract<LeaseRow<W, V>, { state: 'working' }>;
  readonly etag: string;
  readonly expires: number;
  /** Monotonic milliseconds at which the write that made us holder began. */
  readonly written: number;
  readonly takenOver: boolean;
}

/** Holds a lease whose row is ours: renews it until it ends, and says when it is lost. */
export function holdLease<W, V>(place: LeasePlace<W, V>, held: Held<W, V>): Lease<W, V> {
  const { table, partition, key, tools } = place;
  const { clock, sleep } = tools;
  const { row, expires } = held;
  const lost = new AbortController();
  /** Nothing is renewed any more, since the last write is at hand. */
  const closing = new AbortController();
  /** Nothing depends on the lease any more. */
  const over = new AbortController();
  let etag = held.etag;
  let confirmed = held.written;
  let ended = false;

  /** False when the row is another's. Throws what the table throws; whether the row was written is then unknown. */
  async function write(next: LeaseRow<W, V>, until: number): Promise<boolean> {
    const written = await table.replace(partition, key, etag, next, until);
    if (written !== 'changed') {
      etag = written;
      return true;
    }
    if (!(await stillOurs())) return false;
    const again = await table.replace(partition, key, etag, next, until);
    if (again === 'changed') return false;
    etag = again;
    return true;
  }

  /** False when the row is another's. */
  async function remove(): Promise<boolean> {
    if (await table.remove(partition, key, etag)) return true;
    return (await stillOurs()) && (await table.remove(partition, key, etag));
  }

  /** A write whose answer was lost leaves an etag that we do not know on a row that bears our mark. */
  async function stillOurs(): Promise<boolean> {
    const found = await table.read(partition, key);
    if (found?.value.holder !== row.holder) return false;
    etag = found.etag;
    return true;
  }

  async function renew(): Promise<void> {
    let pause = Math.max(RENEW_EVERY - (clock.monotonic() - held.written), 0);
    for (let beat = row.beat + 1; await slept(pause, closing.signal); beat += 1) {
      const began = clock.monotonic();
      try {
        if (!(await write({ ...row, beat }, expires))) return lost.abort();
        confirmed = began;
      } catch {
        // The store may be back at the next beat; if it is not in time, watch() says so.
      }
      // One that took long must leave time for another before the lease is lost.
      pause = Math.max(RENEW_EVERY - (clock.monotonic() - began), 0);
    }
  }

  /** Who waits cannot have seen the row unchanged for longer than we have not renewed it: we stop first. */
  async function watch(): Promise<void> {
    for (;;) {
      const left = confirmed + TAKE_OVER_AFTER - clock.monotonic();
      if (left <= 0) return lost.abort();
      if (!(await slept(left, over.signal))) return;
    }
  }

  async function slept(ms: number, stopped: AbortSignal): Promise<boolean> {
    try {
      await sleep(ms, stopped);
    } catch {
      return false;
    }
    return !stopped.aborted && !lost.signal.aborted;
  }

  const renewing = renew();
  void watch();

  async function close(): Promise<void> {
    closing.abort();
    // A renewal on its way changes the etag that the next write needs.
    await renewing;
  }

  /** Until then the lease can still be lost: a write may take longer than others wait for a sign of life. */
  function end(): void {
    ended = true;
    over.abort();
  }

  return {
    kind: 'holder',
    work: row.work,
    takenOver: held.takenOver,
    lost: lost.signal,
    async settle(value, keepFor) {
      await close();
      if (ended) return false;
      const stored = await write({ state: 'settled', holder: row.holder, value }, clock.now() + keepFor);
      end();
      return stored;
    },
    async release() {
      await close();
      if (ended) return false;
      try {
        const removed = await remove();
        end();
        return removed;
      } catch (error) {
        if (error instanceof StoreUnreachable) void withdraw(place, row.holder);
        throw error;
      }
    },
  };
}

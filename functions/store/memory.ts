import type { Clock } from '../../relay-call/clock.ts';
import { checkKey, checkTableName } from './keys.ts';
import type { Store, Table } from './port.ts';
import { decodeValue, encodeValue } from './value.ts';

interface Row {
  readonly octets: Buffer;
  readonly etag: string;
  readonly expires: number;
}

interface Rows {
  readonly partitions: Map<string, Map<string, Row>>;
  count: number;
  /** At this many rows the table is swept before it grows on. */
  limit: number;
}

const smallestLimit = 1024;

/**
 * The store in this process's memory, for one host and for tests.
 *
 * What bounds it: a table that has doubled since its last sweep is swept before it grows on, so that it never holds
 * more than twice its live rows (or 1024), even if nobody calls `sweep`. The live rows are bounded by how fast their
 * writers may write (admitted relays, at their rates) times how long they ask for rows to be kept. No live row is
 * ever given up to make room: a nonce that is forgotten could be spent again.
 */
export function memoryStore(clock: Clock): Store {
  const tables = new Map<string, Rows>();
  let writes = 0;
  const newEtag = () => {
    writes += 1;
    return String(writes);
  };
  return {
    table<T>(name: string): Table<T> {
      checkTableName(name);
      const rows = tables.get(name) ?? { partitions: new Map(), count: 0, limit: smallestLimit };
      tables.set(name, rows);
      return memoryTable(rows, clock, newEtag);
    },
    async sweep(signal) {
      let swept = 0;
      for (const rows of tables.values()) {
        if (signal?.aborted) break;
        swept += sweepRows(rows, clock.now());
      }
      return swept;
    },
  };
}

function memoryTable<T>(rows: Rows, clock: Clock, newEtag: () => string): Table<T> {
  function live(partition: string, key: string): Row | undefined {
    checkKey(partition);
    checkKey(key);
    const row = rows.partitions.get(partition)?.get(key);
    if (row === undefined || clock.now() < row.expires) return row;
    drop(rows, partition, key);
    return undefined;
  }

  function put(partition: string, key: string, octets: Buffer, expires: number): string {
    if (rows.count >= rows.limit) sweepRows(rows, clock.now());
    const inPartition = rows.partitions.get(partition) ?? new Map<string, Row>();
    rows.partitions.set(partition, inPartition);
    if (!inPartition.has(key)) rows.count += 1;
    const etag = newEtag();
    // A slice of Node's pool would keep the whole slab for as long as the row lives.
    const own = Buffer.allocUnsafeSlow(octets.length);
    own.set(octets);
    inPartition.set(key, { octets: own, etag, expires });
    return etag;
  }

  return {
    async insert(partition, key, value, expires) {
      const octets = encodeValue(value);
      return live(partition, key) === undefined ? put(partition, key, octets, expires) : 'exists';
    },
    async read(partition, key) {
      const row = live(partition, key);
      return row && { value: decodeValue<T>(row.octets), etag: row.etag };
    },
    async replace(partition, key, etag, value, expires) {
      const octets = encodeValue(value);
      return live(partition, key)?.etag === etag ? put(partition, key, octets, expires) : 'changed';
    },
    async remove(partition, key, etag) {
      const row = live(partition, key);
      if (row === undefined || (etag !== undefined && row.etag !== etag)) return false;
      drop(rows, partition, key);
      return true;
    },
    async *list(partition) {
      checkKey(partition);
      for (const key of [...(rows.partitions.get(partition)?.keys() ?? [])].sort()) {
        const row = live(partition, key);
        if (row !== undefined) yield { key, value: decodeValue<T>(row.octets), etag: row.etag };
      }
    },
  };
}

function drop(rows: Rows, partition: string, key: string): void {
  const inPartition = rows.partitions.get(partition);
  if (!inPartition?.delete(key)) return;
  rows.count -= 1;
  if (inPartition.size === 0) rows.partitions.delete(partition);
}

function sweepRows(rows: Rows, now: number): number {
  const before = rows.count;
  for (const [partition, inPartition] of rows.partitions) {
    for (const [key, row] of inPartition) if (now >= row.expires) drop(rows, partition, key);
  }
  rows.limit = Math.max(smallestLimit, rows.count * 2);
  return before - rows.count;
}

import type { Clock } from '../../relay-call/clock.ts';
import { checkKey } from './keys.ts';
import { StoreUnreachable, type Table } from './port.ts';
import type { TableCalls } from './tables-client.ts';
import { entityOf, type KnownState, knownState, portEtag } from './tables-row.ts';
import { decodeValue, encodeValue } from './value.ts';

/**
 * One table in Azure. Every write carries a mark of its own: when the answer to one was lost and its repeat meets a
 * row that is there already, the mark tells whether that is the one it has written.
 */
export function azureTable<T>(begin: () => TableCalls, clock: Clock, newMark: () => string): Table<T> {
  const isLive = ({ expires }: KnownState) => clock.now() < expires;

  function checkKeys(partition: string, key: string): void {
    checkKey(partition);
    checkKey(key);
  }

  return {
    async insert(partition, key, value, expires) {
      const octets = encodeValue(value);
      checkKeys(partition, key);
      const entity = entityOf({ partition, key, octets, expires, mark: newMark() });
      const calls = begin();
      let made = false;
      for (;;) {
        const inserted = await calls.insert(entity);
        if (inserted.said === 'done') return portEtag(inserted.value);
        if (inserted.said === 'table-missing') {
          if (made) throw new StoreUnreachable('404 TableNotFound');
          await calls.makeTable();
          made = true;
          continue;
        }
        const found = await calls.read(partition, key);
        // Removed between the two: the place is free again.
        if (found === undefined) continue;
        if (found.mark === entity.mark) return portEtag(found);
        if (isLive(found)) return 'exists';
        const replaced = await calls.replace(entity, found.etag);
        if (replaced.said === 'done') return portEtag(replaced.value);
        // Another was quicker, or the answer was lost: what lies there now tells.
      }
    },
    async read(partition, key) {
      checkKeys(partition, key);
      const found = await begin().read(partition, key);
      if (found === undefined || !isLive(found)) return undefined;
      return { value: decodeValue<T>(found.octets), etag: portEtag(found) };
    },
    async replace(partition, key, etag, value, expires) {
      const octets = encodeValue(value);
      checkKeys(partition, key);
      const known = knownState(etag);
      if (known === undefined || !isLive(known)) return 'changed';
      const entity = entityOf({ partition, key, octets, expires, mark: newMark() });
      const calls = begin();
      const replaced = await calls.replace(entity, known.etag);
      if (replaced.said === 'done') return portEtag(replaced.value);
      if (!replaced.repeated) return 'changed';
      const found = await calls.read(partition, key);
      return found?.mark === entity.mark ? portEtag(found) : 'changed';
    },
    async remove(partition, key, etag) {
      checkKeys(partition, key);
      const calls = begin();
      for (;;) {
        const known = etag === undefined ? await calls.read(partition, key) : knownState(etag);
        if (known === undefined || !isLive(known)) return false;
        const removed = await calls.remove(partition, key, known.etag);
        if (removed.said === 'done') return true;
        // Ours may have been the try whose answer was lost, or another's call: nobody can tell any more.
        if (removed.repeated) throw new StoreUnreachable('answer lost');
        if (etag !== undefined || removed.said !== 'row-changed') return false;
      }
    },
    async *list(partition) {
      checkKey(partition);
      let from: string | undefined;
      do {
        const page = await begin().page(partition, from);
        for (const row of page.rows) {
          if (isLive(row)) yield { key: row.key, value: decodeValue<T>(row.octets), etag: portEtag(row) };
        }
        from = page.next;
      } while (from !== undefined);
    },
  };
}

import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { TableClient } from '@azure/data-tables';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { leases } from '../../functions/store/claim.ts';
import type { LeaseRow } from '../../functions/store/lease.ts';
import type { Store } from '../../functions/store/port.ts';
import { systemSleep } from '../../functions/store/sleep.ts';
import { tableStore } from '../../functions/store/tables.ts';
import { type Azurite, startAzurite } from '../../local/azurite.ts';
import { VAULT_AUDIENCE } from '../../local/stand-ins/tokens.ts';
import type { Clock } from '../../relay-call/clock.ts';
import { systemClock } from '../../relay-call/clock.ts';
import { storeContract } from '../functions/store/contract.ts';
import { storageCredential } from '../functions/store/storage-credential.ts';
import { manualTime } from '../functions/store/time.ts';
import { loopbackTls } from '../local/stand-ins/running.ts';

let folder: string;
let azurite: Azurite;
const credential = storageCredential();
const far = Date.now() + 86_400_000;

beforeAll(async () => {
  const tls = await loopbackTls();
  setDefaultCACertificates([...getCACertificates('default'), tls.ca]);
  folder = await mkdtemp(join(tmpdir(), 'tables-'));
  azurite = await startAzurite({
    tls,
    service: 'table',
    env: process.env,
    directory: folder,
    started: () => undefined,
    read: () => undefined,
  });
});
afterAll(async () => {
  await azurite.program.kill();
  await rm(folder, { recursive: true });
});

const client = (name: string) => new TableClient(azurite.url, name, credential);
beforeEach(async () => {
  for (const name of ['rows', 'others']) await client(name).deleteTable();
});

const instance = (clock: Clock = systemClock): Store =>
  tableStore({ url: azurite.url, credential, clock, newMark: randomUUID });

async function all<T>(rows: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const row of rows) found.push(row);
  return found;
}

describe('the store in Azure Tables', () => {
  storeContract(async () => {
    const { clock, advance } = manualTime();
    return { store: instance(clock), now: clock.now, advance };
  });

  test('a row that one instance has written is there for another at once', async () => {
    const [one, other] = [instance().table<string>('rows'), instance().table<string>('rows')];
    const etag = await one.insert('p', 'k', 'first', far);
    expect(await other.read('p', 'k')).toEqual({ value: 'first', etag });
    const next = await other.replace('p', 'k', etag, 'second', far);
    expect(await one.replace('p', 'k', etag, 'third', far)).toBe('changed');
    expect(await one.read('p', 'k')).toEqual({ value: 'second', etag: next });
  });

  test('of all instances that insert, replace or remove at the same time one does', async () => {
    const tables = Array.from({ length: 8 }, () => instance().table<number>('rows'));
    const inserted = await Promise.all(tables.map((rows, n) => rows.insert('p', 'k', n, far)));
    const [first = ''] = inserted.filter((etag) => etag !== 'exists');
    expect(inserted.filter((etag) => etag === 'exists')).toHaveLength(7);
    const replaced = await Promise.all(tables.map((rows, n) => rows.replace('p', 'k', first, n, far)));
    expect(replaced.filter((etag) => etag === 'changed')).toHaveLength(7);
    const removed = await Promise.all(tables.map((rows) => rows.remove('p', 'k')));
    expect(removed.filter(Boolean)).toHaveLength(1);
  });

  test('lists more rows than one answer holds', async () => {
    const rows = instance().table<number>('rows');
    await rows.insert('q', 'beside', 0, far);
    const keys = Array.from({ length: 1_100 }, (_, n) => String(n).padStart(4, '0'));
    for (let n = 0; n < keys.length; n += 50) {
      await Promise.all(keys.slice(n, n + 50).map((key) => rows.insert('p', key, Number(key), far)));
    }
    const listed = await all(rows.list('p'));
    expect(listed.map(({ key }) => key)).toEqual(keys);
    expect(listed.map(({ value }) => value)).toEqual(keys.map(Number));
  });

  test('a name with quotes in it is a key and not a filter', async () => {
    const rows = instance().table<number>('rows');
    await rows.insert('p', 'k', 1, far);
    await expect(all(rows.list("p' or 'a' eq 'a"))).rejects.toMatchObject({ code: 'key-unsafe' });
    expect(await all(rows.list('p-or-1-eq-1'))).toEqual([]);
  });

  test('store-unreachable: a token for something else', async () => {
    const store = tableStore({
      url: azurite.url,
      credential: storageCredential(VAULT_AUDIENCE),
      clock: systemClock,
      newMark: randomUUID,
    });
    const refused = { code: 'store-unreachable', detail: '403 AuthenticationFailed' };
    await expect(store.table('rows').insert('p', 'k', 1, far)).rejects.toMatchObject(refused);
    await expect(store.table('rows').read('p', 'k')).rejects.toMatchObject(refused);
    await expect(store.sweep()).rejects.toMatchObject(refused);
  });

  test('store-unreachable: a row that another program has written', async () => {
    const rows = instance().table<number>('rows');
    await rows.insert('p', 'k', 1, far);
    await client('rows').createEntity({ partitionKey: 'p', rowKey: 'strange', value: 'text' });
    await expect(rows.read('p', 'strange')).rejects.toMatchObject({ detail: 'row unreadable' });
    expect(await rows.read('p', 'k')).toMatchObject({ value: 1 });
  });
});

describe('a sweep of Azure Tables', () => {
  test('removes more rows than one answer holds, of several partitions', async () => {
    const { clock, advance } = manualTime();
    const store = instance(clock);
    const rows = store.table<number>('rows');
    const soon = clock.now() + 1_000;
    for (let n = 0; n < 1_200; n += 50) {
      const some = Array.from({ length: 50 }, (_, i) => n + i);
      await Promise.all(some.map((i) => rows.insert(`p${i % 3}`, String(i), i, soon)));
    }
    await rows.insert('p0', 'stays', 0, soon + 1);
    await advance(1_000);
    expect(await store.sweep()).toBe(1_200);
    expect(await all(client('rows').listEntities())).toHaveLength(1);
  });

  test('does not look at partitions from the given key on', async () => {
    const { clock, advance } = manualTime();
    const store = instance(clock);
    const days: number[] = [];
    const rows = store.table<number>('rows', {
      sweepBelow: (now) => {
        days.push(now);
        return '2026-01-05';
      },
    });
    for (const day of ['2026-01-03', '2026-01-04', '2026-01-05', '2026-01-06']) {
      await rows.insert(day, 'k', 0, clock.now() + 1);
    }
    await advance(1);
    expect(await store.sweep()).toBe(2);
    expect(days).toEqual([clock.now()]);
    const left = await all(client('rows').listEntities());
    expect(left.map(({ partitionKey }) => partitionKey)).toEqual(['2026-01-05', '2026-01-06']);
  });

  test('by two instances at the same time counts each row once, and takes none that is written anew', async () => {
    const { clock, advance } = manualTime();
    const stores = [instance(clock), instance(clock)];
    for (const store of stores) store.table('rows');
    const rows = instance(clock).table<number>('rows');
    for (let n = 0; n < 60; n += 1) await rows.insert('p', String(n), 0, clock.now() + 1);
    await advance(1);
    const sweeping = Promise.all(stores.map((store) => store.sweep()));
    const again = Array.from({ length: 60 }, (_, n) => rows.insert('p', String(n), 1, far));
    const etags = await Promise.all(again);
    const [one = 0, other = 0] = await sweeping;
    expect(etags).not.toContain('exists');
    expect(one + other).toBeLessThanOrEqual(60);
    expect(await all(rows.list('p'))).toHaveLength(60);
  });

  test('has nothing to do in a table that nobody has written to', async () => {
    const store = instance();
    store.table('rows');
    expect(await store.sweep()).toBe(0);
  });
});

describe('leases over Azure Tables', () => {
  const never = new AbortController().signal;
  const leasesOf = (clock: Clock) =>
    leases(instance(clock).table<LeaseRow<string, string>>('rows'), {
      clock,
      sleep: systemSleep,
      newMark: randomUUID,
    });

  test('one instance works, the others get its outcome', async () => {
    const claims = await Promise.all(
      Array.from({ length: 5 }, () => leasesOf(systemClock).claim('p', 'k', { work: 'w', expires: far })),
    );
    const holders = claims.filter((claim) => claim.kind === 'holder');
    expect(holders).toHaveLength(1);
    const waiting = claims.filter((claim) => claim.kind === 'waiting');
    const outcomes = Promise.all(waiting.map((claim) => claim.wait({ within: 20_000, signal: never })));
    expect(await holders[0]?.settle('outcome', 60_000)).toBe(true);
    expect(await outcomes).toMatchObject(
      Array.from({ length: 4 }, () => ({ kind: 'settled', value: 'outcome' })),
    );
  });

  test('what a vanished instance began is taken over by one of those who wait', async () => {
    const { clock, sleep, advance } = manualTime();
    const tools = { clock, sleep, newMark: randomUUID };
    let pending = 0;
    const open = () => {
      const rows = instance(clock).table<LeaseRow<string, string>>('rows');
      async function counted<R>(operation: Promise<R>): Promise<R> {
        pending += 1;
        return operation.finally(() => {
          pending -= 1;
        });
      }
      return {
        insert: (...x) => counted(rows.insert(...x)),
        read: (...x) => counted(rows.read(...x)),
        replace: (...x) => counted(rows.replace(...x)),
        remove: (...x) => counted(rows.remove(...x)),
        list: rows.list,
      } satisfies typeof rows;
    };
    const expires = clock.now() + 600_000;
    const row = { state: 'working', holder: 'vanished', beat: 0, work: 'first work' } as const;
    await open().insert('p', 'k', row, expires);
    const claims = await Promise.all(
      Array.from({ length: 3 }, () => leases(open(), tools).claim('p', 'k', { work: 'own', expires })),
    );
    const taken: string[] = [];
    let over = 0;
    const outcomes = claims.map(async (claim) => {
      if (claim.kind !== 'waiting') throw new Error(`Nobody should get ${claim.kind}.`);
      const outcome = await claim.wait({ within: 60_000, signal: never });
      if (outcome.kind === 'holder') {
        taken.push(outcome.work);
        await outcome.settle('second outcome', 60_000);
      }
      over += 1;
      return outcome;
    });
    // Time goes on by hand, and stands still while an answer is on its way.
    await expect
      .poll(() => advance(pending > 0 ? 0 : 250).then(() => over), { timeout: 50_000, interval: 2 })
      .toBe(3);
    expect(taken).toEqual(['first work']);
    const rest = (await Promise.all(outcomes)).filter(({ kind }) => kind !== 'holder');
    expect(rest).toMatchObject(
      Array.from({ length: 2 }, () => ({ kind: 'settled', value: 'second outcome' })),
    );
  });
});

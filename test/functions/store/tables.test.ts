import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { inspect } from 'node:util';
import type { TokenCredential } from '@azure/identity';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Store, StoreUnreachable, type Table } from '../../../functions/store/port.ts';
import { tableStore } from '../../../functions/store/tables.ts';
import type { LocalTls } from '../../../local/tls.ts';
import { loopbackTls } from '../../local/stand-ins/running.ts';
import { storageCredential } from './storage-credential.ts';
import { type TableServer, tableServer } from './table-server.ts';
import { type ManualTime, manualTime } from './time.ts';

let tls: LocalTls;
let server: TableServer;
let time: ManualTime;
let store: Store;
let rows: Table<string>;
let expires: number;
let marks = 0;

beforeAll(async () => {
  tls = await loopbackTls();
  setDefaultCACertificates([...getCACertificates('default'), tls.ca]);
});
beforeEach(async () => {
  server = await tableServer(tls);
  time = manualTime();
  expires = time.clock.now() + 60_000;
  store = open();
  rows = store.table('rows');
});
afterEach(() => server.close());

function open(
  x: { credential?: TokenCredential; patience?: number; url?: string; skew?: number } = {},
): Store {
  return tableStore({
    url: x.url ?? server.url,
    credential: x.credential ?? storageCredential(),
    clock: time.clock,
    newMark: () => {
      marks += 1;
      return `mark-${marks}`;
    },
    ...(x.patience !== undefined && { patience: x.patience }),
    ...(x.skew !== undefined && { skew: x.skew }),
    retryOptions: { retryDelayInMs: 1 },
  });
}

const unreachable = (detail: string) => ({ code: 'store-unreachable', detail });

/** A row that another instance has written. */
async function others(value: string, key = 'k'): Promise<string> {
  const { script, always } = server;
  server.script = [];
  server.always = undefined;
  const etag = await open().table<string>('rows').insert('p', key, value, expires);
  Object.assign(server, { script, always, calls: [] });
  return etag;
}

describe('a lost answer', () => {
  test('to an insert: the repeat knows the row as its own', async () => {
    server.script = ['lose-answer'];
    const etag = await rows.insert('p', 'k', 'mine', expires);
    expect(await rows.read('p', 'k')).toEqual({ value: 'mine', etag });
    expect(await rows.replace('p', 'k', etag, 'next', expires)).not.toBe('changed');
  });

  test('to an insert is not taken for one’s own when another was quicker', async () => {
    await others('theirs');
    server.script = ['drop'];
    expect(await rows.insert('p', 'k', 'mine', expires)).toBe('exists');
    expect(await rows.read('p', 'k')).toMatchObject({ value: 'theirs' });
  });

  test('to an insert over an expired row: the repeat knows the row as its own', async () => {
    await others('old');
    await time.advance(60_000);
    expires = time.clock.now() + 60_000;
    // The insert, the look, the replacing.
    server.script = [undefined, undefined, 'lose-answer'];
    const etag = await rows.insert('p', 'k', 'mine', expires);
    expect(await rows.read('p', 'k')).toEqual({ value: 'mine', etag });
  });

  test('to a replacing: the repeat knows the row as its own', async () => {
    const first = await rows.insert('p', 'k', 'first', expires);
    server.script = ['lose-answer'];
    const second = await rows.replace('p', 'k', first, 'second', expires);
    expect(await rows.read('p', 'k')).toEqual({ value: 'second', etag: second });
  });

  test('to a replacing that was not done, while another wrote: changed', async () => {
    const first = await rows.insert('p', 'k', 'first', expires);
    server.script = [
      'drop',
      () => {
        for (const [key, { entity }] of server.rows ?? []) {
          server.rows?.set(key, { entity: { ...entity, mark: 'theirs' }, etag: 'W/"theirs"' });
        }
      },
    ];
    expect(await rows.replace('p', 'k', first, 'second', expires)).toBe('changed');
  });

  test('to a removal: nobody can tell whether it was this one, and it is never true twice', async () => {
    const etag = await rows.insert('p', 'k', 'once', expires);
    server.script = ['lose-answer'];
    await expect(rows.remove('p', 'k', etag)).rejects.toMatchObject(unreachable('answer lost'));
    expect(await rows.remove('p', 'k', etag)).toBe(false);
    await rows.insert('p', 'k', 'again', expires);
    server.script = [undefined, 'lose-answer'];
    await expect(rows.remove('p', 'k')).rejects.toMatchObject(unreachable('answer lost'));
    expect(await rows.remove('p', 'k')).toBe(false);
  });

  test('to a removal that was not done: it is done by the repeat', async () => {
    const etag = await rows.insert('p', 'k', 'once', expires);
    server.script = ['drop', { status: 500, code: 'InternalError' }];
    expect(await rows.remove('p', 'k', etag)).toBe(true);
  });
});

describe('a service that fails', () => {
  test.each([
    ['busy', { status: 503, code: 'ServerBusy' }],
    ['too slow', { status: 500, code: 'OperationTimedOut' }],
    ['throttling', { status: 429, headers: { 'retry-after': '0' } }],
    ['breaking the connection', 'drop'],
  ] as const)('for the moment, %s: the operation goes well', async (_, mishap) => {
    server.script = [mishap, mishap, mishap];
    const etag = await rows.insert('p', 'k', 'v', expires);
    server.script = [mishap];
    expect(await rows.read('p', 'k')).toEqual({ value: 'v', etag });
  });

  test.each([
    [{ status: 503, code: 'ServerBusy' }, '503 ServerBusy', 4],
    [{ status: 502 }, '502', 4],
    ['drop', 'ECONNRESET', 4],
    [{ status: 503, code: 'ServerBusy', headers: { 'retry-after': '900' } }, '503 ServerBusy', 1],
    [{ status: 401, code: 'InvalidAuthenticationInfo' }, '401 InvalidAuthenticationInfo', 1],
    [{ status: 403, code: 'AuthorizationPermissionMismatch' }, '403 AuthorizationPermissionMismatch', 1],
    [{ status: 400, code: 'InvalidInput' }, '400 InvalidInput', 1],
    [{ status: 409, code: 'TableBeingDeleted' }, '409 TableBeingDeleted', 1],
    [{ status: 404 }, '404', 1],
    [{ status: 409 }, '409', 1],
    [{ status: 302, headers: { location: 'https://127.0.0.1:9/' } }, '302', 1],
  ] as const)('store-unreachable: %j is %s after %i calls', async (mishap, detail, calls) => {
    await rows.insert('p', 'k', 'v', expires);
    server.calls.length = 0;
    server.always = mishap;
    await expect(rows.read('p', 'k')).rejects.toMatchObject(unreachable(detail));
    expect(server.calls).toHaveLength(calls);
    await expect(rows.insert('p', 'l', 'v', expires)).rejects.toMatchObject(unreachable(detail));
    await expect(store.sweep()).rejects.toMatchObject(unreachable(detail));
    await expect(rows.list('p')[Symbol.asyncIterator]().next()).rejects.toMatchObject(unreachable(detail));
  });

  test('that does not answer one try: the next one does', async () => {
    rows = open({ patience: 3_000 }).table('rows');
    server.script = ['hang'];
    expect(await rows.insert('p', 'k', 'v', expires)).not.toBe('exists');
  });

  test('store-unreachable: it never answers', async () => {
    rows = open({ patience: 50 }).table('rows');
    server.always = 'hang';
    await expect(rows.insert('p', 'k', 'v', expires)).rejects.toMatchObject(unreachable('timeout'));
  });

  test('store-unreachable: nobody listens', async () => {
    await server.close();
    await expect(rows.read('p', 'k')).rejects.toMatchObject(unreachable('ECONNREFUSED'));
    server = await tableServer(tls);
  });

  test('store-unreachable: there is no token, or none in time', async () => {
    const none = Object.assign(new Error('secret'), { name: 'CredentialUnavailableError' });
    const without = open({ credential: { getToken: () => Promise.reject(none) } }).table('rows');
    await expect(without.read('p', 'k')).rejects.toMatchObject(unreachable('CredentialUnavailableError'));
    const late = open({ patience: 50, credential: { getToken: () => new Promise(() => undefined) } });
    await expect(late.table('rows').read('p', 'k')).rejects.toMatchObject(unreachable('timeout'));
    expect(server.calls).toEqual([]);
  });

  test('tells neither names nor the token nor what the service has said', async () => {
    server.always = { status: 403, code: 'AuthorizationFailure' };
    const error = await rows.read('person-at-contoso', 'k').catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(StoreUnreachable);
    const told = inspect(error, { depth: 9, showHidden: true });
    expect(told).not.toMatch(/contoso|127\.0\.0\.1|Bearer|eyJ|Rows of/);
  });

  test('a row that is not whole is not read', async () => {
    await rows.insert('p', 'k', 'v', expires);
    const entity = { PartitionKey: 'p', RowKey: 'k', expires: 'soon', mark: 'm' };
    server.rows?.set('p,k', { entity, etag: 'W/"x"' });
    await expect(rows.read('p', 'k')).rejects.toMatchObject(unreachable('row unreadable'));
  });
});

describe('an etag that the store has not given', () => {
  test.each(['', 'e', '12', ' x', 'x y', 'W/"x"', '*', '9999999999999 *x', '9999999999999 *'])(
    '%j changes nothing',
    async (etag) => {
      await rows.insert('p', 'k', 'v', expires);
      expect(await rows.replace('p', 'k', etag, 'w', expires)).toBe('changed');
      expect(await rows.remove('p', 'k', etag)).toBe(false);
      expect(await rows.read('p', 'k')).toMatchObject({ value: 'v' });
    },
  );
});

describe('a table that is missing', () => {
  beforeEach(() => {
    server.rows = undefined;
  });

  test('holds nothing and is not made for that', async () => {
    expect(await rows.read('p', 'k')).toBeUndefined();
    expect(await rows.remove('p', 'k')).toBe(false);
    expect(await rows.replace('p', 'k', `${expires} W/"x"`, 'v', expires)).toBe('changed');
    expect((await rows.list('p')[Symbol.asyncIterator]().next()).done).toBe(true);
    expect(await store.sweep()).toBe(0);
    expect(server.calls).not.toContain('POST Tables');
  });

  test('is made once for all who write at the same time', async () => {
    const writing = Array.from({ length: 20 }, (_, n) => rows.insert('p', String(n), 'v', expires));
    expect(await Promise.all(writing)).not.toContain('exists');
    expect(server.calls.filter((call) => call === 'POST Tables')).toHaveLength(1);
  });

  test('may have been made by another instance meanwhile', async () => {
    server.script = [
      undefined,
      () => {
        server.rows = new Map();
      },
    ];
    expect(await rows.insert('p', 'k', 'v', expires)).not.toBe('exists');
  });

  test('store-unreachable: it is still being deleted', async () => {
    server.script = [undefined, { status: 409, code: 'TableBeingDeleted' }];
    await expect(rows.insert('p', 'k', 'v', expires)).rejects.toMatchObject(
      unreachable('409 TableBeingDeleted'),
    );
  });

  test('store-unreachable: it is gone again at once', async () => {
    server.always = { status: 404, code: 'TableNotFound' };
    server.script = [undefined, undefined];
    await expect(rows.insert('p', 'k', 'v', expires)).rejects.toMatchObject(unreachable('404 TableNotFound'));
    expect(server.calls).toEqual(['POST rows', 'POST Tables', 'POST rows']);
  });
});

describe('a sweep', () => {
  beforeEach(async () => {
    for (let n = 0; n < 40; n += 1) await rows.insert('p', String(n), 'v', expires);
    await time.advance(60_000);
    server.calls.length = 0;
  });

  test('leaves a row that has been written anew since it was listed', async () => {
    server.script = [
      undefined,
      () => {
        for (const row of server.rows?.values() ?? []) row.etag = 'W/"anew"';
      },
    ];
    expect(await store.sweep()).toBe(0);
    expect(server.rows?.size).toBe(40);
  });

  test('repeats what fails for the moment', async () => {
    server.script = [undefined, 'drop', { status: 503, code: 'ServerBusy' }];
    expect(await store.sweep()).toBe(40);
    expect(server.rows?.size).toBe(0);
  });

  test('stops at the first definite refusal, and says that one', async () => {
    server.script = Array.from({ length: 6 });
    server.always = { status: 403, code: 'AuthorizationPermissionMismatch' };
    await expect(store.sweep()).rejects.toMatchObject(unreachable('403 AuthorizationPermissionMismatch'));
    expect(server.rows?.size).toBe(35);
    expect(server.calls.length).toBeLessThan(30);
  });

  test('does not wait for what is on its way when one is refused', async () => {
    server.script = [undefined, { status: 403, code: 'AuthorizationPermissionMismatch' }];
    server.always = 'hang';
    await expect(store.sweep()).rejects.toMatchObject(unreachable('403 AuthorizationPermissionMismatch'));
    // The listing and one try each: nobody has tried again.
    expect(server.calls.length).toBeLessThanOrEqual(17);
  });

  test('that is told to stop says how many went', async () => {
    const aborter = new AbortController();
    server.script = Array.from({ length: 11 });
    server.script.push(() => aborter.abort());
    server.always = 'hang';
    const swept = await store.sweep(aborter.signal);
    expect(swept).toBeLessThan(40);
    server.always = undefined;
    expect(swept + (await store.sweep())).toBeLessThanOrEqual(40);
    expect(server.rows?.size).toBe(0);
  });

  test('goes on with the other tables when one fails, says so, and begins with another the next time', async () => {
    store.table('others');
    server.script = [{ status: 409, code: 'TableBeingDeleted' }];
    await expect(store.sweep()).rejects.toMatchObject(unreachable('409 TableBeingDeleted'));
    expect(server.rows?.size).toBe(0);
    server.calls.length = 0;
    await store.sweep();
    const first = (call: string | undefined) => /^GET (\w+)/.exec(call ?? '')?.[1];
    const before = first(server.calls[0]);
    server.calls.length = 0;
    await store.sweep();
    expect([before, first(server.calls[0])].sort()).toEqual(['others', 'rows']);
  });

  test('leaves what has only just expired, where clocks may differ', async () => {
    const careful = open({ skew: 10_000 });
    careful.table('rows');
    expect(await careful.sweep()).toBe(0);
    await time.advance(9_999);
    expect(await careful.sweep()).toBe(0);
    await time.advance(1);
    expect(await careful.sweep()).toBe(40);
  });

  test('that was told to stop before asks nothing', async () => {
    expect(await store.sweep(AbortSignal.abort())).toBe(0);
    expect(server.calls).toEqual([]);
  });
});

test('nothing is sent, and no token asked for, before the first operation', () => {
  let asked = 0;
  const credential = {
    async getToken() {
      asked += 1;
      return null;
    },
  };
  open({ credential }).table('rows');
  expect(() => open({ credential }).table('no table')).toThrow();
  expect([asked, server.calls.length]).toEqual([0, 0]);
});

import { expect, test } from 'vitest';
import { rowKey } from '../../../functions/store/keys.ts';
import { type Store, StoreMisused } from '../../../functions/store/port.ts';
import { LARGEST_VALUE } from '../../../functions/store/value.ts';

/** A new, empty store, and how to let its clock go on. */
export type StoreFactory = () => Promise<{ store: Store; now(): number; advance(ms: number): Promise<void> }>;

interface Row {
  readonly n: number;
  readonly more?: { readonly text: string };
}

const minute = 60_000;

async function listed<T>(rows: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const row of rows) all.push(row);
  return all;
}

/** What every adapter must do; call it inside a describe(). */
export function storeContract(start: StoreFactory): void {
  async function begin() {
    const { store, now, advance } = await start();
    return { store, advance, rows: store.table<Row>('rows'), soon: () => now() + minute };
  }

  test('reads back what was inserted, as a copy', async () => {
    const { rows, soon } = await begin();
    const value = { n: 1, more: { text: 'Zoë \u{1F512} "\\\u0000' } };
    const etag = await rows.insert('p', 'k', value, soon());
    expect(await rows.read('p', 'k')).toEqual({ value, etag });
    expect((await rows.read('p', 'k'))?.value).not.toBe(value);
    expect(await rows.read('p', 'other')).toBeUndefined();
    expect(await rows.read('other', 'k')).toBeUndefined();
  });

  test('inserts a row once: of many at the same time exactly one', async () => {
    const { rows, soon } = await begin();
    const tries = Array.from({ length: 50 }, (_, n) => rows.insert('p', 'k', { n }, soon()));
    const outcomes = await Promise.all(tries);
    expect(outcomes.filter((outcome) => outcome !== 'exists')).toHaveLength(1);
    expect((await rows.read('p', 'k'))?.value.n).toBe(outcomes.findIndex((outcome) => outcome !== 'exists'));
  });

  test('replaces by etag: of many at the same time exactly one, and never with a stale one', async () => {
    const { rows, soon } = await begin();
    const first = await rows.insert('p', 'k', { n: 0 }, soon());
    const tries = Array.from({ length: 20 }, (_, n) => rows.replace('p', 'k', first, { n }, soon()));
    const outcomes = await Promise.all(tries);
    const etags = outcomes.filter((outcome) => outcome !== 'changed');
    expect(etags).toHaveLength(1);
    expect(etags[0]).not.toBe(first);
    expect((await rows.read('p', 'k'))?.etag).toBe(etags[0]);
    expect(await rows.replace('p', 'absent', first, { n: 1 }, soon())).toBe('changed');
  });

  test('a write of the same value changes the etag too', async () => {
    const { rows, soon } = await begin();
    const first = await rows.insert('p', 'k', { n: 0 }, soon());
    expect(await rows.replace('p', 'k', first, { n: 0 }, soon())).not.toBe(first);
  });

  test('removes once: of many at the same time exactly one, with an etag only that state', async () => {
    const { rows, soon } = await begin();
    const stale = await rows.insert('p', 'k', { n: 0 }, soon());
    const etag = await rows.replace('p', 'k', stale, { n: 1 }, soon());
    expect(await rows.remove('p', 'k', stale)).toBe(false);
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => rows.remove('p', 'k', etag)));
    expect(outcomes.filter(Boolean)).toHaveLength(1);
    expect(await rows.read('p', 'k')).toBeUndefined();
    expect(await rows.remove('p', 'k')).toBe(false);
    await rows.insert('p', 'k', { n: 2 }, soon());
    expect(await rows.remove('p', 'k')).toBe(true);
  });

  test('an etag of an earlier row under the same key is worth nothing', async () => {
    const { rows, soon } = await begin();
    const earlier = await rows.insert('p', 'k', { n: 0 }, soon());
    await rows.remove('p', 'k');
    await rows.insert('p', 'k', { n: 1 }, soon());
    expect(await rows.replace('p', 'k', earlier, { n: 2 }, soon())).toBe('changed');
    expect(await rows.remove('p', 'k', earlier)).toBe(false);
  });

  test('an expired row is as if absent, from the very moment on, for every operation', async () => {
    const { rows, soon, advance } = await begin();
    const etag = await rows.insert('p', 'k', { n: 0 }, soon());
    await advance(minute - 1);
    expect((await rows.read('p', 'k'))?.value).toEqual({ n: 0 });
    await advance(1);
    expect(await rows.read('p', 'k')).toBeUndefined();
    expect(await listed(rows.list('p'))).toEqual([]);
    expect(await rows.replace('p', 'k', etag, { n: 1 }, soon())).toBe('changed');
    expect(await rows.remove('p', 'k')).toBe(false);
    expect(await rows.insert('p', 'k', { n: 2 }, soon())).not.toBe('exists');
    expect((await rows.read('p', 'k'))?.value).toEqual({ n: 2 });
  });

  test('of many who insert over an expired row exactly one does', async () => {
    const { rows, soon, advance } = await begin();
    await rows.insert('p', 'k', { n: 0 }, soon());
    await advance(minute);
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, n) => rows.insert('p', 'k', { n }, soon())),
    );
    expect(outcomes.filter((outcome) => outcome !== 'exists')).toHaveLength(1);
  });

  test('a replaced row lives as long as its last write says', async () => {
    const { rows, soon, advance } = await begin();
    const etag = await rows.insert('p', 'k', { n: 0 }, soon());
    await advance(minute / 2);
    await rows.replace('p', 'k', etag, { n: 1 }, soon());
    await advance(minute / 2);
    expect((await rows.read('p', 'k'))?.value).toEqual({ n: 1 });
    await advance(minute / 2);
    expect(await rows.read('p', 'k')).toBeUndefined();
  });

  test('lists one partition by key, without what has expired', async () => {
    const { rows, soon, advance } = await begin();
    await rows.insert('p', 'gone', { n: 0 }, soon());
    await advance(minute);
    for (const key of ['b', 'a', 'B', 'a-1', '10', '9']) await rows.insert('p', key, { n: 1 }, soon());
    await rows.insert('q', 'c', { n: 2 }, soon());
    const found = await listed(rows.list('p'));
    expect(found.map(({ key }) => key)).toEqual(['10', '9', 'B', 'a', 'a-1', 'b']);
    expect(found[0]).toEqual({ key: '10', ...(await rows.read('p', '10')) });
    expect(await listed(rows.list('nothing'))).toEqual([]);
  });

  test('the same name is the same table, another name another', async () => {
    const { store, rows, soon } = await begin();
    await rows.insert('p', 'k', { n: 0 }, soon());
    expect((await store.table<Row>('rows').read('p', 'k'))?.value).toEqual({ n: 0 });
    expect(await store.table<Row>('others').read('p', 'k')).toBeUndefined();
  });

  test.each(['', '1st', 'a', 'ab', 'with-dash', 'a'.repeat(64), 'a/b'])(
    'table-name-wrong: %j',
    async (name) => {
      const { store } = await begin();
      expect(() => store.table(name)).toThrow(expect.objectContaining({ code: 'table-name-wrong' }));
    },
  );

  test.each(['', '/', '\\', '#', '?', 'a b', 'a%2Fb', '\u0000', '\u007f', 'é', 'k'.repeat(241)])(
    'key-unsafe: %j',
    async (key) => {
      const { rows, soon } = await begin();
      const refused = expect.objectContaining({ code: 'key-unsafe' });
      await expect(rows.insert('p', key, { n: 0 }, soon())).rejects.toThrow(refused);
      await expect(rows.insert(key, 'k', { n: 0 }, soon())).rejects.toThrow(refused);
      await expect(rows.read('p', key)).rejects.toThrow(refused);
      await expect(rows.replace(key, 'k', 'e', { n: 0 }, soon())).rejects.toThrow(refused);
      await expect(rows.remove(key, 'k')).rejects.toThrow(refused);
      await expect(listed(rows.list(key))).rejects.toThrow(refused);
    },
  );

  test('hostile names are held under the keys made for them', async () => {
    const { rows, soon } = await begin();
    const names = [
      '"><x>',
      "' or 1 eq 1",
      'a\r\nb',
      '\u0000',
      '/\\#?',
      'x'.repeat(253),
      '\u007f'.repeat(253),
      'Zoë',
      '',
    ];
    for (const [n, name] of names.entries()) {
      expect(await rows.insert(rowKey(name), rowKey(name, name), { n }, soon())).not.toBe('exists');
    }
    for (const [n, name] of names.entries()) {
      expect((await rows.read(rowKey(name), rowKey(name, name)))?.value).toEqual({ n });
    }
  });

  test('value-too-large: more than 60 KB of JSON is refused and not written', async () => {
    const { rows, soon } = await begin();
    const around = JSON.stringify({ n: 0, more: { text: '' } }).length;
    const sized = (length: number) => ({ n: 0, more: { text: 'x'.repeat(length - around) } });
    const refused = expect.objectContaining({ code: 'value-too-large' });
    const etag = await rows.insert('p', 'k', sized(LARGEST_VALUE), soon());
    await expect(rows.insert('p', 'l', sized(LARGEST_VALUE + 1), soon())).rejects.toThrow(refused);
    await expect(rows.replace('p', 'k', etag, sized(LARGEST_VALUE + 1), soon())).rejects.toThrow(
      StoreMisused,
    );
    // It is octets that count, not characters.
    await expect(rows.insert('p', 'l', { n: 0, more: { text: '€'.repeat(25_000) } }, soon())).rejects.toThrow(
      refused,
    );
    expect(await rows.read('p', 'l')).toBeUndefined();
    expect((await rows.read('p', 'k'))?.etag).toBe(etag);
  });

  test('a sweep removes what has expired in every table, and nothing else', async () => {
    const { store, rows, soon, advance } = await begin();
    const others = store.table<Row>('others');
    for (const key of ['a', 'b', 'c']) await rows.insert('p', key, { n: 0 }, soon());
    await others.insert('q', 'k', { n: 0 }, soon());
    await advance(minute / 2);
    await rows.insert('p', 'd', { n: 0 }, soon());
    expect(await store.sweep()).toBe(0);
    await advance(minute / 2);
    expect(await store.sweep()).toBe(4);
    expect(await store.sweep()).toBe(0);
    expect((await listed(rows.list('p'))).map(({ key }) => key)).toEqual(['d']);
  });

  test('a sweep that has been told to stop removes nothing; the next one does', async () => {
    const { store, rows, soon, advance } = await begin();
    await rows.insert('p', 'k', { n: 0 }, soon());
    await advance(minute);
    expect(await store.sweep(AbortSignal.abort())).toBe(0);
    expect(await store.sweep(new AbortController().signal)).toBe(1);
  });
}

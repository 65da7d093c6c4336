import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type ConfigurationEvent, createConfiguration } from '../../../functions/config/load.ts';
import { blobRig, never, trusted } from './blob-rig.ts';
import { document } from './document.ts';

let tls: Awaited<ReturnType<typeof trusted>>;
let rig: Awaited<ReturnType<typeof blobRig>>;

beforeAll(async () => {
  tls = await trusted();
});
beforeEach(async () => {
  rig = await blobRig(tls);
});
afterEach(() => rig.close());

/** A valid document, told apart by its time zone. */
const good = (timeZone: string) => JSON.stringify(document({ timeZone }));
const broken = () => JSON.stringify(document({ relays: 1 }));

/** A loader over the blob, as one instance of the app has it, with a clock moved by hand. */
function instance() {
  let now = 0;
  const events: ConfigurationEvent[] = [];
  const configuration = createConfiguration({
    source: rig.source,
    compile: ({ timeZone }) => ({ ok: true, value: timeZone }),
    clock: { now: () => now, monotonic: () => now },
    log: (event) => events.push(event),
  });
  return {
    events,
    codes: () => events.map(({ code }) => code),
    current: async () => (await configuration.current(never)).value,
    /** After this, a call looks for a newer version before it goes on. */
    age(): void {
      now += 60_001;
    },
    pass(ms: number): void {
      now += ms;
    },
  };
}

test('a version written under load is in use at every instance a minute later, at one question each', async () => {
  const first = rig.put(good('Europe/Rome'));
  const instances = Array.from({ length: 5 }, instance);
  const zones = async () =>
    new Set(await Promise.all(instances.flatMap(({ current }) => Array.from({ length: 50 }, current))));
  expect(await zones()).toEqual(new Set(['Europe/Rome']));
  expect(rig.storage.counts()).toMatchObject({ read: 5, unchanged: 0 });
  for (const { age } of instances) age();
  await zones();
  expect(rig.storage.counts()).toMatchObject({ read: 5, unchanged: 5 });
  const second = rig.put(good('Europe/Oslo'));
  for (const { age } of instances) age();
  expect(await zones()).toEqual(new Set(['Europe/Oslo']));
  expect(rig.storage.counts()).toMatchObject({ read: 10, unchanged: 5, listed: 0 });
  for (const { events } of instances) {
    expect(events).toEqual([
      { code: 'configuration-loaded', version: first },
      { code: 'configuration-replaced', version: second },
    ]);
  }
});

describe('a newest version that is broken', () => {
  test.each([
    ['in its shape', () => broken()],
    ['in its encoding', () => Buffer.from(good('Europe/Oslo').replace('alice', 'ålice'), 'latin1')],
    ['by its length', () => good('Europe/Oslo').padEnd(5 * 1024 * 1024)],
    ['by being empty', () => ''],
  ])('%s: the one before is used, at an instance that starts, too', async (_, text) => {
    const valid = rig.put(good('Europe/Rome'));
    const running = instance();
    await running.current();
    rig.put(broken());
    const newest = rig.put(text());
    running.age();
    expect(await running.current()).toBe('Europe/Rome');
    const starting = instance();
    expect(await starting.current()).toBe('Europe/Rome');
    expect(running.codes()).toEqual(['configuration-loaded', 'configuration-broken', 'configuration-broken']);
    expect(starting.codes()).toEqual([
      'configuration-broken',
      'configuration-broken',
      'configuration-loaded',
    ]);
    expect(starting.events[0]).toMatchObject({ version: newest });
    expect(starting.events[2]).toMatchObject({ version: valid });
  });

  test('is told at every look but read once, and mended by the next', async () => {
    rig.put(good('Europe/Rome'));
    const running = instance();
    await running.current();
    rig.put(broken());
    running.age();
    await running.current();
    const { read, listed } = rig.storage.counts();
    running.age();
    await running.current();
    expect(rig.storage.counts()).toMatchObject({ read, listed, unchanged: 1 });
    expect(running.codes().slice(1)).toEqual(['configuration-broken', 'configuration-broken']);
    rig.put(good('Europe/Oslo'));
    running.age();
    expect(await running.current()).toBe('Europe/Oslo');
  });

  test('with none before that is valid: unavailable, until one is', async () => {
    rig.put(broken());
    rig.put(broken());
    const starting = instance();
    await expect(starting.current()).rejects.toMatchObject({ code: 'configuration-unavailable' });
    expect(starting.codes()).toEqual([
      'configuration-broken',
      'configuration-broken',
      'configuration-unavailable',
    ]);
    rig.put(good('Europe/Rome'));
    starting.pass(2_000);
    expect(await starting.current()).toBe('Europe/Rome');
  });
});

describe('out of reach', () => {
  const faults = [
    ['deleted', 'BlobNotFound', () => rig.remove()],
    ['not listening', 'ECONNREFUSED', () => rig.close()],
    [
      'without the right to read it',
      'AuthorizationPermissionMismatch',
      () => rig.storage.script.set({ state: 'failing', status: 403 }),
    ],
    ['overloaded', 'ServerBusy', () => rig.storage.script.set({ state: 'failing', status: 503 })],
  ] as const;

  test.each(faults)('later, %s: the copy is used on and %s is told', async (_, cause, fail) => {
    rig.put(good('Europe/Rome'));
    const running = instance();
    await running.current();
    await fail();
    running.age();
    expect(await running.current()).toBe('Europe/Rome');
    expect(running.events.at(-1)).toEqual({ code: 'configuration-unreachable', cause });
  });

  test.each(faults)('at start, %s: unavailable and %s is told', async (_, cause, fail) => {
    rig.put(good('Europe/Rome'));
    await fail();
    const starting = instance();
    await expect(starting.current()).rejects.toMatchObject({ code: 'configuration-unavailable' });
    expect(starting.events).toEqual([{ code: 'configuration-unavailable', cause }]);
  });

  test('for a while only: the newest version is used when it is back', async () => {
    rig.put(good('Europe/Rome'));
    const running = instance();
    await running.current();
    await rig.close();
    running.age();
    await running.current();
    rig.put(good('Europe/Oslo'));
    await rig.storage.door.accept();
    running.pass(10_000);
    expect(await running.current()).toBe('Europe/Oslo');
  });

  test('the versions before a broken one: the copy stays in use', async () => {
    rig.put(good('Europe/Rome'));
    const running = instance();
    await running.current();
    rig.put(broken());
    rig.storage.script.set({ state: 'failing', status: 503, times: 1 });
    running.age();
    expect(await running.current()).toBe('Europe/Rome');
  });
});

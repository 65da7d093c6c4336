import { describe, expect, test } from 'vitest';
import {
  type Compiled,
  type ConfigurationEvent,
  type ConfigurationSource,
  ConfigurationUnavailable,
  createConfiguration,
  type Version,
} from '../../../functions/config/load.ts';
import type { BridgeConfiguration } from '../../../functions/config/schema.ts';
import { document } from './document.ts';

const never = new AbortController().signal;

/** A valid version, told apart by its time zone. */
function good(version: string, timeZone = 'UTC'): Version {
  return { version, text: JSON.stringify(document({ timeZone })) };
}
const broken = (version: string): Version => ({ version, text: JSON.stringify(document({ relays: 1 })) });

/** A source whose newest version, history and faults are set by hand, and a clock moved by hand. */
function stage(x: { newest?: Version; history?: Version[] } = {}) {
  let now = 0;
  const waits: Array<{ due: number; end: () => void }> = [];
  const events: ConfigurationEvent[] = [];
  const state = {
    newest: x.newest ?? good('1'),
    history: x.history ?? [],
    fault: undefined as Error | undefined,
    reads: 0,
    open: undefined as Promise<void> | undefined,
    ignoresAbort: false,
    searches: 0,
    searchFault: undefined as Error | undefined,
    /** Versions of the history that were read, in order. */
    historyReads: [] as string[],
    /** Those that never arrive. */
    slow: undefined as Set<string> | undefined,
    gone: new Set<string>(),
  };
  const source: ConfigurationSource = {
    async read(known, signal) {
      state.reads += 1;
      const { newest, fault } = state;
      if (state.open !== undefined) {
        const aborted = new Promise<never>((_resolve, reject) => {
          if (!state.ignoresAbort) signal.addEventListener('abort', () => reject(signal.reason));
        });
        await Promise.race([state.open, aborted]);
      }
      if (fault !== undefined) throw fault;
      return newest.version === known ? 'unchanged' : newest;
    },
    async earlier() {
      state.searches += 1;
      const fault = state.fault ?? state.searchFault;
      if (fault !== undefined) throw fault;
      return state.history.map((version) => ({
        version: version.version,
        ...(version.id !== undefined && { id: version.id }),
        async read(signal: AbortSignal) {
          state.historyReads.push(version.version);
          if (state.slow?.has(version.version)) {
            await new Promise<never>((_resolve, reject) => {
              signal.addEventListener('abort', () => reject(signal.reason));
            });
          }
          return state.gone.has(version.version) ? undefined : version;
        },
      }));
    },
  };
  const compile = (read: BridgeConfiguration): Compiled<string> =>
    read.timeZone === 'Europe/Paris'
      ? { ok: false, problems: [{ path: 'networkPolicies', code: 'x', found: 'x', expected: 'y' }] }
      : { ok: true, value: read.timeZone };
  const configuration = createConfiguration({
    source,
    compile,
    clock: { now: () => now, monotonic: () => now },
    log: (event) => events.push(event),
    wait: (ms, signal) =>
      new Promise((resolve, reject) => {
        waits.push({ due: now + ms, end: () => resolve(undefined) });
        signal.addEventListener('abort', () => reject(signal.reason));
      }),
  });
  return {
    state,
    events,
    codes: () => events.map((event) => event.code),
    current: (signal = never) => configuration.current(signal),
    async pass(ms: number) {
      now += ms;
      for (const wait of waits) if (wait.due <= now) wait.end();
      await settle();
    },
  };
}

/** Lets everything that waits for nothing but other promises come to its end. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
}

function unreachable(): Error {
  return Object.assign(new Error('https://secret.example/?sig=xyzzy'), { code: 'ECONNREFUSED' });
}

describe('at start', () => {
  test('the newest version is used', async () => {
    const at = stage();
    expect(await at.current()).toMatchObject({ version: '1', value: 'UTC' });
    expect(at.codes()).toEqual(['configuration-loaded']);
  });

  test('many calls share one look', async () => {
    const at = stage();
    await Promise.all(Array.from({ length: 100 }, () => at.current()));
    expect(at.state.reads).toBe(1);
  });

  test('unreachable: configuration-unavailable, and a call two seconds later looks again', async () => {
    const at = stage();
    at.state.fault = unreachable();
    await expect(at.current()).rejects.toBeInstanceOf(ConfigurationUnavailable);
    await expect(at.current()).rejects.toMatchObject({
      code: 'configuration-unavailable',
      unreachable: true,
    });
    expect(at.events).toEqual([{ code: 'configuration-unavailable', cause: 'ECONNREFUSED' }]);
    at.state.fault = undefined;
    await at.pass(2_000);
    expect(await at.current()).toMatchObject({ version: '1' });
  });

  test('the newest broken: the newest valid one is used', async () => {
    const at = stage({ newest: broken('4'), history: [broken('4'), broken('3'), good('2'), good('1')] });
    expect(await at.current()).toMatchObject({ version: '2' });
    expect(at.codes()).toEqual(['configuration-broken', 'configuration-broken', 'configuration-loaded']);
    expect(at.events[0]?.problems?.[0]).toMatchObject({ path: 'relays', code: 'type-wrong' });
  });

  test('a version that does not compile is as broken as one that cannot be read', async () => {
    const at = stage({ newest: good('2', 'Europe/Paris'), history: [good('1', 'Europe/Rome')] });
    expect(await at.current()).toMatchObject({ version: '1', value: 'Europe/Rome' });
    expect(at.events[0]).toMatchObject({
      code: 'configuration-broken',
      version: '2',
      problems: [{ code: 'x' }],
    });
  });

  test('none valid: configuration-unavailable, until one is', async () => {
    const at = stage({ newest: broken('2'), history: [broken('1')] });
    await expect(at.current()).rejects.toMatchObject({ code: 'configuration-unavailable' });
    expect(at.codes()).toContain('configuration-unavailable');
    const { reads } = at.state;
    const told = at.events.length;
    for (let call = 0; call < 100; call += 1) {
      await expect(at.current()).rejects.toMatchObject({ code: 'configuration-unavailable' });
    }
    expect(at.state.reads).toBe(reads);
    expect(at.events).toHaveLength(told);
    at.state.newest = good('3');
    await at.pass(2_000);
    expect(await at.current()).toMatchObject({ version: '3' });
  });

  test('none valid: the earlier versions are read once for a broken one, and again for the next', async () => {
    const at = stage({ newest: broken('2'), history: [broken('1')] });
    for (let look = 0; look < 5; look += 1) {
      await expect(at.current()).rejects.toMatchObject({ unreachable: false });
      await at.pass(2_000);
    }
    expect(at.state).toMatchObject({ reads: 5, searches: 1 });
    at.state.newest = broken('3');
    await expect(at.current()).rejects.toThrow(ConfigurationUnavailable);
    expect(at.state.searches).toBe(2);
  });

  test('a search of the earlier versions that failed is made again', async () => {
    const at = stage({ newest: broken('2'), history: [good('1')] });
    const { current, state } = at;
    state.searchFault = new Error('away');
    await expect(current()).rejects.toThrow(ConfigurationUnavailable);
    state.searchFault = undefined;
    await at.pass(2_000);
    expect(await current()).toMatchObject({ version: '1' });
  });

  test('a search that takes too long goes on at the next look where it was', async () => {
    const history = [broken('5'), broken('4'), broken('3'), good('2')];
    const at = stage({ newest: broken('6'), history });
    at.state.slow = new Set(['3']);
    const first = expect(at.current()).rejects.toThrow(ConfigurationUnavailable);
    await at.pass(10_000);
    await first;
    at.state.slow = undefined;
    await at.pass(2_000);
    expect(await at.current()).toMatchObject({ version: '2' });
    expect(at.state.historyReads).toEqual(['5', '4', '3', '3', '2']);
  });

  test('a version that goes while they are looked through is passed over', async () => {
    const at = stage({ newest: broken('3'), history: [good('2'), good('1')] });
    at.state.gone.add('2');
    expect(await at.current()).toMatchObject({ version: '1' });
  });

  test('a source that hangs ends in configuration-unavailable', async () => {
    const at = stage();
    at.state.open = new Promise(() => {});
    const call = at.current();
    const outcome = expect(call).rejects.toMatchObject({ code: 'configuration-unavailable' });
    await at.pass(10_000);
    await outcome;
  });

  test('a call that is given up does not wait on', async () => {
    const at = stage();
    at.state.open = new Promise(() => {});
    const controller = new AbortController();
    const call = at.current(controller.signal);
    controller.abort(new Error('gone'));
    await expect(call).rejects.toThrow('gone');
    await expect(at.current(AbortSignal.abort(new Error('before')))).rejects.toThrow('before');
  });
});

describe('later', () => {
  test('a copy of 30 seconds is not looked after', async () => {
    const at = stage();
    await at.current();
    await at.pass(30_000);
    await at.current();
    expect(at.state.reads).toBe(1);
  });

  test('an older one is, in the background of a call, once for all calls', async () => {
    const at = stage();
    await at.current();
    await at.pass(30_001);
    at.state.newest = good('2');
    let open = () => {};
    at.state.open = new Promise((resolve) => {
      open = resolve;
    });
    for (let call = 0; call < 50; call += 1) expect(await at.current()).toMatchObject({ version: '1' });
    expect(at.state.reads).toBe(2);
    open();
    await settle();
    expect(await at.current()).toMatchObject({ version: '2' });
    expect(at.state.reads).toBe(2);
    expect(at.codes()).toEqual(['configuration-loaded', 'configuration-replaced']);
  });

  test('one older than 60 seconds is looked after before the call goes on', async () => {
    const at = stage();
    await at.current();
    await at.pass(60_001);
    at.state.newest = good('2');
    expect(await at.current()).toMatchObject({ version: '2' });
  });

  test('an unchanged one is young again', async () => {
    const at = stage();
    await at.current();
    await at.pass(60_001);
    await at.current();
    await at.pass(30_000);
    await at.current();
    expect(at.state.reads).toBe(2);
  });

  test('a slow source holds a call for 2 seconds; the copy is used on', async () => {
    const at = stage();
    await at.current();
    await at.pass(60_001);
    at.state.open = new Promise(() => {});
    const call = at.current();
    let done = false;
    void call.then(() => {
      done = true;
    });
    await at.pass(1_999);
    expect(done).toBe(false);
    await at.pass(1);
    expect(await call).toMatchObject({ version: '1' });
    await at.pass(8_000);
    expect(at.events.at(-1)).toEqual({ code: 'configuration-unreachable', cause: 'took-too-long' });
  });

  test('what a look that took too long still brings is not used', async () => {
    const at = stage();
    await at.current();
    await at.pass(30_001);
    at.state.newest = good('2');
    at.state.ignoresAbort = true;
    let open = () => {};
    at.state.open = new Promise((resolve) => {
      open = resolve;
    });
    await at.current();
    await at.pass(10_000);
    open();
    await settle();
    expect(await at.current()).toMatchObject({ version: '1' });
  });

  test('unreachable: the copy is used on, loudly, and no call waits for 10 seconds', async () => {
    const at = stage();
    await at.current();
    await at.pass(60_001);
    at.state.fault = unreachable();
    expect(await at.current()).toMatchObject({ version: '1' });
    expect(at.events.at(-1)).toEqual({ code: 'configuration-unreachable', cause: 'ECONNREFUSED' });
    expect(JSON.stringify(at.events)).not.toContain('xyzzy');
    await at.pass(9_999);
    await at.current();
    expect(at.state.reads).toBe(2);
    at.state.fault = undefined;
    at.state.newest = good('2');
    await at.pass(1);
    expect(await at.current()).toMatchObject({ version: '2' });
  });

  test('a broken newest version: the copy stays, and every look says so', async () => {
    const at = stage({ history: [good('1')] });
    await at.current();
    await at.pass(60_001);
    at.state.newest = broken('2');
    at.state.history = [broken('2'), good('1')];
    expect(await at.current()).toMatchObject({ version: '1' });
    await at.pass(60_001);
    expect(await at.current()).toMatchObject({ version: '1' });
    expect(at.codes()).toEqual(['configuration-loaded', 'configuration-broken', 'configuration-broken']);
    expect(at.events.at(-1)).toMatchObject({ version: '2', problems: [{ path: 'relays' }] });
  });

  test('a valid version between the copy and a broken one is used', async () => {
    const at = stage();
    await at.current();
    await at.pass(60_001);
    at.state.newest = broken('3');
    at.state.history = [broken('3'), good('2'), good('1')];
    expect(await at.current()).toMatchObject({ version: '2' });
  });

  test('a valid version before a broken one is used also when the first search for it failed', async () => {
    const at = stage({ newest: good('4') });
    await at.current();
    await at.pass(60_001);
    at.state.newest = broken('6');
    at.state.history = [broken('6'), good('5'), good('4')];
    at.state.searchFault = unreachable();
    expect(await at.current()).toMatchObject({ version: '4' });
    at.state.searchFault = undefined;
    await at.pass(60_001);
    expect(await at.current()).toMatchObject({ version: '5' });
    await at.pass(60_001);
    await at.current();
    expect(at.state.searches).toBe(2);
  });

  test('a search that cannot be done holds up no call: the copy has been looked after', async () => {
    const at = stage({ newest: good('4') });
    await at.current();
    await at.pass(60_001);
    at.state.newest = broken('6');
    at.state.searchFault = unreachable();
    await at.current();
    const { reads } = at.state;
    for (let second = 0; second < 29; second += 1) {
      await at.pass(1_000);
      await at.current();
    }
    expect(at.state.reads).toBe(reads);
  });

  test('a broken version is read once, also when another broken one comes after it', async () => {
    const at = stage({ newest: good('4') });
    await at.current();
    await at.pass(60_001);
    at.state.newest = broken('5');
    at.state.history = [broken('5'), good('4')];
    await at.current();
    await at.pass(60_001);
    at.state.newest = broken('6');
    at.state.history = [broken('6'), broken('5'), good('4')];
    await at.current();
    expect(at.state.historyReads).toEqual([]);
    expect(at.events.map(({ version }) => version)).toEqual(['4', '5', '6']);
  });

  test('never back to an older version than the copy: what was withdrawn stays withdrawn', async () => {
    const at = stage({ newest: good('4') });
    await at.current();
    await at.pass(60_001);
    at.state.newest = broken('6');
    // The copy's own version was deleted, or never kept.
    at.state.history = [broken('6'), good('3'), good('2')];
    expect(await at.current()).toMatchObject({ version: '4' });
    expect(at.codes()).toEqual(['configuration-loaded', 'configuration-broken']);
  });

  test('a newer one than the copy is known by its id, where the copy’s own version is not kept', async () => {
    const at = stage({ newest: { ...good('d'), id: '2026-01-04' } });
    await at.current();
    await at.pass(60_001);
    at.state.newest = { ...broken('f'), id: '2026-01-06' };
    at.state.history = [
      { ...broken('f'), id: '2026-01-06' },
      { ...good('e'), id: '2026-01-05' },
      { ...good('c'), id: '2026-01-03' },
    ];
    expect(await at.current()).toMatchObject({ version: 'e' });
  });

  test('back to good: the repaired version is used, and so is the old one when it is put back', async () => {
    const at = stage();
    await at.current();
    await at.pass(60_001);
    at.state.newest = broken('2');
    await at.current();
    await at.pass(60_001);
    at.state.newest = good('3');
    expect(await at.current()).toMatchObject({ version: '3' });
    await at.pass(60_001);
    at.state.newest = broken('4');
    await at.current();
    await at.pass(60_001);
    at.state.newest = good('3');
    expect(await at.current()).toMatchObject({ version: '3' });
    await at.pass(60_001);
    await at.current();
    expect(at.codes().filter((code) => code === 'configuration-broken')).toHaveLength(2);
  });

  test('the history out of reach: the copy stays', async () => {
    const at = stage();
    await at.current();
    await at.pass(60_001);
    at.state.newest = broken('2');
    await at.current();
    at.state.fault = unreachable();
    await at.pass(60_001);
    expect(await at.current()).toMatchObject({ version: '1' });
  });
});

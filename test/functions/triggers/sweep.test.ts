import { InvocationContext } from '@azure/functions';
import { describe, expect, test } from 'vitest';
import { type Bridge, createBridge } from '../../../functions/bridge.ts';
import { memoryStore } from '../../../functions/store/memory.ts';
import { type Store, StoreUnreachable } from '../../../functions/store/port.ts';
import { sweep } from '../../../functions/triggers/sweep.ts';
import { type Told, telemetryInto } from '../records/told.ts';
import { manualTime } from '../store/time.ts';

async function swept(store: Store) {
  const lines: string[] = [];
  const told: Told[] = [];
  const context = new InvocationContext({
    functionName: 'sweep',
    logHandler: (level, ...texts) => lines.push(`${level} ${texts.join(' ')}`),
  });
  const exchange = () => Promise.reject(new Error('was asked'));
  const bridge: Bridge = { store, exchange, prepare: async () => undefined, flush: () => undefined };
  await sweep(bridge, context, telemetryInto(told));
  return { lines, told: told.map(({ event }) => event) };
}

describe('the timer that sweeps the store', () => {
  test('removes what has expired, and says how much', async () => {
    const time = manualTime();
    const store = memoryStore(time.clock);
    const rows = store.table<number>('rows');
    await rows.insert('p', 'old', 1, time.clock.now() + 1_000);
    await rows.insert('p', 'new', 1, time.clock.now() + 9_000);
    await time.advance(5_000);
    const { lines, told } = await swept(store);
    expect(told).toEqual([{ event: 'store-swept', rows: 1 }]);
    expect(lines).toEqual([`information ${JSON.stringify(told[0])}`]);
    expect(await rows.read('p', 'new')).toBeDefined();
  });

  test('a store that cannot be reached is told with the reason, as an error', async () => {
    const store: Store = {
      table: () => {
        throw new Error('was opened');
      },
      sweep: () => Promise.reject(new StoreUnreachable('403 AuthorizationPermissionMismatch')),
    };
    const { lines, told } = await swept(store);
    expect(told).toEqual([
      {
        event: 'store-not-swept',
        code: 'store-unreachable',
        detail: '403 AuthorizationPermissionMismatch',
      },
    ]);
    expect(lines).toEqual([`error ${JSON.stringify(told[0])}`]);
  });

  test('a fault of our own fails the run', async () => {
    const store = { sweep: () => Promise.reject(new TypeError('x')) } as unknown as Store;
    await expect(swept(store)).rejects.toThrow(TypeError);
  });

  test('with wrong settings there is nothing to sweep', async () => {
    const context = new InvocationContext({ functionName: 'sweep' });
    const refused = createBridge({}, () => undefined);
    expect(refused).toBeInstanceOf(Error);
    await sweep(refused, context, telemetryInto([]));
  });
});

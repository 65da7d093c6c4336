import { describe, expect, test } from 'vitest';
import { memoryStore } from '../../../functions/store/memory.ts';
import { storeContract } from './contract.ts';
import { manualTime } from './time.ts';

describe('the store in memory', () => {
  storeContract(async () => {
    const { clock, advance } = manualTime();
    return { store: memoryStore(clock), now: clock.now, advance };
  });

  test('never holds more than twice its live rows, even when nobody sweeps', async () => {
    const { clock, advance } = manualTime();
    const store = memoryStore(clock);
    const rows = store.table<number>('rows');
    for (let round = 0; round < 20; round += 1) {
      for (let n = 0; n < 1000; n += 1) await rows.insert('p', `${round}-${n}`, n, clock.now() + 1000);
      await advance(1000);
    }
    // Twenty thousand have expired; what a sweep still finds is what was held.
    expect(await store.sweep()).toBeLessThanOrEqual(2048);
  });

  test('never gives up a live row to make room', async () => {
    const { clock } = manualTime();
    const store = memoryStore(clock);
    const rows = store.table<number>('rows');
    for (let n = 0; n < 5000; n += 1) await rows.insert('p', String(n), n, clock.now() + 1000);
    expect(await rows.insert('p', '0', 1, clock.now() + 1000)).toBe('exists');
    expect(await store.sweep()).toBe(0);
  });
});

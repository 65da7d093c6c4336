import { beforeEach, describe, expect, test } from 'vitest';
import { NONCES, type SpentNonce, spendNonce } from '../../../functions/relays/nonces.ts';
import { memoryStore } from '../../../functions/store/memory.ts';
import { type Store, StoreUnreachable } from '../../../functions/store/port.ts';
import { breakable } from '../store/breakable.ts';
import { type ManualTime, manualTime } from '../store/time.ts';

let time: ManualTime;
let store: Store;
const nonce = 'AAAAAAAAAAAAAAAAAAAAAA';

beforeEach(() => {
  time = manualTime();
  store = memoryStore(time.clock);
});

const created = () => Math.floor(time.clock.now() / 1000);

function spend(call: { keyid?: string; nonce?: string; created?: number } = {}): Promise<boolean> {
  const spent = store.table<SpentNonce>(NONCES);
  return spendNonce(spent, { keyid: 'site-1', nonce, created: created(), ...call }, time.clock);
}

describe('a nonce', () => {
  test('is spent once, of many at the same time too', async () => {
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => spend()));
    expect(outcomes.filter(Boolean)).toHaveLength(1);
    expect(await spend()).toBe(false);
  });

  test('is the relay’s own', async () => {
    expect(await spend()).toBe(true);
    expect(await spend({ keyid: 'site-2' })).toBe(true);
    expect(await spend({ nonce: 'AAAAAAAAAAAAAAAAAAAAAQ' })).toBe(true);
    // Base64url is told apart by case.
    expect(await spend({ nonce: nonce.toLowerCase() })).toBe(true);
  });

  test('cannot be spent again for as long as its call could be taken by any instance', async () => {
    const call = { created: created() };
    expect(await spend(call)).toBe(true);
    for (let second = 0; second < 89; second += 1) {
      await time.advance(1000);
      expect(await spend(call)).toBe(false);
    }
  });

  test('of a call that is older than what is remembered is never spent', async () => {
    const call = { created: created() };
    await spend(call);
    await time.advance(90_000);
    await store.sweep();
    expect(await spend(call)).toBe(false);
    expect(await spend({ ...call, nonce: 'AAAAAAAAAAAAAAAAAAAAAQ' })).toBe(false);
  });

  test('of a call from a clock that runs ahead is remembered for longer', async () => {
    const call = { created: created() + 30 };
    expect(await spend(call)).toBe(true);
    await time.advance(119_999);
    expect(await spend(call)).toBe(false);
  });

  test('is swept in the end', async () => {
    await spend();
    await time.advance(90_000);
    expect(await store.sweep()).toBe(1);
  });

  test('store-unreachable: is not spent', async () => {
    const link = breakable(store);
    link.break();
    const call = { keyid: 'site-1', nonce, created: created() };
    await expect(spendNonce(link.store.table(NONCES), call, time.clock)).rejects.toThrow(StoreUnreachable);
    link.mend();
    expect(await spend()).toBe(true);
  });
});

import { expect, test } from 'vitest';
import { COUNTED, createCounters } from '../../edge-relay/counters.ts';
import { DROPS, type Drop } from '../../edge-relay/drops.ts';

const isDrop = (code: string): code is Drop => Object.hasOwn(DROPS, code);

test('every drop has a counter of its own', () => {
  for (const code of Object.keys(DROPS).filter(isDrop)) {
    const counters = createCounters();
    counters.drop(code);
    expect(counters.read()).toEqual({
      relay: {},
      drops: { [code]: 1 },
      faults: {},
      refusals: {},
      unavailable: {},
      cloud: {},
    });
  }
});

test('all that is counted starts unlisted at nothing', () => {
  const counters = createCounters();
  expect(counters.read().relay).toEqual({});
  const names = Object.keys(COUNTED) as Array<keyof typeof COUNTED>;
  for (const name of names) counters.count(name);
  expect(counters.read().relay).toEqual(Object.fromEntries(names.map((name) => [name, 1])));
});

test.each([
  ['cloud', 'cloud'],
  ['refusal', 'refusals'],
  ['unavailable', 'unavailable'],
] as const)('names from elsewhere cannot make it grow: %s', (how, group) => {
  const counters = createCounters();
  for (let at = 0; at < 1_000; at += 1) counters[how](`name ${at}`);
  expect(Object.keys(counters.read()[group])).toHaveLength(65);
  expect(counters.read()[group]['other']).toBe(936);
});

test('says under which name it counts a code', () => {
  const counters = createCounters();
  const names = Array.from({ length: 66 }, (_, at) => counters.refusal(`code-${at}`));
  expect(names.slice(63)).toEqual(['code-63', 'other', 'other']);
  expect(counters.refusal('code-5')).toBe('code-5');
});

test('tells whether anything was counted since it was last asked', () => {
  const counters = createCounters();
  expect(counters.changed()).toBe(false);
  counters.count('received');
  expect([counters.changed(), counters.changed()]).toEqual([true, false]);
});

import { expect, test } from 'vitest';
import { goodputOf } from './overload.ts';

test('goodput counts from the patience of the clients to the last sending', () => {
  const tenths = [...Array(10).fill(9), 4, 5, 6, 7, 8];
  expect(goodputOf({ tenths, sendingSeconds: 1.35 }, 1)).toBe(50);
});

test('there is none where sending took no longer than the patience', () => {
  expect(() => goodputOf({ tenths: [1], sendingSeconds: 1.09 }, 1)).toThrow(RangeError);
});

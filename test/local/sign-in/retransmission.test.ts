import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PATIENT, repeatTimes } from '../../../local/sign-in/retransmission.ts';

const even = (): number => 0.5;

test('the wait doubles up to the longest one, until the count is reached', () => {
  expect(repeatTimes(PATIENT, even)).toEqual([2000, 6000, 14_000, 30_000, 46_000]);
});

test('nothing is sent once the request has been given up', () => {
  expect(repeatTimes({ ...PATIENT, duration: 14_000 }, even)).toEqual([2000, 6000]);
});

test('no repeats at all when none are wanted', () => {
  expect(repeatTimes({ ...PATIENT, count: 0 }, even)).toEqual([]);
});

test('chance changes a wait by a tenth at most', () => {
  fc.assert(
    fc.property(fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true })), (chances) => {
      const [first = 0, second = 0] = repeatTimes(PATIENT, () => chances.next().value);
      expect(first).toBeGreaterThanOrEqual(1800);
      expect(first).toBeLessThanOrEqual(2200);
      expect((second - first) / first).toBeGreaterThanOrEqual(1.8999);
      expect((second - first) / first).toBeLessThanOrEqual(2.1001);
    }),
  );
});

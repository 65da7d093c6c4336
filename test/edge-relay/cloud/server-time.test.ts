import { expect, test } from 'vitest';
import { createServerTime } from '../../../edge-relay/cloud/server-time.ts';
import { handClock } from './hand-clock.ts';

function timeByHand() {
  const hand = handClock();
  const told: number[] = [];
  return { hand, told, time: createServerTime(hand.clock, (offset) => told.push(offset)) };
}

test("the machine's clock counts until the functions refuse it", () => {
  const { hand, time, told } = timeByHand();
  expect(time.now()).toBe(hand.clock.now());
  expect(time.offset).toBe(0);
  time.learn(hand.clock.now() + 90_000, 10);
  expect(time.now()).toBe(hand.clock.now() + 90_010);
  expect(time.offset).toBe(90_010);
  expect(told).toEqual([90_010]);
});

test("a step of the machine's clock does not move the learned time", () => {
  const { hand, time } = timeByHand();
  const right = hand.clock.now() + 90_000;
  time.learn(right, 0);
  hand.step(-3_600_000);
  hand.pass(1_000);
  expect(time.now()).toBe(right + 1_000);
  expect(time.offset).toBe(3_690_000);
});

test("the machine's clock is taken again as soon as it is right", () => {
  const { hand, time, told } = timeByHand();
  time.learn(hand.clock.now() - 40_000, 0);
  const version = time.version;
  hand.step(-37_000);
  expect(time.now()).toBe(hand.clock.now());
  expect(time.offset).toBe(0);
  expect(told).toEqual([-40_000, 0]);
  expect(time.version).toBeGreaterThan(version);
});

test('a newer refusal teaches anew, or shows that the own clock was right', () => {
  const { hand, time, told } = timeByHand();
  time.learn(hand.clock.now() + 40_000, 0);
  time.learn(hand.clock.now() + 80_000, 0);
  expect(time.offset).toBe(80_000);
  time.learn(hand.clock.now() + 1_000, 0);
  expect(time.offset).toBe(0);
  expect(told).toEqual([40_000, 80_000, 0]);
});

test.each([
  ['the time it has already', 0],
  ['nearly that time', 4_999],
  ['zero', -Date.UTC(2026, 10, 25)],
  ['the far future', 9e15],
  ['no number', Number.NaN],
])('a refusal that names %s teaches nothing', (_, difference) => {
  const { hand, time, told } = timeByHand();
  time.learn(hand.clock.now() + difference, 0);
  expect(time.offset).toBe(0);
  expect(time.version).toBe(0);
  expect(told).toEqual([]);
});

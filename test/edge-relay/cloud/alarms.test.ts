import { expect, test } from 'vitest';
import { createAlarms } from '../../../edge-relay/cloud/alarms.ts';
import { handClock } from './hand-clock.ts';

function alarmsByHand() {
  const hand = handClock();
  return { hand, alarms: createAlarms(hand.clock, hand.timers), now: () => hand.clock.monotonic() };
}

test('an alarm rings once, not early and at most 25 ms late', () => {
  const { hand, alarms, now } = alarmsByHand();
  let rung = 0;
  alarms.at(now() + 90, () => {
    rung += 1;
  });
  hand.pass(89);
  expect(rung).toBe(0);
  hand.pass(26);
  expect(rung).toBe(1);
  hand.pass(1_000);
  expect(rung).toBe(1);
});

test('a cancelled alarm stays silent, and cancelling again or after the ring does nothing', () => {
  const { hand, alarms, now } = alarmsByHand();
  const rung: string[] = [];
  const first = alarms.at(now() + 50, () => rung.push('first'));
  const second = alarms.at(now() + 50, () => rung.push('second'));
  alarms.cancel(first);
  alarms.cancel(first);
  alarms.cancel(undefined);
  hand.pass(100);
  alarms.cancel(second);
  expect(rung).toEqual(['second']);
});

test('alarms ring in the order of their times after a long sleep of the machine', () => {
  const { hand, alarms, now } = alarmsByHand();
  const rung: number[] = [];
  for (const after of [70_000, 300, 4_000]) alarms.at(now() + after, () => rung.push(after));
  hand.pass(3_600_000);
  expect(rung).toEqual([300, 4_000, 70_000]);
});

test('an alarm may set and cancel others while it rings', () => {
  const { hand, alarms, now } = alarmsByHand();
  const rung: string[] = [];
  alarms.at(now() + 50, () => {
    alarms.cancel(neighbour);
    alarms.at(now() - 5, () => rung.push('past'));
  });
  const neighbour = alarms.at(now() + 50, () => rung.push('neighbour'));
  hand.pass(100);
  expect(rung).toEqual([]);
  hand.pass(50);
  expect(rung).toEqual(['past']);
});

test('the timer runs only while something waits', () => {
  const { hand, alarms, now } = alarmsByHand();
  expect(hand.running).toBe(0);
  const alarm = alarms.at(now() + 1_000, () => {});
  expect(hand.running).toBe(1);
  alarms.cancel(alarm);
  hand.pass(25);
  expect(hand.running).toBe(0);
  alarms.at(now() + 1_000, () => expect.unreachable());
  alarms.close();
  expect(hand.running).toBe(0);
  hand.pass(2_000);
});

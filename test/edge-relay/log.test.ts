import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createLog, LOG_EVERY } from '../../edge-relay/log.ts';
import { handTimers } from './hand-timers.ts';

function bench() {
  const time = handTimers();
  const { clock, pass } = time;
  const lines: string[] = [];
  const told = () =>
    lines
      .map((line) => JSON.parse(line))
      .map(({ event, code, n, leftOut }) => [event, code, n, leftOut].filter((part) => part !== undefined));
  return { log: createLog(time, (line) => lines.push(line)), lines, told, pass, clock, time };
}

test('a line is one JSON object, whatever is in it', () => {
  const { clock, lines, log } = bench();
  log.say('info', 'event', { text: 'a\r\n"b"\u0000 \u2028' });
  expect(lines[0]).not.toMatch(/[\r\n]/);
  expect(JSON.parse(lines[0] ?? '')).toEqual({
    time: new Date(clock.now()).toISOString(),
    level: 'info',
    event: 'event',
    text: 'a\r\n"b"\u0000 \u2028',
  });
});

test('the first at once, the last when ten seconds are over, with how many others it stands for', () => {
  const { log, pass, told } = bench();
  for (let n = 0; n < 5; n += 1) log.limited('info', 'drop', 'one', { n });
  log.limited('info', 'drop', 'two', { n: 0 });
  log.limited('info', 'other', 'one', { n: 0 });
  expect(told()).toEqual([
    ['drop', 'one', 0],
    ['drop', 'two', 0],
    ['other', 'one', 0],
  ]);
  pass(LOG_EVERY);
  expect(told().slice(3)).toEqual([['drop', 'one', 4, 3]]);
  // That line was one of its own: the next has to wait as long again.
  log.limited('info', 'drop', 'one', { n: 5 });
  log.limited('info', 'drop', 'two', { n: 1 });
  expect(told().slice(4)).toEqual([['drop', 'two', 1]]);
  pass(LOG_EVERY);
  expect(told().slice(5)).toEqual([['drop', 'one', 5]]);
});

test('details of one code are told apart', () => {
  const { log, told } = bench();
  for (const n of [0, 1, 2])
    log.limited('error', 'drop', 'answer-refused', { n }, n === 2 ? 'other' : 'same');
  expect(told()).toEqual([
    ['drop', 'answer-refused', 0],
    ['drop', 'answer-refused', 2],
  ]);
});

test('whatever the times: lines and what they left out add up', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(2), fc.nat(12_000)), { maxLength: 60 }), (steps) => {
      const { lines, log, pass, time } = bench();
      for (const [code, ms] of steps) {
        log.limited('info', 'drop', `${code}`);
        pass(ms);
      }
      log.flush();
      const read = lines.map((line) => JSON.parse(line));
      expect(read.reduce((sum, { leftOut = 0 }) => sum + 1 + leftOut, 0)).toBe(steps.length);
      expect(time.waiting).toBe(0);
    }),
  );
});

test('what is kept back is written at the end', () => {
  const { log, told } = bench();
  for (let n = 0; n < 3; n += 1) log.limited('info', 'drop', 'one', { n });
  log.flush();
  log.flush();
  expect(told()).toEqual([
    ['drop', 'one', 0],
    ['drop', 'one', 2, 1],
  ]);
});

test('more causes than anybody has share one limit, and none is lost', () => {
  const { lines, log, pass, time } = bench();
  for (let n = 0; n < 3_000; n += 1) log.limited('info', 'drop', `${n}`);
  expect(lines).toHaveLength(1_001);
  expect(time.waiting).toBe(1);
  pass(LOG_EVERY);
  expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ code: '2999', leftOut: 1_998 });
});

import { expect, test } from 'vitest';
import { createLog, LOG_EVERY } from '../../edge-relay/log.ts';
import { handTimers } from './hand-timers.ts';

function bench() {
  const { clock, pass } = handTimers();
  const lines: string[] = [];
  return { log: createLog(clock, (line) => lines.push(line)), lines, pass, clock };
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

test('one line in ten seconds for each event and code, with what was left out', () => {
  const { lines, log, pass } = bench();
  for (let at = 0; at < 5; at += 1) log.limited('info', 'drop', 'one');
  log.limited('info', 'drop', 'two');
  log.limited('info', 'other', 'one');
  pass(LOG_EVERY);
  log.limited('info', 'drop', 'one');
  log.limited('info', 'drop', 'two');
  expect(
    lines.map((line) => JSON.parse(line)).map(({ event, code, suppressed }) => [event, code, suppressed]),
  ).toEqual([
    ['drop', 'one', undefined],
    ['drop', 'two', undefined],
    ['other', 'one', undefined],
    ['drop', 'one', 4],
    ['drop', 'two', undefined],
  ]);
});

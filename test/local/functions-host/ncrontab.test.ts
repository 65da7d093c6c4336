import { describe, expect, test } from 'vitest';
import { parseSchedule } from '../../../local/functions-host/ncrontab.ts';

const from = Date.parse('2026-02-27T10:20:30.500Z'); // a Friday
const next = (schedule: string) => {
  const time = parseSchedule(schedule).next(from);
  return time === undefined ? undefined : new Date(time).toISOString();
};

describe('a schedule', () => {
  test.each([
    ['* * * * * *', '2026-02-27T10:20:31.000Z'],
    ['0 */15 * * * *', '2026-02-27T10:30:00.000Z'],
    ['0 5 * * *', '2026-02-28T05:00:00.000Z'],
    ['0 0 9-17 * * MON-FRI', '2026-02-27T11:00:00.000Z'],
    ['0 0 8,12 * * 1', '2026-03-02T08:00:00.000Z'],
    ['0 0 0 29 2 *', '2028-02-29T00:00:00.000Z'],
    ['10/20 20 10 * * *', '2026-02-27T10:20:50.000Z'],
    ['0 0 0 1 JAN *', '2027-01-01T00:00:00.000Z'],
    ['0 0 0 * * 7', '2026-03-01T00:00:00.000Z'],
    ['00:05:00', '2026-02-27T10:25:30.500Z'],
  ])('%s', (schedule, expected) => {
    expect(next(schedule)).toBe(expected);
  });

  test('a date that never comes has no next time', () => {
    expect(next('0 0 0 31 2 *')).toBeUndefined();
  });

  test.each([
    '',
    '* * *',
    '60 * * * * *',
    '* * * * FOO *',
    '*/0 * * * * *',
    '5-1 * * * * *',
    '00:00:00',
    '25 h',
  ])('refuses %j', (schedule) => {
    expect(() => parseSchedule(schedule)).toThrow('schedule');
  });
});

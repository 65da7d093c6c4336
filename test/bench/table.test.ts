import { describe, expect, test } from 'vitest';
import { median } from './median.ts';
import type { Goal } from './part.ts';
import { figureWords, goalLines, reached, tableLines } from './table.ts';

describe('a figure', () => {
  test.each([
    [{ value: 4351.4, unit: '/s' }, '4,351/s'],
    [{ value: 100, unit: '' }, '100'],
    [{ value: 0, unit: '' }, '0'],
    [{ value: 52.345, unit: 'ms' }, '52.3 ms'],
    [{ value: 0.94444, unit: '×' }, '0.94 ×'],
    [{ value: 3, unit: '×' }, '3 ×'],
    [{ value: 99.97, unit: 'MB' }, '100.0 MB'],
  ] as const)('%j reads %s', (figure, words) => {
    expect(figureWords(figure)).toBe(words);
  });
});

describe('a goal', () => {
  const goal = (value: number, wanted: Goal['wanted']): Goal => ({
    name: 'import',
    measured: { value, unit: 'ms' },
    limit: { value: 200, unit: 'ms' },
    wanted,
  });

  test.each([
    [199, 'at most', true],
    [200, 'at most', true],
    [201, 'at most', false],
    [199, 'at least', false],
    [200, 'at least', true],
    [Number.NaN, 'at most', false],
    [Number.NaN, 'at least', false],
  ] as const)('%d against 200 %s: %s', (value, wanted, expected) => {
    expect(reached(goal(value, wanted))).toBe(expected);
  });

  test('of which nothing was found is open', () => {
    const open = { ...goal(0, 'at most'), measured: 'FreeRADIUS is not installed' };
    expect(reached(open)).toBeUndefined();
    expect(goalLines([open]).at(-1)).toBe('  import  at most 200 ms  FreeRADIUS is not installed  open');
  });

  test('is told beside what was found, missed ones loudly', () => {
    expect(goalLines([goal(201, 'at most'), goal(201, 'at least')])).toEqual([
      'Goals',
      '',
      '  goal             wanted   found',
      '  ------  ---------------  ------  -------',
      '  import   at most 200 ms  201 ms   MISSED',
      '  import  at least 200 ms  201 ms  reached',
    ]);
  });
});

test('a table has names to the left, figures to the right and its remarks below', () => {
  const lines = tableLines({
    title: 'What it costs',
    columns: ['step', 'CPU', 'beside'],
    rows: [
      { name: 'codec', cells: [{ value: 40, unit: 'µs' }, 'not installed'] },
      { name: 'the whole decision', cells: [{ value: 812.3, unit: 'µs' }] },
    ],
    remarks: ['A short one.', `A long one: ${'word '.repeat(30).trim()}.`],
  });
  expect(lines).toEqual([
    'What it costs',
    '',
    '  step                   CPU         beside',
    '  ------------------  ------  -------------',
    '  codec                40 µs  not installed',
    '  the whole decision  812 µs',
    '',
    '  A short one.',
    '',
    `  A long one: ${'word '.repeat(19).trim()}`,
    `  ${'word '.repeat(11).trim()}.`,
  ]);
});

test('the median is the middle, or between the two in the middle; of nothing there is none', () => {
  expect(median([9, 1, 5])).toBe(5);
  expect(median([9, 1, 5, 7])).toBe(6);
  expect(() => median([])).toThrow(RangeError);
});

import { expect, test } from 'vitest';
import { exitCodeOf, summary, tableLines } from '../../../local/demo/table.ts';

const results = [
  {
    title: 'One',
    expected: 'silence',
    verdict: 'as expected',
    seen: 'silence',
    took: 12,
    used: { prompts: 0, vaultCalls: 1, passwordChecks: 0, cloudCalls: 4 },
  },
  {
    title: 'Another',
    expected: 'Access-Accept',
    verdict: 'differs',
    seen: 'Access-Reject, \u001b[2J',
    took: 1500,
  },
  { title: 'Elsewhere', expected: 'silence', verdict: 'unfit', seen: 'not from 127.0.0.3', took: 1 },
] as const;

test('a table in columns', () => {
  expect(tableLines(results)).toEqual([
    '   row        expected       seen                                   time   prompts  cloud calls',
    '-  ---------  -------------  -------------------------------------  -----  -------  -----------',
    '✓  One        silence        silence                                12 ms  0        4',
    '✗  Another    Access-Accept  Access-Reject, \\u{1b}[2J               1.5 s  -        -',
    '?  Elsewhere  silence        not possible here: not from 127.0.0.3  1 ms   -        -',
  ]);
});

test('a sentence', () => {
  expect(summary(results)).toBe('1 rows as expected, 1 differ, 1 not possible here.');
  expect(summary(results.slice(0, 1))).toBe('1 rows as expected, 0 differ.');
});

test.each([
  [['as expected', 'as expected'], 0],
  [['as expected', 'unfit'], 0],
  [['as expected', 'differs'], 1],
  [['unfit', 'differs'], 1],
  [['unfit', 'unfit'], 2],
  [[], 2],
] as const)('%j ends with %d', (verdicts, code) => {
  expect(exitCodeOf(verdicts.map((verdict) => ({ verdict })))).toBe(code);
});

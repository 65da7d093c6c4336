import { expect, test } from 'vitest';
import { readRetryAfter } from '../../../functions/entra/retry-after.ts';

const NOW = Date.UTC(2026, 10, 25, 12, 0, 0);

test.each([
  ['0', 0],
  ['17', 17_000],
  ['999999999', 999_999_999_000],
  ['Wed, 25 Nov 2026 12:00:30 GMT', 30_000],
  ['Wed, 25 Nov 2026 11:59:00 GMT', 0],
  [null, undefined],
  ['', undefined],
  ['-1', undefined],
  ['1.5', undefined],
  ['1e3', undefined],
  ['1000000000', undefined],
  ['2026-11-25', undefined],
  ['never GMT', undefined],
])('Retry-After %j is %j', (value, expected) => {
  expect(readRetryAfter(value, NOW)).toBe(expected);
});

import { expect, test } from 'vitest';
import { timesOf } from './throughput.ts';

const rounds = (...figures: readonly number[]) => ({
  rounds: figures.map((perSecond) => ({ perSecond, cpu: undefined })),
});

test('servers are compared round by round, so that a slow machine harms both', () => {
  expect(timesOf(rounds(10, 200, 30), rounds(5, 400, 15))).toBe(2);
});

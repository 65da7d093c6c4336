import { expect, test } from 'vitest';
import type { Verdict } from './senders/answers.ts';
import { runPass } from './senders/pass.ts';

/** A batch whose packets are answered as told, at once but not within the sending. */
function batchOf(count: number, answers: (index: number) => readonly Verdict[]) {
  let listener: (index: number, verdict: Verdict) => void = () => undefined;
  const sent: number[] = [];
  return {
    sent,
    count,
    send(index: number) {
      sent.push(index);
      queueMicrotask(() => {
        for (const verdict of answers(index)) listener(index, verdict);
      });
    },
    hear(next: typeof listener) {
      listener = next;
    },
    close: () => undefined,
  };
}

const once = { pace: { outstanding: 4 }, patience: 100, sent: () => undefined };

test('every request is counted once, whatever comes for it', async () => {
  const verdicts: readonly (readonly Verdict[])[] = [
    ['accepted'],
    ['rejected'],
    [],
    ['wrong'],
    ['wrong', 'accepted'],
    ['accepted', 'accepted'],
  ];
  const outcome = await runPass(
    batchOf(6, (index) => verdicts[index] ?? []),
    { ...once, count: 6 },
  );
  expect(outcome).toMatchObject({ sent: 6, accepted: 3, rejected: 1, lost: 2, twice: 1, wrong: 2 });
  expect(outcome.latencies).toHaveLength(3);
  expect(outcome.tenths.reduce((sum, accepts) => sum + accepts)).toBe(3);
});

test('more requests than packets begin with the first packet again', async () => {
  const batch = batchOf(8, () => ['accepted']);
  const outcome = await runPass(batch, { ...once, count: 20 });
  expect(outcome).toMatchObject({ sent: 20, accepted: 20, lost: 0, twice: 0 });
  expect(batch.sent).toEqual(Array.from({ length: 20 }, (_, at) => at % 8));
});

test('by the clock nothing waits for an answer', async () => {
  const outcome = await runPass(
    batchOf(50, () => []),
    { ...once, count: 50, pace: { perSecond: 1_000 } },
  );
  expect(outcome).toMatchObject({ sent: 50, accepted: 0, lost: 50 });
  expect(outcome.sendingSeconds).toBeGreaterThan(0.04);
});

import { expect, test } from 'vitest';
import type { Verdict } from './senders/answers.ts';
import { runPass } from './senders/pass.ts';

/** A batch whose packets are answered as told, at once but not within the sending, or so many ms later. */
function batchOf(count: number, answers: (index: number) => readonly Verdict[], delay?: number) {
  let listener: (index: number, verdict: Verdict) => void = () => undefined;
  const sent: number[] = [];
  return {
    sent,
    count,
    send(index: number) {
      sent.push(index);
      const answer = () => {
        for (const verdict of answers(index)) listener(index, verdict);
      };
      if (delay === undefined) queueMicrotask(answer);
      else setTimeout(answer, delay);
    },
    hear(next: typeof listener) {
      listener = next;
    },
    close: () => undefined,
  };
}

const once = { pace: { outstanding: 4 }, patience: 100, atFault: { listenFor: 0 } };

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

test('what comes for lost requests is counted while it is listened for, but for a late accept', async () => {
  const verdicts: readonly (readonly Verdict[])[] = [
    ['accepted'],
    ['rejected'],
    ['rejected', 'accepted'],
    ['wrong'],
    [],
  ];
  const late = batchOf(5, (index) => verdicts[index] ?? [], 250);
  const load = { pace: { perSecond: 1_000 }, patience: 50, count: 5 };
  const heard = await runPass(late, { ...load, atFault: { listenFor: 400 } });
  expect(heard).toMatchObject({ sent: 5, accepted: 0, rejected: 2, lost: 5, twice: 1, wrong: 1 });
  expect(heard.tenths).toEqual([]);
  const unheard = await runPass(late, { ...load, atFault: { listenFor: 0 } });
  expect(unheard).toMatchObject({ sent: 5, accepted: 0, rejected: 0, lost: 5, twice: 0, wrong: 0 });
});

test.each<[string, readonly Verdict[], object]>([
  ['lost', [], { lost: 1 }],
  ['rejected', ['rejected'], { rejected: 1 }],
  ['answered wrongly', ['wrong'], { wrong: 1 }],
  ['answered twice', ['accepted', 'accepted'], { twice: 1 }],
])('where it is told to, the first request that is %s ends everything', async (_, fifth, counted) => {
  for (const pace of [{ outstanding: 1 }, { perSecond: 200 }]) {
    const batch = batchOf(1_000_000, (index) => (index === 4 ? fifth : ['accepted']));
    const outcome = await runPass(batch, { pace, patience: 100, count: batch.count, atFault: 'end' });
    expect(outcome).toMatchObject(counted);
    expect(outcome.sent).toBeLessThan(200);
    expect(batch.sent).toHaveLength(outcome.sent);
  }
});

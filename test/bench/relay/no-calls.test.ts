import { expect, test } from 'vitest';
import type { Counts } from '../../../edge-relay/counters.ts';
import { noCalls } from './no-calls.ts';

/** Counters of relay and backend before and after a hundred repeats. */
function seen(after: { relay?: Counts['relay']; drops?: Counts['drops']; calls?: number }) {
  const none = { faults: {}, refusals: {}, unavailable: {}, cloud: {} };
  const counts = [
    { ...none, relay: { received: 100, resent: 5 }, drops: { malformed: 2, 'repeat-in-work': 3 } },
    { ...none, relay: after.relay ?? {}, drops: { malformed: 2, ...after.drops } },
  ];
  const calls = [7, after.calls ?? 7];
  return {
    relay: { name: 'the relay', counts: async () => counts.shift() ?? { ...none, relay: {}, drops: {} } },
    backend: { counts: async () => ({ calls: calls.shift() ?? 0, waiting: 0, connections: 1 }) },
    count: 100,
  };
}

const send = async () => undefined;

test('what the relay counts for them is what it saw', async () => {
  const answered = { ...seen({ relay: { resent: 105 }, drops: { 'repeat-in-work': 3 } }), counter: 'resent' };
  expect(await noCalls({ ...answered, counter: 'resent' }, send)).toBe(100);
  const inWork = seen({ drops: { 'repeat-in-work': 93 } });
  expect(await noCalls({ ...inWork, counter: 'repeat-in-work' }, send)).toBe(90);
});

test.each([
  [{ drops: { 'repeat-in-work': 103 }, calls: 8 }, '1 repeats became calls'],
  [{ drops: { 'repeat-in-work': 103, 'table-full': 4 } }, '4 datagrams were dropped as table-full'],
  [{ drops: { 'repeat-in-work': 103, malformed: 3 } }, '1 datagrams were dropped as malformed'],
  [{ drops: { 'repeat-in-work': 92 } }, '100 repeats were sent, 89 were seen (repeat-in-work)'],
  [{ drops: { 'repeat-in-work': 104 } }, '100 repeats were sent, 101 were seen (repeat-in-work)'],
])('no figure comes of %o', async (after, sentence) => {
  await expect(noCalls({ ...seen(after), counter: 'repeat-in-work' }, send)).rejects.toThrow(
    `the relay: ${sentence}`,
  );
});

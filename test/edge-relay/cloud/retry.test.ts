import { expect, test } from 'vitest';
import type { CloudAnswer } from '../../../edge-relay/cloud/call.ts';
import { retryWait } from '../../../edge-relay/cloud/retry.ts';

const half = () => 0.5;

test.each<[string, CloudAnswer]>([
  ['a reply', { kind: 'reply', packet: Buffer.alloc(20) }],
  ['a discard', { kind: 'discard' }],
  ['a refusal', { kind: 'refused', code: 'signature-wrong' }],
  ['a fault', { kind: 'fault', code: 'packet-malformed' }],
  ['a broken call', { kind: 'broken', code: 'connection-broken' }],
  ['a late one', { kind: 'late' }],
  ['one that its signal ended', { kind: 'stopped' }],
  [
    'a 503 of something begun',
    { kind: 'unavailable', code: 'store-unreachable', begun: true, retryAfter: 1 },
  ],
  ["a stranger's 429", { kind: 'busy', ours: false, retryAfter: 1 }],
  ['a call that the end of the relay cut off', { kind: 'unreachable', code: 'relay-closing' }],
])('%s is not made again', (_, answer) => {
  expect(retryWait(answer, 0, half)).toBeUndefined();
});

test('what never reached the functions is made again after a growing wait', () => {
  const waits = [0, 1, 2, 3, 4, 5, 50].map((attempt) =>
    retryWait({ kind: 'unreachable', code: 'connection-refused' }, attempt, half),
  );
  expect(waits).toEqual([200, 400, 800, 1_600, 3_200, 5_000, 5_000]);
  const apart = [0, 0.999].map((chance) =>
    retryWait({ kind: 'unreachable', code: 'stream-refused' }, 0, () => chance),
  );
  expect(apart).toEqual([100, 299.8]);
});

test('our own 429 and our own 503 of nothing begun wait as long as they were told, a little spread', () => {
  expect(retryWait({ kind: 'busy', ours: true, retryAfter: 3 }, 0, half)).toBe(3_250);
  const unavailable = {
    kind: 'unavailable',
    code: 'configuration-missing',
    begun: false,
    retryAfter: 2,
  } as const;
  expect(retryWait(unavailable, 4, half)).toBe(2_250);
  expect(retryWait({ ...unavailable, retryAfter: 0 }, 0, half)).toBe(200);
});

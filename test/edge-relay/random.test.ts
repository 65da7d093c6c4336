import fc from 'fast-check';
import { expect, test } from 'vitest';
import { randomOctets } from '../../edge-relay/random.ts';

/** Numbers that count up, four octets each, so that each can be told from every other. */
function counting(): (octets: number) => Buffer {
  let next = 0;
  return (octets) => {
    const drawn = Buffer.alloc(octets);
    for (let at = 0; at < octets; at += 4) drawn.writeUInt32BE(next++, at);
    return drawn;
  };
}

test('every octet is handed out once, and nothing else is', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 50 }), (lengths) => {
      const random = randomOctets(counting(), 32 * 4);
      const seen = lengths.flatMap((length) => {
        const octets = random(length * 4);
        expect(octets).toHaveLength(length * 4);
        return Array.from({ length }, (_, at) => octets.readUInt32BE(at * 4));
      });
      expect(new Set(seen).size).toBe(seen.length);
    }),
  );
});

test('what was handed out does not change when more is drawn', () => {
  const random = randomOctets(undefined, 32);
  const first = random(16);
  const copy = Buffer.from(first);
  for (let n = 0; n < 10; n += 1) random(16);
  expect(first).toEqual(copy);
});

test('is drawn in blocks; more than a block by itself', () => {
  const draws: number[] = [];
  const random = randomOctets((octets) => {
    draws.push(octets);
    return Buffer.alloc(octets);
  }, 64);
  for (let n = 0; n < 8; n += 1) random(16);
  random(65);
  expect(draws).toEqual([64, 64, 65]);
});

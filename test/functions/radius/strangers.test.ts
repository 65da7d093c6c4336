import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { describe as describePacket, integer, text } from '../../../functions/radius/attribute.ts';
import { classify } from '../../../functions/radius/methods/method.ts';
import { buildReply } from '../../../functions/radius/reply.ts';
import { readRequest } from '../../../functions/radius/request.ts';
import { attribute, attributesIn, draft, framed, hex, microsoft, SECRET } from './packets.ts';
import { VECTOR } from './vectors.ts';

const strict = { secrets: [SECRET], messageAuthenticator: 'required', authorizeOnly: true } as const;
const lenient = { ...strict, messageAuthenticator: 'optional' } as const;

const value = (maxLength = 253) => fc.uint8Array({ maxLength }).map((bytes) => Buffer.from(bytes));
const anyType = fc.integer({ min: 1, max: 255 });
const anyAttribute = fc.oneof(
  fc.tuple(anyType, value()).map(([type, octetsOfValue]) => attribute(type, octetsOfValue)),
  fc.tuple(anyType, value(240)).map(([type, octetsOfValue]) => microsoft(attribute(type, octetsOfValue))),
  value(249).map((octetsOfValue) => attribute(26, Buffer.concat([hex('00000137'), octetsOfValue]))),
);
const authenticator = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => Buffer.from(bytes));
const anyCode = fc.constantFrom(1, 2, 3, 4, 5, 11, 12, 40, 255);
const wellFramed = fc
  .record({ code: anyCode, authenticator, attributes: fc.array(anyAttribute, { maxLength: 14 }) })
  .filter(({ attributes }) => Buffer.concat(attributes).length <= 4076)
  .map(draft);

describe('octets from a stranger', () => {
  test('never throw and never make a request where Message-Authenticator is required', () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 5000 }), wellFramed), (bytes) => {
        for (const serves of ['auth', 'acct'] as const) {
          expect(readRequest(bytes, { ...strict, serves }).kind).toBe('discard');
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('never throw where it is optional, whatever is then asked of the packet', () => {
    fc.assert(
      fc.property(wellFramed, (bytes) => {
        const reading = readRequest(bytes, { ...lenient, serves: 'auth' });
        if (reading.kind === 'discard') return;
        classify(reading.packet);
        describePacket(reading.packet);
        for (const name of [
          'User-Name',
          'Tunnel-Type',
          'MS-Machine-Name',
          'Framed-IPv6-Prefix',
          'Event-Timestamp',
        ]) {
          text(reading.packet, name);
          integer(reading.packet, name);
        }
        const reply = buildReply(reading.packet, { code: 3, attributes: [], secret: SECRET });
        if (typeof reply === 'string') expect(reply).toBe('reply-too-long');
        else expect(framed(reply).attributes[0]?.type).toBe(80);
      }),
      { numRuns: 2000 },
    );
  });
});

const PROVEN = { A1: VECTOR.A1, C2: VECTOR.C2, E1: VECTOR.E1, G1: VECTOR.G1, H1: VECTOR.H1, F1: VECTOR.F1 };
const servesOf = (packet: Buffer) => (packet[0] === 4 ? 'acct' : 'auth');

describe('a proven packet that was changed', () => {
  test.each(Object.entries(PROVEN))('%s: any single bit makes it a discard', (_name, packet) => {
    const serves = servesOf(packet);
    expect(readRequest(packet, { ...strict, serves }).kind).toBe('request');
    for (let bit = 0; bit < packet.length * 8; bit += 1) {
      const changed = Buffer.from(packet);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(readRequest(changed, { ...strict, serves }), `bit ${bit}`).toMatchObject({ kind: 'discard' });
    }
  });

  const mutation = fc.oneof(
    fc.record({ kind: fc.constant('drop' as const), at: fc.nat() }),
    fc.record({ kind: fc.constant('repeat' as const), at: fc.nat() }),
    fc.record({ kind: fc.constant('swap' as const), at: fc.nat() }),
    fc.record({ kind: fc.constant('shorten' as const), at: fc.nat() }),
    fc.record({ kind: fc.constant('retype' as const), at: fc.nat(), type: anyType }),
    fc.record({ kind: fc.constant('insert' as const), at: fc.nat(), what: anyAttribute }),
    fc.record({
      kind: fc.constant('length' as const),
      at: fc.nat(),
      length: fc.integer({ min: 0, max: 255 }),
    }),
  );

  function mutated(
    list: readonly Buffer[],
    change: typeof mutation extends fc.Arbitrary<infer T> ? T : never,
  ): Buffer[] {
    const at = list.length === 0 ? 0 : change.at % list.length;
    const target = list[at] ?? Buffer.from([1, 2]);
    const before = list.slice(0, at);
    const after = list.slice(at + 1);
    switch (change.kind) {
      case 'drop':
        return [...before, ...after];
      case 'repeat':
        return [...before, target, target, ...after];
      case 'swap':
        return [...after, target, ...before];
      case 'shorten':
        return [...before, attribute(target[0] ?? 1, target.subarray(2, -1)), ...after];
      case 'retype':
        return [...before, Buffer.concat([Buffer.from([change.type]), target.subarray(1)]), ...after];
      case 'insert':
        return [...before, change.what, target, ...after];
      case 'length':
        return [...before, attribute(target[0] ?? 1, target.subarray(2), change.length), ...after];
    }
  }

  test('by whole attributes is a request only if it is the same again', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.values(PROVEN)),
        fc.array(mutation, { minLength: 1, maxLength: 4 }),
        fc.option(fc.integer({ min: 0, max: 5000 })),
        value(40),
        (packet, changes, length, padding) => {
          const attributes = changes.reduce(mutated, attributesIn(packet));
          const code = packet[0] ?? 0;
          const rest = {
            code,
            identifier: packet[1] ?? 0,
            authenticator: packet.subarray(4, 20),
            attributes,
          };
          const changed = Buffer.concat([draft(length === null ? rest : { ...rest, length }), padding]);
          const reading = readRequest(changed, { ...strict, serves: servesOf(packet) });
          if (reading.kind === 'discard') return;
          expect(reading.packet.octets).toEqual(packet);
        },
      ),
      { numRuns: 5000 },
    );
  });
});

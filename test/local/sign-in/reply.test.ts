import { createHash, createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readReply } from '../../../local/sign-in/reply.ts';
import { encodeAccessRequest } from '../../../local/sign-in/request.ts';

const secret = Buffer.from('a shared secret of a client');
const request = encodeAccessRequest({
  identifier: 7,
  authenticator: Buffer.alloc(16, 0x5a),
  secret,
  attributes: [{ name: 'User-Name', value: 'alice' }],
});

const PROOF = `5012${'00'.repeat(16)}`;
const MESSAGE = `1204${Buffer.from('hi').toString('hex')}`;

/** A reply made by hand, so that neither our codec nor the package judges its own work. */
function reply(code: number, attributes: string, { identifier = 7, key = secret } = {}): Buffer {
  const values = Buffer.from(attributes, 'hex');
  const octets = Buffer.concat([
    Buffer.from([code, identifier, 0, 20 + values.length]),
    request.authenticator,
    values,
  ]);
  const proof = octets.indexOf(Buffer.from(PROOF, 'hex'));
  if (proof >= 0)
    createHmac('md5', key)
      .update(octets)
      .digest()
      .copy(octets, proof + 2);
  createHash('md5').update(octets).update(key).digest().copy(octets, 4);
  return octets;
}

describe('taken', () => {
  test.each([
    [2, 'Access-Accept'],
    [3, 'Access-Reject'],
    [11, 'Access-Challenge'],
  ])('code %i: %s', (code, outcome) => {
    expect(readReply(request, reply(code, PROOF + MESSAGE))).toMatchObject({ outcome, code });
  });

  test('wherever Message-Authenticator stands, and with padding behind the packet', () => {
    const padded = Buffer.concat([reply(2, MESSAGE + PROOF), Buffer.alloc(3)]);
    expect(readReply(request, padded)).toMatchObject({ outcome: 'Access-Accept' });
  });
});

describe('not taken', () => {
  test('reply-malformed', () => {
    expect(readReply(request, reply(2, PROOF).subarray(0, 30))).toBe('reply-malformed');
  });

  test('reply-code-unexpected', () => {
    expect(readReply(request, reply(5, PROOF))).toBe('reply-code-unexpected');
    expect(readReply(request, reply(1, PROOF))).toBe('reply-code-unexpected');
  });

  test('reply-identifier-other', () => {
    expect(readReply(request, reply(2, PROOF, { identifier: 8 }))).toBe('reply-identifier-other');
  });

  test('reply-authenticator-wrong', () => {
    expect(readReply(request, reply(2, PROOF, { key: Buffer.from('another secret') }))).toBe(
      'reply-authenticator-wrong',
    );
  });

  test('reply-message-authenticator-missing: its Response Authenticator alone could be a BlastRADIUS', () => {
    expect(readReply(request, reply(2, MESSAGE))).toBe('reply-message-authenticator-missing');
  });

  test('reply-message-authenticator-wrong: a right Response Authenticator does not help', () => {
    const octets = reply(2, PROOF + MESSAGE);
    octets.writeUInt8(octets.readUInt8(30) ^ 1, 30);
    request.authenticator.copy(octets, 4);
    createHash('md5').update(octets).update(secret).digest().copy(octets, 4);
    expect(readReply(request, octets)).toBe('reply-message-authenticator-wrong');
  });

  test('with any single bit changed', () => {
    const good = reply(2, PROOF + MESSAGE);
    fc.assert(
      fc.property(fc.nat(good.length * 8 - 1), (bit) => {
        const octets = Buffer.from(good);
        octets.writeUInt8(octets.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
        expect(typeof readReply(request, octets)).toBe('string');
      }),
      { numRuns: 400 },
    );
  });

  test('made of any octets', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (octets) => {
        expect(typeof readReply(request, octets)).toBe('string');
      }),
    );
  });
});

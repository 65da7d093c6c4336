import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { revealPassword } from '../../../functions/radius/methods/pap.ts';
import { sharedSecret } from '../../../functions/radius/secret.ts';
import { encodeAccessRequest } from '../../../local/sign-in/request.ts';
import { type AttributeView, attributesOf, type Frame, readFrame } from '../../../relay-call/framing.ts';

const content = {
  identifier: 7,
  authenticator: Buffer.alloc(16, 0x5a),
  secret: Buffer.from('a shared secret of a client'),
  attributes: [
    { name: 'User-Name', value: 'alice' },
    { name: 'NAS-Port-Type', value: 'Virtual' },
    { name: 'MS-Machine-Name', value: 'PC7', vendor: 'Microsoft' },
  ],
} as const;

function frameOf(octets: Buffer): Frame {
  const frame = readFrame(octets);
  if (typeof frame === 'string') throw new Error(frame);
  return frame;
}

function first(octets: Buffer, type: number): AttributeView {
  const attribute = attributesOf(frameOf(octets)).find((each) => each.type === type);
  if (attribute === undefined) throw new Error(`no attribute ${type}`);
  return attribute;
}

test('an Access-Request is framed, and its attributes stand in their order behind Message-Authenticator', () => {
  const { octets } = encodeAccessRequest({ ...content, password: 'correct horse' });
  const frame = frameOf(octets);
  expect([frame.code, frame.identifier, frame.length]).toEqual([1, 7, octets.length]);
  expect(frame.authenticator).toEqual(content.authenticator);
  expect(attributesOf(frame).map(({ type }) => type)).toEqual([80, 1, 61, 26, 2]);
  expect(first(octets, 1).value.toString()).toBe('alice');
  expect(first(octets, 61).value.toString('hex')).toBe('00000005');
  expect(first(octets, 26).value.toString('hex')).toBe('00000137320550433' + '7');
});

test('Message-Authenticator is the HMAC-MD5 of the packet (RFC 3579 §3.2)', () => {
  const { octets } = encodeAccessRequest(content);
  const zeroed = Buffer.from(octets);
  zeroed.fill(0, 22, 38);
  expect(first(octets, 80).value).toEqual(createHmac('md5', content.secret).update(zeroed).digest());
});

test('Message-Authenticator can be left out', () => {
  const { octets } = encodeAccessRequest({ ...content, messageAuthenticator: false });
  expect(attributesOf(frameOf(octets)).some(({ type }) => type === 80)).toBe(false);
});

describe('User-Password', () => {
  test.each([['correct horse'], [''], ['pässwörd'], ['x'.repeat(16)], ['x'.repeat(128)]])(
    '"%s"',
    (password) => {
      const { octets } = encodeAccessRequest({ ...content, password });
      const hidden = first(octets, 2).value;
      expect(hidden.length % 16).toBe(0);
      expect(hidden.length).toBeGreaterThan(0);
      const revealed = revealPassword(hidden, sharedSecret('client', content.secret), content.authenticator);
      expect(revealed.toString()).toBe(password);
    },
  );

  test('of more than 128 octets cannot be sent', () => {
    expect(() => encodeAccessRequest({ ...content, password: 'ü'.repeat(65) })).toThrow(RangeError);
  });
});

import { describe, expect, test } from 'vitest';
import { encodeAttribute, octets, text } from '../../../functions/radius/attribute.ts';
import { responseAuthenticator } from '../../../functions/radius/authenticator.ts';
import { classify } from '../../../functions/radius/methods/method.ts';
import { revealPassword } from '../../../functions/radius/methods/pap.ts';
import type { Packet } from '../../../functions/radius/packet.ts';
import { buildReply } from '../../../functions/radius/reply.ts';
import type { ReplyAttribute } from '../../../functions/radius/reply-attribute.ts';
import { sharedSecret } from '../../../functions/radius/secret.ts';
import { hex, OTHER_SECRET, read, requestOf, SECRET } from './packets.ts';
import { RFC_SECRET_TEXT, RFC2865, RFC5997, VECTOR } from './vectors.ts';

const RFC_SECRET = sharedSecret('rfc', Buffer.from(RFC_SECRET_TEXT));

function encoded(name: string, value: string | number): ReplyAttribute {
  const attribute = encodeAttribute(name, value);
  if ('fault' in attribute) throw new Error(attribute.fault);
  return attribute;
}

function passwordOf(packet: Packet, secret = SECRET): string {
  return revealPassword(
    octets(packet, 'User-Password') ?? Buffer.alloc(0),
    secret,
    packet.authenticator,
  ).toString();
}

/** The Response Authenticator that a printed reply to that request must carry. */
function expectedAuthenticator(request: Packet, reply: Buffer): Buffer {
  const unsigned = Buffer.from(reply);
  request.authenticator.copy(unsigned, 4);
  return responseAuthenticator(unsigned, RFC_SECRET);
}

describe('RFC 2865 §7', () => {
  test.each(Object.entries(RFC2865))('example %s', (_name, { request, reply, method, password }) => {
    const packet = requestOf(request, { secrets: [RFC_SECRET], messageAuthenticator: 'optional' });
    expect(classify(packet)).toBe(method);
    if (password !== undefined) expect(passwordOf(packet, RFC_SECRET)).toBe(password);
    expect(expectedAuthenticator(packet, reply)).toEqual(reply.subarray(4, 20));
  });

  test.each(Object.entries(RFC2865))(
    'example %s is discarded where Message-Authenticator is required',
    (_name, { request }) => {
      expect(read(request, { secrets: [RFC_SECRET] })).toEqual({
        kind: 'discard',
        code: 'message-authenticator-missing',
      });
    },
  );
});

describe('RFC 5997 §6', () => {
  test.each(Object.entries(RFC5997))('example %s', (_name, { request, reply }) => {
    const packet = requestOf(request, { secrets: [RFC_SECRET], serves: reply[0] === 5 ? 'acct' : 'auth' });
    expect(expectedAuthenticator(packet, reply)).toEqual(reply.subarray(4, 20));
  });
});

describe('own vectors', () => {
  const a1 = requestOf(VECTOR.A1);

  test('A1: a PAP request with a UTF-8 password', () => {
    expect(classify(a1)).toBe('pap');
    expect(passwordOf(a1)).toBe('Pässwörd-✓');
    expect(text(a1, 'User-Name')).toBe('zoë@contoso.example');
  });

  test('A2: its Access-Accept', () => {
    const attributes = [encoded('User-Name', 'zoë@contoso.example'), encoded('Session-Timeout', 3600)];
    expect(buildReply(a1, { code: 2, attributes, secret: SECRET })).toEqual(VECTOR.A2);
  });

  test('A3: its Access-Reject', () => {
    const attributes = [encoded('Reply-Message', 'Denied')];
    expect(buildReply(a1, { code: 3, attributes, secret: SECRET })).toEqual(VECTOR.A3);
  });

  test('A4: its Access-Challenge', () => {
    const attributes = [
      encoded('Reply-Message', 'Enter code'),
      encoded('State', 'state-0001'),
      encoded('Session-Timeout', 60),
    ];
    expect(buildReply(a1, { code: 11, attributes, secret: SECRET })).toEqual(VECTOR.A4);
  });

  test('C1: RD Gateway without Message-Authenticator', () => {
    const packet = requestOf(VECTOR.C1, { messageAuthenticator: 'optional', authorizeOnly: true });
    expect(classify(packet)).toBe('unauthenticated');
  });

  const c2 = requestOf(VECTOR.C2);

  test('C2: RD Gateway with Message-Authenticator', () => {
    expect(read(VECTOR.C2)).toMatchObject({ kind: 'request', messageAuthenticator: 'valid', secret: SECRET });
    expect(classify(c2)).toBe('unauthenticated');
    expect(text(c2, 'MS-Machine-Name')).toBe('CLIENT-PC01');
  });

  test('C3: its Access-Accept', () => {
    const attributes = [
      encoded('Session-Timeout', 28800),
      encoded('Idle-Timeout', 900),
      encoded('MS-TSG-Device-Redirection', '0x20000000'),
    ];
    expect(buildReply(c2, { code: 2, attributes, secret: SECRET })).toEqual(VECTOR.C3);
  });

  test('C4: its Access-Reject', () => {
    expect(buildReply(c2, { code: 3, attributes: [], secret: SECRET })).toEqual(VECTOR.C4);
  });

  const e1 = requestOf(VECTOR.E1);

  test('E1: MS-CHAP v2', () => {
    expect(classify(e1)).toBe('mschapv2');
    expect(octets(e1, 'MS-CHAP-Challenge')).toEqual(hex('5b5d7c7d7b3f2f3e3c2c602132262628'));
  });

  test('E4: its Access-Accept, from values encoded elsewhere', () => {
    const of = (type: number, value: string) => ({ vendor: 311, type, value: hex(value) });
    const attributes = [
      of(26, '05533d34303741353538393131354644304436323039463531304645394330343536363933324344413536'),
      of(7, '00000001'),
      of(8, '00000006'),
      of(16, '800191932a1bc18fed39ab0361795c2b4621054901536a7374a3147ded60de9200ba'),
      of(17, '80021b0dc61665544082b3cdae13be4d07d0ca9c46ffc6c5478a9ee54ae9c676cb4e'),
    ];
    expect(buildReply(e1, { code: 2, attributes, secret: SECRET })).toEqual(VECTOR.E4);
  });

  test('E5: its Access-Reject', () => {
    const error = '\x05E=691 R=0 C=000102030405060708090a0b0c0d0e0f V=3 M=Authentication failure';
    const attributes = [encoded('MS-CHAP-Error', error)];
    expect(buildReply(e1, { code: 3, attributes, secret: SECRET })).toEqual(VECTOR.E5);
  });

  test('F1, F2: accounting', () => {
    const packet = requestOf(VECTOR.F1, { serves: 'acct' });
    expect(text(packet, 'Acct-Session-Id')).toBe('00000001');
    expect(buildReply(packet, { code: 5, attributes: [], secret: SECRET })).toEqual(VECTOR.F2);
  });

  test('G1, G2: Status-Server', () => {
    const packet = requestOf(VECTOR.G1);
    expect(buildReply(packet, { code: 2, attributes: [], secret: SECRET })).toEqual(VECTOR.G2);
  });

  test('H1, H2: EAP', () => {
    const packet = requestOf(VECTOR.H1);
    expect(classify(packet)).toBe('eap');
    const attributes = [encoded('EAP-Message', '0x04010004')];
    expect(buildReply(packet, { code: 3, attributes, secret: SECRET })).toEqual(VECTOR.H2);
  });

  test('the second of two secrets proves what the first does not', () => {
    for (const [octetsOfRequest, serves] of [
      [VECTOR.A1, 'auth'],
      [VECTOR.G1, 'auth'],
      [VECTOR.F1, 'acct'],
    ] as const) {
      const reading = read(octetsOfRequest, { serves, secrets: [OTHER_SECRET, SECRET] });
      expect(reading).toMatchObject({ kind: 'request', secret: { name: 'current' } });
      expect(read(octetsOfRequest, { serves, secrets: [OTHER_SECRET] }).kind).toBe('discard');
    }
  });
});

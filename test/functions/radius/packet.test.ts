import { describe, expect, test } from 'vitest';
import {
  PACKET_DISCARDS,
  PACKET_REJECTS,
  type PacketDiscard,
  type PacketReject,
} from '../../../functions/radius/refusals.ts';
import type { RequestExpectation } from '../../../functions/radius/request.ts';
import { sharedSecret } from '../../../functions/radius/secret.ts';
import {
  accounting,
  attribute,
  CHAP_PASSWORD,
  draft,
  hex,
  microsoft,
  OTHER_SECRET,
  read,
  SECRET,
  signed,
  UNSIGNED,
  USER_NAME,
  USER_PASSWORD,
} from './packets.ts';
import { VECTOR } from './vectors.ts';

type Case = readonly [octets: Uint8Array, expected?: Partial<RequestExpectation>];

const optional = { messageAuthenticator: 'optional' } as const;
const acct = { serves: 'acct' } as const;
const EAP = attribute(79, hex('0201000a01616c696365'));

/** The packet with one bit of that octet changed. */
function flipped(packet: Buffer, octet: number): Buffer {
  const copy = Buffer.from(packet);
  copy[octet] = (copy[octet] ?? 0) ^ 1;
  return copy;
}

const DISCARDED: Record<PacketDiscard, Case> = {
  'datagram-too-short': [VECTOR.A1.subarray(0, 19)],
  'length-out-of-range': [draft({ length: 19 })],
  'datagram-truncated': [VECTOR.A1.subarray(0, -1)],
  'attribute-type-zero': [signed({ attributes: [attribute(0, 'x')] })],
  'attribute-too-short': [signed({ attributes: [attribute(1, '', 1)] })],
  'attribute-overrun': [draft({ attributes: [attribute(1, 'alice', 8)] })],
  'too-many-attributes': [signed({ attributes: new Array<Buffer>(250).fill(attribute(18, 'x')) })],
  'message-authenticator-length': [draft({ attributes: [attribute(80, Buffer.alloc(15))] })],
  'message-authenticator-repeated': [signed({ attributes: [UNSIGNED] })],
  'code-not-served': [signed({ code: 4 })],
  'no-shared-secret': [VECTOR.A1, { secrets: [] }],
  'message-authenticator-wrong': [VECTOR.A1, { secrets: [OTHER_SECRET] }],
  'message-authenticator-missing': [VECTOR.C1, { authorizeOnly: true }],
  'eap-without-message-authenticator': [draft({ attributes: [USER_NAME, EAP] }), optional],
  'eap-with-password': [signed({ attributes: [USER_NAME, EAP, USER_PASSWORD] })],
  'status-server-without-message-authenticator': [draft({ code: 12 }), optional],
  'accounting-authenticator-wrong': [VECTOR.F1, { ...acct, secrets: [OTHER_SECRET] }],
  'accounting-attribute-length-wrong': [accounting([attribute(40, [0, 0, 1])]), acct],
  'no-credentials-and-no-message-authenticator': [VECTOR.C1, optional],
};

describe('discards', () => {
  test.each(Object.entries(DISCARDED))('%s', (code, [octets, expected]) => {
    expect(read(octets, expected)).toEqual({ kind: 'discard', code });
  });

  test('every code has a sentence', () => {
    for (const sentence of Object.values(PACKET_DISCARDS)) expect(sentence).toMatch(/^[A-Z].*\.$/);
  });
});

const REJECTED: Record<PacketReject, Case> = {
  'attribute-length-wrong': [signed({ attributes: [USER_NAME, USER_PASSWORD, attribute(5, [0, 7])] })],
  'user-name-empty': [signed({ attributes: [attribute(1, ''), USER_PASSWORD] })],
  'two-passwords': [signed({ attributes: [USER_NAME, USER_PASSWORD, CHAP_PASSWORD] })],
  'two-states': [signed({ attributes: [USER_NAME, USER_PASSWORD, attribute(24, 'a'), attribute(24, 'b')] })],
  'method-not-supported': [signed({ attributes: [USER_NAME, attribute(70, Buffer.alloc(16))] })],
};

describe('rejects', () => {
  test.each(Object.entries(REJECTED))('%s', (code, [octets, expected]) => {
    expect(read(octets, expected)).toMatchObject({ kind: 'reject', code, secret: SECRET });
  });

  test('every code has a sentence', () => {
    for (const sentence of Object.values(PACKET_REJECTS)) expect(sentence).toMatch(/^[A-Z].*\.$/);
  });

  test('HTTP Digest is a method that is not supported, not a request without credentials', () => {
    const digest = signed({ attributes: [USER_NAME, attribute(103, 'f'.repeat(32))] });
    expect(read(digest)).toMatchObject({ kind: 'reject', code: 'method-not-supported' });
  });
});

const rejected = (code: PacketReject) => ({ kind: 'reject', code });
const discarded = (code: PacketDiscard) => ({ kind: 'discard', code });
const accepted = { kind: 'request' };
const withPassword = (...attributes: Buffer[]) =>
  signed({ attributes: [USER_NAME, USER_PASSWORD, ...attributes] });

/** One 4097-octet packet that would be well-formed if it were not too long. */
const tooLong = draft({
  attributes: [...new Array<Buffer>(15).fill(attribute(18, 'x'.repeat(253))), attribute(18, 'y'.repeat(250))],
});

describe('wrong requests that every server must know', () => {
  const cases: readonly (readonly [name: string, outcome: object, octets: Uint8Array])[] = [
    ['Length field 19', discarded('length-out-of-range'), draft({ length: 19 })],
    ['Length field 4097', discarded('length-out-of-range'), tooLong],
    ['Length field greater than the datagram', discarded('datagram-truncated'), draft({ length: 21 })],
    ['octets behind Length are ignored', accepted, Buffer.concat([VECTOR.A1, Buffer.from('padding')])],
    ['attribute length 0', discarded('attribute-too-short'), withPassword(attribute(18, '', 0))],
    ['attribute length 1', discarded('attribute-too-short'), withPassword(attribute(18, '', 1))],
    [
      'attribute that ends one octet behind the packet',
      discarded('attribute-overrun'),
      draft({ attributes: [attribute(1, 'alice', 8)] }),
    ],
    [
      'one stray octet at the end',
      discarded('attribute-overrun'),
      draft({ attributes: [USER_NAME, Buffer.from([1])] }),
    ],
    [
      'Message-Authenticator of length 17',
      discarded('message-authenticator-length'),
      draft({ attributes: [attribute(80, Buffer.alloc(15))] }),
    ],
    [
      'Message-Authenticator of length 19',
      discarded('message-authenticator-length'),
      draft({ attributes: [attribute(80, Buffer.alloc(17))] }),
    ],
    [
      'two Message-Authenticators',
      discarded('message-authenticator-repeated'),
      signed({ attributes: [UNSIGNED] }),
    ],
    [
      'Message-Authenticator wrong by one bit',
      discarded('message-authenticator-wrong'),
      flipped(VECTOR.C2, VECTOR.C2.length - 1),
    ],
    ...[0, 15, 17, 129, 144].map(
      (length) =>
        [
          `User-Password of ${length} octets`,
          rejected('attribute-length-wrong'),
          signed({ attributes: [USER_NAME, attribute(2, Buffer.alloc(length, 7))] }),
        ] as const,
    ),
    ...[16, 18].map(
      (length) =>
        [
          `CHAP-Password of ${length} octets`,
          rejected('attribute-length-wrong'),
          signed({ attributes: [USER_NAME, attribute(3, Buffer.alloc(length, 7))] }),
        ] as const,
    ),
    ['both passwords', rejected('two-passwords'), withPassword(CHAP_PASSWORD)],
    ['User-Password twice', rejected('two-passwords'), withPassword(USER_PASSWORD)],
    ['two State', rejected('two-states'), withPassword(attribute(24, 'a'), attribute(24, 'a'))],
    ['State of no octets', rejected('attribute-length-wrong'), withPassword(attribute(24, ''))],
    ['Proxy-State of no octets', rejected('attribute-length-wrong'), withPassword(attribute(33, ''))],
    ['Class of no octets', rejected('attribute-length-wrong'), withPassword(attribute(25, ''))],
    [
      'integer of five octets',
      rejected('attribute-length-wrong'),
      withPassword(attribute(6, [0, 0, 0, 0, 1])),
    ],
    ['address of no octets', rejected('attribute-length-wrong'), withPassword(attribute(4, ''))],
    [
      'IPv6 address of four octets',
      rejected('attribute-length-wrong'),
      withPassword(attribute(95, [1, 2, 3, 4])),
    ],
    [
      'User-Name of no octets',
      rejected('user-name-empty'),
      signed({ attributes: [attribute(1, ''), USER_PASSWORD] }),
    ],
    ['other text of no octets is ignored', accepted, withPassword(attribute(31, ''))],
    ['unknown attribute of no octets is ignored', accepted, withPassword(attribute(250, ''))],
    [
      'Vendor-Specific whose inner length overruns stays opaque',
      accepted,
      withPassword(attribute(26, hex('00000137 2f 07 00000001'))),
    ],
    ['Vendor-Specific without a vendor stays opaque', accepted, withPassword(attribute(26, hex('000137')))],
    [
      '250 attributes',
      discarded('too-many-attributes'),
      withPassword(...new Array<Buffer>(248).fill(attribute(250, 'x'))),
    ],
    ['unknown code 255', discarded('code-not-served'), signed({ code: 255 })],
    ['Access-Accept sent to the server', discarded('code-not-served'), VECTOR.A2],
    ['Accounting-Request on an authentication port', discarded('code-not-served'), VECTOR.F1],
    [
      'code before attributes',
      discarded('code-not-served'),
      draft({ code: 255, attributes: [attribute(0, 'x')] }),
    ],
    ['EAP-Start', accepted, signed({ attributes: [USER_NAME, attribute(79, '')] })],
    ['EAP with CHAP', discarded('eap-with-password'), signed({ attributes: [EAP, CHAP_PASSWORD] })],
    [
      'EAP with ARAP',
      discarded('eap-with-password'),
      signed({ attributes: [EAP, attribute(70, Buffer.alloc(16))] }),
    ],
  ];
  test.each(cases)('%s', (_name, outcome, octets) => {
    expect(read(octets)).toMatchObject(outcome);
  });

  test('Access-Request on an accounting port', () => {
    expect(read(VECTOR.A1, acct)).toEqual(discarded('code-not-served'));
  });
});

describe('the order of the checks', () => {
  test('a wrong Length is told before a code that is not served', () => {
    expect(read(draft({ code: 255, length: 19 }))).toEqual(discarded('length-out-of-range'));
    expect(read(draft({ code: 255, length: 21 }))).toEqual(discarded('datagram-truncated'));
  });

  test('a wrong Message-Authenticator is discarded before anything could be rejected', () => {
    const packet = signed({ attributes: [USER_NAME, USER_PASSWORD, CHAP_PASSWORD] }, OTHER_SECRET);
    expect(read(packet)).toEqual(discarded('message-authenticator-wrong'));
  });

  test('a wrong length is rejected before two passwords are', () => {
    expect(read(withPassword(CHAP_PASSWORD, attribute(5, [1])))).toMatchObject(
      rejected('attribute-length-wrong'),
    );
  });

  test('two passwords without Message-Authenticator are rejected where it is optional', () => {
    const packet = draft({ attributes: [USER_NAME, USER_PASSWORD, CHAP_PASSWORD] });
    expect(read(packet, optional)).toMatchObject(rejected('two-passwords'));
  });
});

describe('Message-Authenticator', () => {
  test('may stand anywhere in a request', () => {
    for (const packet of [VECTOR.A1, VECTOR.C2]) {
      expect(read(packet)).toMatchObject({ kind: 'request', messageAuthenticator: 'valid' });
    }
  });

  test('must be right where it is optional too', () => {
    expect(read(flipped(VECTOR.C2, 30), { ...optional, authorizeOnly: true })).toEqual(
      discarded('message-authenticator-wrong'),
    );
  });

  test('absent where it is optional: the first secret is taken', () => {
    const packet = draft({ attributes: [USER_NAME, USER_PASSWORD] });
    expect(read(packet, { ...optional, secrets: [OTHER_SECRET, SECRET] })).toMatchObject({
      kind: 'request',
      messageAuthenticator: 'absent',
      secret: OTHER_SECRET,
    });
  });

  test('absent from an Accounting-Request although required: its authenticator proves it', () => {
    expect(read(VECTOR.F1, acct)).toMatchObject({ kind: 'request', messageAuthenticator: 'absent' });
  });

  const signedAccounting = hex(
    '0407003300000000000000000000000000000000' +
      '280600000001' +
      '2c07' +
      '7365737331' +
      '5012' +
      '00'.repeat(16),
  );

  test('in an Accounting-Request is computed over an authenticator of zeros', async () => {
    const { createHash, createHmac } = await import('node:crypto');
    const packet = Buffer.from(signedAccounting);
    createHmac('md5', SECRET.octets)
      .update(packet)
      .digest()
      .copy(packet, packet.length - 16);
    createHash('md5').update(packet).update(SECRET.octets).digest().copy(packet, 4);
    expect(read(packet, acct)).toMatchObject({ kind: 'request', messageAuthenticator: 'valid' });
    expect(read(flipped(packet, packet.length - 1), acct)).toEqual(discarded('message-authenticator-wrong'));
    expect(read(flipped(packet, 4), acct)).toEqual(discarded('accounting-authenticator-wrong'));
  });
});

describe('requests without credentials', () => {
  test('without Message-Authenticator are let in for the profile that sends them', () => {
    expect(read(VECTOR.C1, { ...optional, authorizeOnly: true })).toMatchObject({
      kind: 'request',
      messageAuthenticator: 'absent',
    });
  });

  test('with Message-Authenticator are left to the policies', () => {
    expect(read(VECTOR.C2)).toMatchObject({ kind: 'request', messageAuthenticator: 'valid' });
  });

  test.each([1, 3, 4, 25, 27])('MS-CHAP (311/%i) counts as credentials', (type) => {
    const packet = draft({ attributes: [USER_NAME, microsoft(attribute(type, Buffer.alloc(50)))] });
    expect(read(packet, optional).kind).toBe('request');
  });
});

test('an EAP-Message without Message-Authenticator is discarded in an Accounting-Request too', () => {
  expect(read(accounting([EAP]), acct)).toEqual(discarded('eap-without-message-authenticator'));
});

describe('Status-Server', () => {
  test('is served on both ports', () => {
    for (const serves of ['auth', 'acct'] as const) expect(read(VECTOR.G1, { serves }).kind).toBe('request');
  });

  test('is judged by its Message-Authenticator alone', () => {
    const packet = signed({ code: 12, attributes: [USER_PASSWORD, CHAP_PASSWORD, attribute(5, [1])] });
    expect(read(packet).kind).toBe('request');
  });
});

describe('what a request holds', () => {
  test('attributes in their order, as views on the datagram, which stays unchanged', () => {
    const datagram = Buffer.concat([VECTOR.A1, Buffer.from('padding')]);
    const before = Buffer.from(datagram);
    const reading = read(datagram);
    if (reading.kind !== 'request') throw new Error(reading.code);
    expect(reading.packet.attributes.map(({ type }) => type)).toEqual([80, 1, 2, 4, 5, 61]);
    expect(reading.packet.octets).toEqual(VECTOR.A1);
    expect(reading.packet.octets.buffer).toBe(datagram.buffer);
    expect(datagram).toEqual(before);
  });

  test('octets in a plain Uint8Array are read as well', () => {
    expect(read(new Uint8Array(VECTOR.A1)).kind).toBe('request');
  });
});

test('an empty shared secret is refused', () => {
  expect(() => sharedSecret('empty', Buffer.alloc(0))).toThrow(RangeError);
});

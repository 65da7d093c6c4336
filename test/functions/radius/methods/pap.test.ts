import { describe, expect, test } from 'vitest';
import { hidePassword, LONGEST_PASSWORD, revealPassword } from '../../../../functions/radius/methods/pap.ts';
import { sharedSecret } from '../../../../functions/radius/secret.ts';
import vectors from '../../../fixtures/radius/crypto-vectors.json' with { type: 'json' };
import { AUTHENTICATOR, hex, OTHER_SECRET, SECRET } from '../packets.ts';

test.each(vectors.pap.map((row, index) => [`${row.source} (${index})`, row] as const))('%s', (_name, row) => {
  const secret = sharedSecret('vector', Buffer.from(row.secret));
  const password = Buffer.from(row.password);
  expect(hidePassword(password, secret, hex(row.authenticator))).toEqual(hex(row.hidden));
  expect(revealPassword(hex(row.hidden), secret, hex(row.authenticator))).toEqual(password);
});

const printable = Array.from({ length: 94 }, (_, index) => String.fromCharCode(0x21 + index)).join('');

const own = {
  'B1: 128 octets': [
    `${printable}0123456789abcdefghijklmnopqrstuvwx`,
    '13cabbc5529b79e6da19bfe124a1453c6050c3484becec71395c6f9cc7715384b449bd8293d3c2102885043f86411eb93fb92477cabe76ead3ddb42c06d8fb28a087993cbc2e3628d5518bd18d40118106dbceabecebc8ab59df56c0b679a77baace374e9713fc6f052c402f279259fcc036d19864f1628e93b87e3accdbf868',
  ],
  'B2: exactly one block': ['0123456789abcdef', '02d9aad2438868f9cb0af5af6aeb0f6a'],
  'B3: two blocks': ['0123456789abcdefg', '02d9aad2438868f9cb0af5af6aeb0f6ab24c1555d093c815cc9d4abf10f2a5c0'],
  'B4: an empty password': ['', '32e898e177bd5ecef33394cd098f6a0c'],
} as const;

test.each(Object.entries(own))('%s', (_name, [password, hidden]) => {
  expect(hidePassword(Buffer.from(password), SECRET, AUTHENTICATOR)).toEqual(hex(hidden));
  expect(revealPassword(hex(hidden), SECRET, AUTHENTICATOR).toString()).toBe(password);
});

describe('octets', () => {
  const through = (password: Buffer) =>
    revealPassword(hidePassword(password, SECRET, AUTHENTICATOR), SECRET, AUTHENTICATOR);

  test('that are no UTF-8 stay what they are', () => {
    expect(through(hex('70e47373'))).toEqual(hex('70e47373'));
    expect(through(hex('70f67373'))).toEqual(hex('70f67373'));
  });

  test('of value 0 survive inside, and only trailing ones are padding', () => {
    expect(through(Buffer.from('abc\0TAIL'))).toEqual(Buffer.from('abc\0TAIL'));
    expect(through(Buffer.from('abc\0\0'))).toEqual(Buffer.from('abc'));
    expect(through(Buffer.alloc(16))).toEqual(Buffer.alloc(0));
  });

  test('revealing leaves the packet as it was', () => {
    const hidden = hex(own['B3: two blocks'][1]);
    revealPassword(hidden, SECRET, AUTHENTICATOR);
    expect(hidden).toEqual(hex(own['B3: two blocks'][1]));
  });
});

test('another secret reveals another password', () => {
  const hidden = hidePassword(Buffer.from('arctangent'), SECRET, AUTHENTICATOR);
  expect(revealPassword(hidden, OTHER_SECRET, AUTHENTICATOR)).not.toEqual(Buffer.from('arctangent'));
});

test('a password of 129 octets cannot be hidden, and no value of another size revealed', () => {
  expect(() => hidePassword(Buffer.alloc(LONGEST_PASSWORD + 1, 1), SECRET, AUTHENTICATOR)).toThrow(
    RangeError,
  );
  for (const length of [0, 15, 17, 129, 144]) {
    expect(() => revealPassword(Buffer.alloc(length), SECRET, AUTHENTICATOR)).toThrow(RangeError);
  }
});

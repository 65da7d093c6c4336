import { readFileSync } from 'node:fs';
import md4 from 'js-md4';
import { expect, test } from 'vitest';
import { ntHash, readNtHash } from '../../../functions/identity/nt-hash.ts';

// RFC 1320, appendix A.5. The library's digest is tested, not OpenSSL's, which no longer has MD4.
test.each([
  ['', '31d6cfe0d16ae931b73c59d7e0c089c0'],
  ['a', 'bde52cb31de33e46245e05fbdbd6fb24'],
  ['abc', 'a448017aaf21d8525fc10ae87aa6729d'],
  ['message digest', 'd9130a8164549fe818874806e1c7014b'],
  ['abcdefghijklmnopqrstuvwxyz', 'd79e1c308aa5bbcdeea8ed63df412da9'],
  ['ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789', '043f8582f241db351ce627e153e7f0e4'],
  [
    '12345678901234567890123456789012345678901234567890123456789012345678901234567890',
    'e33b4ddc9c38f2199c3e7b164fcc0536',
  ],
])('MD4 of "%s" is as RFC 1320 says', (message, digest) => {
  expect(Buffer.from(md4.arrayBuffer(Buffer.from(message))).toString('hex')).toBe(digest);
});

interface Vector {
  readonly source: string;
  readonly password: string;
  readonly nt_hash: string;
}
const fixture = new URL('../../fixtures/radius/crypto-vectors.json', import.meta.url);
const vectors: { mschapv1: Vector[]; mschapv2: Vector[] } = JSON.parse(readFileSync(fixture, 'utf8'));

test.each([...vectors.mschapv1, ...vectors.mschapv2])(
  'NT hash of $source, "$password"',
  ({ password, nt_hash }) => {
    expect(ntHash(Buffer.from(password))?.toString('hex')).toBe(nt_hash);
  },
);

test('the NT hash counts UTF-16 units, a byte order mark too', () => {
  expect(ntHash(Buffer.from('\ufeffpass'))).not.toEqual(ntHash(Buffer.from('pass')));
});

test('octets that are not UTF-8 have no NT hash', () => {
  expect(ntHash(Buffer.from('70e47373', 'hex'))).toBeUndefined();
});

test('a kept NT hash is 32 hexadecimal digits', () => {
  const digits = 'FC156AF7EDCD6C0EDDE3337D427F4EAC';
  expect(readNtHash(Buffer.from(` ${digits}\r\n`))).toEqual(Buffer.from(digits, 'hex'));
  for (const wrong of ['', digits.slice(1), `${digits}0`, 'g'.repeat(32), `${digits}\n${digits}`]) {
    expect(readNtHash(Buffer.from(wrong))).toBeUndefined();
  }
  expect(readNtHash(Buffer.alloc(32, 0xff))).toBeUndefined();
});

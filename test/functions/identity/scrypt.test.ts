import { describe, expect, test } from 'vitest';
import { hashPassword, methodsOf } from '../../../functions/identity/credential.ts';
import {
  decoyHash,
  matchesScryptHash,
  readScryptHash,
  scryptWork,
} from '../../../functions/identity/scrypt.ts';

const SALT = Buffer.alloc(16, 1).toString('base64').replace(/=+$/, '');
const HASH = Buffer.alloc(32, 2).toString('base64').replace(/=+$/, '');
const phc = (parameters: string, salt = SALT, hash = HASH): string => `$scrypt$${parameters}$${salt}$${hash}`;

describe('a new hash', () => {
  test('is of its password and of no other', async () => {
    const text = await hashPassword('correct horse');
    expect(text).toMatch(/^\$scrypt\$ln=15,r=8,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    const hash = readScryptHash(text);
    if (hash === undefined) throw new Error('hashPassword wrote what readScryptHash does not read');
    expect(await matchesScryptHash(Buffer.from('correct horse'), hash)).toBe(true);
    expect(await matchesScryptHash(Buffer.from('Correct horse'), hash)).toBe(false);
    expect(await matchesScryptHash(Buffer.alloc(0), hash)).toBe(false);
  });

  test('has a salt of its own', async () => {
    expect(await hashPassword('same')).not.toBe(await hashPassword('same'));
  });
});

test('RFC 7914 §12, third vector', async () => {
  const expected =
    '7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2' +
    'd5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887';
  const hash = {
    ln: 14,
    r: 8,
    p: 1,
    salt: Buffer.from('SodiumChloride'),
    hash: Buffer.from(expected, 'hex'),
  };
  expect(await matchesScryptHash(Buffer.from('pleaseletmein'), hash)).toBe(true);
});

describe('a hash is read', () => {
  test.each(['ln=10,r=8,p=1', 'ln=17,r=8,p=1', 'ln=15,r=8,p=4', 'ln=16,r=16,p=1'])('%s', (parameters) => {
    expect(readScryptHash(phc(parameters))).toBeDefined();
  });

  test('with the padding of base64 too', () => {
    expect(readScryptHash(phc('ln=15,r=8,p=1', `${SALT}==`, `${HASH}=`))).toEqual(
      readScryptHash(phc('ln=15,r=8,p=1')),
    );
  });
});

describe('a hash is refused', () => {
  test.each([
    ['too cheap', phc('ln=9,r=8,p=1')],
    ['too much memory', phc('ln=18,r=8,p=1')],
    ['too much memory by its block size', phc('ln=15,r=33,p=1')],
    ['too much work', phc('ln=15,r=8,p=5')],
    ['absurd', phc('ln=99,r=99,p=99')],
    ['no cost', phc('ln=0,r=8,p=1')],
    ['no block size', phc('ln=15,r=0,p=1')],
    ['other order', phc('r=8,ln=15,p=1')],
    ['short salt', phc('ln=15,r=8,p=1', 'AAAA')],
    ['long salt', phc('ln=15,r=8,p=1', 'A'.repeat(88))],
    ['short hash', phc('ln=15,r=8,p=1', SALT, 'AAAAAAAA')],
    ['long hash', phc('ln=15,r=8,p=1', SALT, 'A'.repeat(88))],
    ['base64 with stray bits', phc('ln=15,r=8,p=1', `${SALT.slice(0, -1)}/`)],
    ['another algorithm', '$argon2id$v=19$m=65536,t=3,p=4$AAAA$AAAA'],
    ['a clear password', 'correct horse'],
    ['a line more', `${phc('ln=15,r=8,p=1')}\n`],
    ['nothing', ''],
  ])('%s', (_, text) => {
    expect(readScryptHash(text)).toBeUndefined();
  });
});

test('a decoy costs the same and matches nothing', async () => {
  const like = readScryptHash(phc('ln=10,r=8,p=2'));
  if (like === undefined) throw new Error('not read');
  const decoy = decoyHash(like);
  expect(scryptWork(decoy)).toBe(scryptWork(like));
  expect(await matchesScryptHash(Buffer.alloc(0), decoy)).toBe(false);
});

test('methods follow from the kind of credential', () => {
  expect(methodsOf(undefined)).toEqual(['unauthenticated']);
  expect(methodsOf('scrypt')).toEqual(['unauthenticated', 'pap', 'eap-gtc']);
  expect(methodsOf('ntHash')).toEqual(['unauthenticated', 'pap', 'eap-gtc', 'mschapv2']);
  expect(methodsOf('clear')).toEqual(['unauthenticated', 'pap', 'eap-gtc', 'mschapv2', 'chap']);
});

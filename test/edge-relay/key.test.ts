import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { generateKey, isExposed, readPrivateKey } from '../../edge-relay/key.ts';

const folder = mkdtempSync(join(tmpdir(), 'edge-relay-key-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('keygen', () => {
  test('writes a key that only its owner reads, and tells its public half', () => {
    const file = join(folder, 'new.pem');
    const made = generateKey(file);
    if ('fault' in made) throw new Error(made.cause);
    const privateKey = createPrivateKey(readFileSync(file));
    const publicKey = createPublicKey({
      key: Buffer.from(made.publicKey, 'base64'),
      type: 'spki',
      format: 'der',
    });
    const data = Buffer.from('data');
    expect(verify(null, data, publicKey, sign(null, data, privateKey))).toBe(true);
    if (process.platform !== 'win32') expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(isExposed(file)).toBe(false);
  });

  test('key-exists: leaves a file that is there as it is', () => {
    const file = join(folder, 'there.pem');
    writeFileSync(file, 'precious');
    expect(generateKey(file)).toEqual({ fault: 'key-exists', cause: 'EEXIST' });
    expect(readFileSync(file, 'utf8')).toBe('precious');
  });

  test('key-not-written: a folder that does not exist', () => {
    expect(generateKey(join(folder, 'none', 'key.pem'))).toEqual({
      fault: 'key-not-written',
      cause: 'ENOENT',
    });
  });
});

describe('reading a key', () => {
  const { privateKey } = generateKeyPairSync('ed25519');
  const pem = (options: object = {}) =>
    String(privateKey.export({ type: 'pkcs8', format: 'pem', ...options }));

  test('takes PKCS#8 PEM', () => {
    const read = readPrivateKey(pem());
    expect(typeof read === 'object' && read.equals(privateKey)).toBe(true);
  });

  test.each([
    ['nothing', ''],
    ['text', 'hello'],
    ['an encrypted key', pem({ cipher: 'aes-256-cbc', passphrase: 'x' })],
    ['a public key', String(createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }))],
  ])('key-not-pem: %s', (_what, text) => {
    expect(readPrivateKey(text)).toBe('key-not-pem');
  });

  test('key-not-ed25519: an elliptic curve key of another kind', () => {
    const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    expect(readPrivateKey(String(other.export({ type: 'pkcs8', format: 'pem' })))).toBe('key-not-ed25519');
  });

  test('tells a file that every account may read', (context) => {
    if (process.platform === 'win32') context.skip('Windows has no permission bits');
    const file = join(folder, 'open.pem');
    writeFileSync(file, pem());
    chmodSync(file, 0o644);
    expect(isExposed(file)).toBe(true);
    chmodSync(file, 0o640);
    expect(isExposed(file)).toBe(false);
  });
});

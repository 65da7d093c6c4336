import { constants, createHash, generateKeyPairSync, type KeyObject, verify } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { signPs256, signRs256 } from '../../../local/stand-ins/signatures.ts';

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const octets = (length: number) => fc.uint8Array({ minLength: length, maxLength: length }).map(Buffer.from);
const sha256 = (data: Uint8Array) => createHash('sha256').update(data).digest();

function verifiesPss(data: Uint8Array, signature: Buffer, key: KeyObject): boolean {
  const padding = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
  return verify('sha256', data, { key, ...padding }, signature);
}

describe('a signature over a digest', () => {
  test('PS256 is one that Node verifies over the data', () => {
    const data = fc.uint8Array();
    fc.assert(
      fc.property(data, octets(32), (signed, salt) => {
        const signature = signPs256(privateKey, sha256(signed), salt);
        expect(signature).toHaveLength(256);
        expect(verifiesPss(signed, signature, publicKey)).toBe(true);
        expect(verifiesPss(Buffer.concat([signed, Buffer.from([0])]), signature, publicKey)).toBe(false);
      }),
      { numRuns: 30 },
    );
  });

  test('RS256 is one that Node verifies over the data', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (signed) => {
        const signature = signRs256(privateKey, sha256(signed));
        expect(verify('sha256', signed, publicKey, signature)).toBe(true);
        expect(verify('sha256', Buffer.concat([signed, Buffer.from([0])]), publicKey, signature)).toBe(false);
      }),
      { numRuns: 30 },
    );
  });

  test.each([2047, 2049, 3072])('PS256 fits keys of %i bits, too', (modulusLength) => {
    const pair = generateKeyPairSync('rsa', { modulusLength });
    const signature = signPs256(pair.privateKey, sha256(Buffer.from('data')), Buffer.alloc(32, 7));
    expect(verifiesPss(Buffer.from('data'), signature, pair.publicKey)).toBe(true);
  });
});

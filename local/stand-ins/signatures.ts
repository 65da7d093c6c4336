import { constants, createHash, type KeyObject, privateEncrypt } from 'node:crypto';

/** DigestInfo of SHA-256 (RFC 8017 §9.2, note 1); the digest follows. */
const digestInfo = Buffer.from('3031300d060960864801650304020105000420', 'hex');
const digestLength = 32;

/** RSASSA-PKCS1-v1_5 with SHA-256 over a digest, which Node's own `sign` would hash once more. */
export function signRs256(key: KeyObject, digest: Buffer): Buffer {
  return privateEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, Buffer.concat([digestInfo, digest]));
}

/**
 * RSASSA-PSS with SHA-256, MGF1 with SHA-256, over a digest.
 *
 * @param salt 32 random octets (RFC 7518 §3.5)
 */
export function signPs256(key: KeyObject, digest: Buffer, salt: Buffer): Buffer {
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  const block = encodePss(digest, salt, bits - 1);
  return privateEncrypt({ key, padding: constants.RSA_NO_PADDING }, block);
}

/** EMSA-PSS-ENCODE (RFC 8017 §9.1.1) from its third step on, for a whole number of octets less one bit. */
function encodePss(digest: Buffer, salt: Buffer, bits: number): Buffer {
  const length = Math.ceil(bits / 8);
  const hash = sha256(Buffer.concat([Buffer.alloc(8), digest, salt]));
  const block = Buffer.alloc(length - digestLength - 1);
  block[block.length - salt.length - 1] = 1;
  salt.copy(block, block.length - salt.length);
  const mask = mgf1(hash, block.length);
  const masked = Buffer.from(block.map((octet, at) => octet ^ mask.readUInt8(at)));
  masked[0] = masked.readUInt8(0) & (0xff >> (8 * length - bits));
  return Buffer.concat([masked, hash, Buffer.from([0xbc])]);
}

/** MGF1 (RFC 8017 §B.2.1). */
function mgf1(seed: Buffer, length: number): Buffer {
  const blocks = Array.from({ length: Math.ceil(length / digestLength) }, (_, number) => {
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(number);
    return sha256(Buffer.concat([seed, counter]));
  });
  return Buffer.concat(blocks).subarray(0, length);
}

function sha256(octets: Buffer): Buffer {
  return createHash('sha256').update(octets).digest();
}

import { createHash } from 'node:crypto';
import type { SharedSecret } from '../secret.ts';

const BLOCK_OCTETS = 16;

/** Octets of the longest password that User-Password can carry (RFC 2865 §5.2). */
export const LONGEST_PASSWORD = 128;

/**
 * Hides a password as the value of User-Password (RFC 2865 §5.2).
 *
 * @param authenticator the 16 octets of the Request Authenticator
 * @throws RangeError for a password of more than 128 octets, which the attribute cannot carry
 */
export function hidePassword(password: Uint8Array, secret: SharedSecret, authenticator: Uint8Array): Buffer {
  if (password.length > LONGEST_PASSWORD) throw new RangeError('A RADIUS password has at most 128 octets');
  const hidden = Buffer.alloc(Math.max(1, Math.ceil(password.length / BLOCK_OCTETS)) * BLOCK_OCTETS);
  hidden.set(password);
  for (let start = 0; start < hidden.length; start += BLOCK_OCTETS) {
    const previous = start === 0 ? authenticator : hidden.subarray(start - BLOCK_OCTETS, start);
    xorBlock(hidden, start, pad(secret, previous));
  }
  return hidden;
}

/**
 * Reveals the value of a User-Password that `readRequest` let through. Trailing zeros are the padding and are
 * stripped; any others belong to the password. The result is octets of no known character set.
 *
 * @param authenticator the 16 octets of the Request Authenticator
 * @throws RangeError for a value that is not 1 to 8 blocks of 16 octets
 */
export function revealPassword(value: Uint8Array, secret: SharedSecret, authenticator: Uint8Array): Buffer {
  if (value.length === 0 || value.length > LONGEST_PASSWORD || value.length % BLOCK_OCTETS !== 0) {
    throw new RangeError('A User-Password has 1 to 8 blocks of 16 octets');
  }
  const password = Buffer.from(value);
  for (let start = 0; start < password.length; start += BLOCK_OCTETS) {
    const previous = start === 0 ? authenticator : value.subarray(start - BLOCK_OCTETS, start);
    xorBlock(password, start, pad(secret, previous));
  }
  let end = password.length;
  while (end > 0 && password[end - 1] === 0) end -= 1;
  return password.subarray(0, end);
}

function pad(secret: SharedSecret, previous: Uint8Array): Buffer {
  return createHash('md5').update(secret.octets).update(previous).digest();
}

function xorBlock(octets: Buffer, start: number, block: Buffer): void {
  for (const [index, octet] of block.entries()) octets[start + index] = (octets[start + index] ?? 0) ^ octet;
}

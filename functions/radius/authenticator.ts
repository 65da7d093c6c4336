import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { SharedSecret } from './secret.ts';

const AUTHENTICATOR_START = 4;
const AUTHENTICATOR_END = 20;

/** Octets of every RADIUS authenticator and of the value of Message-Authenticator. */
export const AUTHENTICATOR_OCTETS = 16;

/**
 * Message-Authenticator of a packet: HMAC-MD5 over all of it, with the 16 octets at `offset` taken as zeros (RFC 3579 §3.2).
 * `authenticator: 'zeros'` takes the Authenticator field as zeros too, which is how an Accounting-Request is signed
 * (RFC 5176 §3.4 and practice). A reply carries the Request Authenticator in that field when this is called.
 */
export function messageAuthenticator(
  octets: Buffer,
  offset: number,
  secret: SharedSecret,
  authenticator: 'as-is' | 'zeros' = 'as-is',
): Buffer {
  const signed = Buffer.allocUnsafe(octets.length);
  octets.copy(signed);
  signed.fill(0, offset, offset + AUTHENTICATOR_OCTETS);
  if (authenticator === 'zeros') signed.fill(0, AUTHENTICATOR_START, AUTHENTICATOR_END);
  return createHmac('md5', secret.hmacKey).update(signed).digest();
}

/** Response Authenticator of a reply whose Authenticator field still holds the Request Authenticator (RFC 2865 §3). */
export function responseAuthenticator(reply: Buffer, secret: SharedSecret): Buffer {
  return createHash('md5').update(reply).update(secret.octets).digest();
}

/** Request Authenticator that an Accounting-Request must carry (RFC 2866 §3). */
export function accountingAuthenticator(request: Buffer, secret: SharedSecret): Buffer {
  const hashed = Buffer.allocUnsafe(request.length);
  request.copy(hashed);
  hashed.fill(0, AUTHENTICATOR_START, AUTHENTICATOR_END);
  return responseAuthenticator(hashed, secret);
}

/** Whether two digests are the same octets, in a time that does not tell where they differ. */
export function sameDigest(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

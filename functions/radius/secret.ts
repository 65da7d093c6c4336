import { createSecretKey, type KeyObject } from 'node:crypto';

/** A RADIUS shared secret, with its HMAC key prepared once (a key made for every packet costs six times the hash). */
export interface SharedSecret {
  /** Its name in the configuration; the only part that may be logged. */
  readonly name: string;
  /** The secret's octets, as RFC 2865 §3 appends them to what is hashed. */
  readonly octets: Buffer;
  /** The same octets as a key for HMAC-MD5 (RFC 3579 §3.2). */
  readonly hmacKey: KeyObject;
}

/**
 * Prepares a shared secret for use.
 *
 * @throws RangeError for an empty secret, which RFC 2865 §3 forbids: everybody knows it.
 */
export function sharedSecret(name: string, octets: Buffer): SharedSecret {
  if (octets.length === 0) throw new RangeError(`The shared secret ${name} is empty`);
  return { name, octets, hmacKey: createSecretKey(octets) };
}

import { StoreMisused } from './port.ts';

/** The largest value in octets of its JSON: one binary property of Azure Tables holds 64 KiB, a text one only half. */
export const LARGEST_VALUE = 60 * 1024;

/** A value as every adapter stores it. Throws {@link StoreMisused} `value-too-large`. */
export function encodeValue(value: unknown): Buffer {
  const octets = Buffer.from(JSON.stringify(value), 'utf8');
  if (octets.length > LARGEST_VALUE) throw new StoreMisused('value-too-large');
  return octets;
}

/** The inverse of {@link encodeValue}; the caller vouches for `T`, as only this program writes rows. */
export function decodeValue<T>(octets: Buffer): T {
  return JSON.parse(octets.toString('utf8'));
}

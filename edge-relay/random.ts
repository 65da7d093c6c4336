import { randomBytes } from 'node:crypto';

/**
 * Octets from the operating system's cryptographic source, each handed out once. They are drawn many at a time, because
 * drawing takes as long as a hash, whatever the number.
 *
 * @param draw so many unpredictable octets
 * @param block how many are drawn at a time
 */
export function randomOctets(
  draw: (octets: number) => Buffer = randomBytes,
  block = 4096,
): (octets: number) => Buffer {
  let drawn: Buffer = Buffer.alloc(0);
  let used = 0;
  return (octets) => {
    if (octets > block) return draw(octets);
    if (used + octets > drawn.length) {
      drawn = draw(block);
      used = 0;
    }
    used += octets;
    return drawn.subarray(used - octets, used);
  };
}

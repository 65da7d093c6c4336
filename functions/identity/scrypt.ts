import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';

/** A password's scrypt hash (RFC 7914) with all that is needed to make it again. */
export interface ScryptHash {
  /** log2 of the cost N. */
  readonly ln: number;
  /** Block size. */
  readonly r: number;
  /** Parallelism. */
  readonly p: number;
  readonly salt: Buffer;
  readonly hash: Buffer;
}

/** What new hashes are made with: 32 MiB and some 40 to 140 ms of one core. */
const NEW_HASH = { ln: 15, r: 8, p: 1 } as const;

// A hash comes from a configuration file, and its parameters decide how much of the machine one password check may
// take: at most 128 MiB (128 · N · r octets), and four times the work of a new hash.
const MOST_MEMORY = 128 * 1024 * 1024;
const MOST_WORK = 4 * 2 ** NEW_HASH.ln * NEW_HASH.r * NEW_HASH.p;
const LEAST_LN = 10;

const PHC =
  /^\$scrypt\$ln=([1-9][0-9]?),r=([1-9][0-9]?),p=([1-9][0-9]?)\$([A-Za-z0-9+/]+)={0,2}\$([A-Za-z0-9+/]+)={0,2}$/;

/**
 * Reads a hash in PHC text, `$scrypt$ln=15,r=8,p=1$salt$hash` (base64, usually without padding).
 *
 * @returns undefined when it is not such a text, when its parameters are outside the bounds above, when the salt
 *   has not 8 to 64 or the hash not 16 to 64 octets.
 */
export function readScryptHash(phc: string): ScryptHash | undefined {
  const match = PHC.exec(phc);
  if (match === null) return undefined;
  const [, lnText = '', rText = '', pText = '', saltText = '', hashText = ''] = match;
  const [ln, r, p] = [Number(lnText), Number(rText), Number(pText)];
  const salt = Buffer.from(saltText, 'base64');
  const hash = Buffer.from(hashText, 'base64');
  const canonical = base64(salt) === saltText && base64(hash) === hashText;
  const bounded = ln >= LEAST_LN && 128 * 2 ** ln * r <= MOST_MEMORY && 2 ** ln * r * p <= MOST_WORK;
  const sized = salt.length >= 8 && salt.length <= 64 && hash.length >= 16 && hash.length <= 64;
  return canonical && bounded && sized ? { ln, r, p, salt, hash } : undefined;
}

/** The PHC text of a new hash with a random salt, ready for a `scrypt` credential in bridge.json. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const hash = await derive(Buffer.from(password, 'utf8'), { ...NEW_HASH, salt, hash: Buffer.alloc(32) });
  return `$scrypt$ln=${NEW_HASH.ln},r=${NEW_HASH.r},p=${NEW_HASH.p}$${base64(salt)}$${base64(hash)}`;
}

/** Whether the octets are the password of which this is the hash. Octets are taken as they are, not as text. */
export async function matchesScryptHash(password: Uint8Array, expected: ScryptHash): Promise<boolean> {
  return timingSafeEqual(await derive(password, expected), expected.hash);
}

/** A hash that costs as much as `like` and that no password is known for. */
export function decoyHash(like: ScryptHash): ScryptHash {
  return { ...like, salt: randomBytes(16), hash: randomBytes(32) };
}

/** How much work a hash is, to compare two of them. */
export function scryptWork(hash: ScryptHash): number {
  return 2 ** hash.ln * hash.r * hash.p;
}

function derive(password: Uint8Array, { ln, r, p, salt, hash }: ScryptHash): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    // OpenSSL counts a little more than 128 · N · r against maxmem, hence twice the bound.
    scrypt(password, salt, hash.length, { N: 2 ** ln, r, p, maxmem: 2 * MOST_MEMORY }, (error, key) => {
      if (error) reject(error);
      else resolve(key);
    });
  });
}

function base64(octets: Buffer): string {
  return octets.toString('base64').replace(/=+$/, '');
}

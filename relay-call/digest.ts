import { hash } from 'node:crypto';

/** The value of `content-digest` for a body (RFC 9530 §2), by SHA-256. */
export function contentDigest(body: Uint8Array): string {
  return `sha-256=:${hash('sha256', body, 'base64')}:`;
}

const SHA_256 = /^sha-256=:[A-Za-z0-9+/]{43}=:$/;
const SHA_512 = /^sha-512=:[A-Za-z0-9+/]{86}==:$/;

/**
 * Holds `content-digest` against the body (RFC 9530 §2). Taken: one `sha-256` digest, one `sha-512` digest or
 * both. An algorithm that is weak (RFC 9530 §5), unknown or named twice makes the whole field malformed: our
 * own relay writes none, so whatever does wants it to be read by somebody less strict.
 *
 * @returns undefined when every digest is right.
 */
export function checkContentDigest(
  header: string,
  body: Uint8Array,
): undefined | 'digest-malformed' | 'digest-mismatch' {
  // What the relay writes; the rest is for other implementations of the same standards.
  if (SHA_256.test(header)) return header === contentDigest(body) ? undefined : 'digest-mismatch';
  const members = header.split(/, ?/);
  const first = members.find((member) => SHA_256.test(member));
  const second = members.find((member) => SHA_512.test(member));
  const known = (first === undefined ? 0 : 1) + (second === undefined ? 0 : 1);
  if (known === 0 || known !== members.length) return 'digest-malformed';
  const wrong =
    (first !== undefined && first !== contentDigest(body)) ||
    (second !== undefined && second !== `sha-512=:${hash('sha512', body, 'base64')}:`);
  return wrong ? 'digest-mismatch' : undefined;
}

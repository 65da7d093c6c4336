import md4 from 'js-md4';

/**
 * The NT hash of a password: MD4 over its UTF-16LE text (RFC 2759 §8.3). 16 octets.
 *
 * A password arrives as octets. Those that are not valid UTF-8 have no text, and so no NT hash: undefined.
 */
export function ntHash(password: Uint8Array): Buffer | undefined {
  const text = utf8(password);
  return text === undefined ? undefined : Buffer.from(md4.arrayBuffer(Buffer.from(text, 'utf16le')));
}

/** Reads the 32 hexadecimal digits under which an NT hash is kept. Space around them is allowed. */
export function readNtHash(octets: Uint8Array): Buffer | undefined {
  const text = utf8(octets)?.trim();
  return text !== undefined && /^[0-9a-f]{32}$/i.test(text) ? Buffer.from(text, 'hex') : undefined;
}

function utf8(octets: Uint8Array): string | undefined {
  try {
    // Without ignoreBOM a leading U+FEFF would vanish, and two different passwords would be one.
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(octets);
  } catch {
    return undefined;
  }
}

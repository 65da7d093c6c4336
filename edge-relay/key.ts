import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { statSync, writeFileSync } from 'node:fs';

/** Why a new key was not written. */
export const KEYGEN_FAULTS = {
  'key-exists': 'The file exists already and is left as it is: a key that is registered must not be lost.',
  'key-not-written': 'The file cannot be written.',
} as const;

export type KeygenFault = keyof typeof KEYGEN_FAULTS;

/** The public half of a relay's key as bridge.json wants it: SubjectPublicKeyInfo, DER, base64 (RFC 8410). */
export function publicKeyText(privateKey: KeyObject): string {
  return createPublicKey(privateKey).export({ type: 'spki', format: 'der' }).toString('base64');
}

/**
 * Makes a new Ed25519 key and writes it as PKCS#8 PEM that only its owner may read (mode 0600; Windows has no such
 * bits: there the folder's permissions count). An existing file is never overwritten.
 *
 * @returns the public key as `publicKeyText` writes it, or what went wrong with the operating system's word for it.
 */
export function generateKey(file: string): { publicKey: string } | { fault: KeygenFault; cause: string } {
  const { privateKey } = generateKeyPairSync('ed25519');
  try {
    writeFileSync(file, privateKey.export({ type: 'pkcs8', format: 'pem' }), { flag: 'wx', mode: 0o600 });
  } catch (error) {
    const cause = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    return { fault: cause === 'EEXIST' ? 'key-exists' : 'key-not-written', cause };
  }
  return { publicKey: publicKeyText(privateKey) };
}

/** Reads an unencrypted Ed25519 private key. Nothing of the text is in what comes back when it is none. */
export function readPrivateKey(pem: string): KeyObject | 'key-not-pem' | 'key-not-ed25519' {
  try {
    const key = createPrivateKey({ key: pem, format: 'pem' });
    return key.asymmetricKeyType === 'ed25519' ? key : 'key-not-ed25519';
  } catch {
    return 'key-not-pem';
  }
}

/** Whether every account of the machine may read a file. Always false on Windows, which has no such bits. */
export function isExposed(file: string): boolean {
  return (
    process.platform !== 'win32' && ((statSync(file, { throwIfNoEntry: false })?.mode ?? 0) & 0o007) !== 0
  );
}

import type { CryptographyClient } from '@azure/keyvault-keys';
import { type VaultAccess, vault } from './access.ts';
import { CertificateUnusable } from './faults.ts';
import { readKeyId } from './key-id.ts';
import { type Said, said, unreachable } from './said.ts';
import { certificateFault } from './vault-certificate.ts';

/** RFC 7518 §3.3 and §3.5. */
export type SigningAlgorithm = 'PS256' | 'RS256';

/**
 * Signs the SHA-256 digest of what is to be signed (32 octets) with a key that stays in the vault.
 *
 * @returns the signature, as long as the key's modulus
 * @throws VaultUnreachable temporary
 * @throws CertificateUnusable until an administrator acts
 * The signal ends it with its reason.
 */
export type SignDigest = (
  x: {
    /** With its version, of the vault that the app is told to use. */
    readonly keyId: string;
    readonly algorithm: SigningAlgorithm;
    readonly digest: Uint8Array;
  },
  signal?: AbortSignal,
) => Promise<Buffer>;

/**
 * Signs in Azure Key Vault (https://learn.microsoft.com/rest/api/keyvault/keys/sign/sign). A client of the SDK reads
 * the key once before it signs, so there is one for each key, for as long as the app runs. That read may be forbidden;
 * signing needs the right "keys: sign" alone.
 *
 * @throws VaultSettingsRefused at once, before anything is sent
 */
export function vaultSign(access: VaultAccess): SignDigest {
  const { vaultUrl, options, call } = vault(access);
  const clients = new Map<string, Promise<CryptographyClient>>();

  async function load(keyId: string): Promise<CryptographyClient> {
    const { CryptographyClient } = await import('./keys-sdk.ts');
    return new CryptographyClient(keyId, access.credential, { ...options });
  }

  function clientOf(keyId: string): Promise<CryptographyClient> {
    const client = clients.get(keyId) ?? load(keyId);
    clients.set(keyId, client);
    return client;
  }

  return async ({ keyId, algorithm, digest }, signal) => {
    signal?.throwIfAborted();
    if (readKeyId(keyId)?.origin !== vaultUrl) throw new CertificateUnusable('certificate-key-wrong');
    const client = await clientOf(keyId);
    try {
      const signed = await call((abortSignal) => client.sign(algorithm, digest, { abortSignal }), signal);
      return Buffer.from(signed.result);
    } catch (error) {
      signal?.throwIfAborted();
      const what = said(error);
      const fault = keyFault(what) ?? clientFault(error) ?? unreachable(what);
      // A client remembers the key as it once read it; the next attempt looks at it anew.
      if (fault instanceof CertificateUnusable) clients.delete(keyId);
      throw fault;
    }
  };
}

function keyFault(what: Said): CertificateUnusable | undefined {
  const refused = what.status === 400 || (what.status === 403 && what.inner === 'KeyOperationForbidden');
  return refused ? new CertificateUnusable('certificate-key-refused') : certificateFault(what);
}

/** The client itself refuses a key that it has read; it has but sentences for that (@azure/keyvault-keys 4.10). */
function clientFault(error: unknown): CertificateUnusable | undefined {
  const message = error instanceof Error ? error.message : '';
  if (/^Key \S+ (expired at|can't be used before) /.test(message)) {
    return new CertificateUnusable('certificate-expired');
  }
  if (/^Operation sign is not supported on key /.test(message)) {
    return new CertificateUnusable('certificate-key-refused');
  }
  return undefined;
}

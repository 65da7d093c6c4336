import type { SecretClient } from '@azure/keyvault-secrets';
import { OBJECT_NAME, type VaultAccess, vault } from './access.ts';
import { SecretMissing, type VaultUnreachable } from './faults.ts';
import { said, unreachable } from './said.ts';

export type { VaultAccess };

/** A secret as the vault gave it. */
export interface FetchedSecret {
  /** UTF-8, not empty. */
  readonly octets: Buffer;
  /** Milliseconds since the epoch. Key Vault itself gives a secret away outside these dates. */
  readonly notBefore?: number;
  readonly expires?: number;
}

/** One read of the newest version. Throws {@link VaultUnreachable} or {@link SecretMissing}. */
export type FetchSecret = (name: string) => Promise<FetchedSecret>;

/**
 * Reads from Azure Key Vault (https://learn.microsoft.com/rest/api/keyvault/secrets/get-secret/get-secret).
 *
 * @throws VaultSettingsRefused at once, before anything is sent
 */
export function vaultSecrets(access: VaultAccess): FetchSecret {
  const { vaultUrl, options, call } = vault(access);
  let loading: Promise<SecretClient> | undefined;

  async function load(): Promise<SecretClient> {
    const { SecretClient } = await import('./sdk.ts');
    return new SecretClient(vaultUrl, access.credential, { ...options });
  }

  return async (name) => {
    if (!OBJECT_NAME.test(name)) throw new SecretMissing('secret-missing');
    loading ??= load();
    const client = await loading;
    let secret: Awaited<ReturnType<SecretClient['getSecret']>>;
    try {
      secret = await call((abortSignal) => client.getSecret(name, { abortSignal }));
    } catch (error) {
      throw asFault(error);
    }
    if (!secret.value) throw new SecretMissing('secret-empty');
    const { notBefore, expiresOn } = secret.properties;
    return {
      octets: Buffer.from(secret.value, 'utf8'),
      ...(notBefore && { notBefore: notBefore.getTime() }),
      ...(expiresOn && { expires: expiresOn.getTime() }),
    };
  };
}

/** The SDK's error is not kept as a cause: it carries the request, and that the token. */
function asFault(error: unknown): VaultUnreachable | SecretMissing {
  const what = said(error);
  if (what.status === 404 && what.code === 'SecretNotFound') return new SecretMissing('secret-missing');
  if (what.status === 403 && what.inner === 'SecretDisabled') return new SecretMissing('secret-disabled');
  return unreachable(what);
}

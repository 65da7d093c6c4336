import type { TokenCredential } from '@azure/identity';
import type { SecretClient, SecretClientOptions } from '@azure/keyvault-secrets';
import { abortable } from './abortable.ts';
import { SecretMissing, VaultUnreachable } from './faults.ts';
import { checkVault } from './settings.ts';

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

export interface VaultAccess {
  /** `https://host` of the vault. */
  readonly vaultUrl: string;
  readonly credential: TokenCredential;
  /**
   * Has security implications: lets any host ask for a token of the vault. Only for a stand-in; refused for a host of
   * Azure's. Default false.
   */
  readonly disableChallengeResourceVerification?: boolean;
  /** Milliseconds for one read with all its retries. Default 10,000. */
  readonly patience?: number;
  /** The SDK's own: by default three retries, after Retry-After where the vault says so. */
  readonly retryOptions?: NonNullable<SecretClientOptions['retryOptions']>;
}

const defaultPatience = 10_000;
const secretName = /^[0-9A-Za-z-]{1,127}$/;

/**
 * Reads from Azure Key Vault (https://learn.microsoft.com/rest/api/keyvault/secrets/get-secret/get-secret).
 *
 * @throws VaultSettingsRefused at once, before anything is sent
 */
export function vaultSecrets(access: VaultAccess): FetchSecret {
  const { credential, disableChallengeResourceVerification = false, patience = defaultPatience } = access;
  const vaultUrl = checkVault(access.vaultUrl, disableChallengeResourceVerification);
  let loading: Promise<SecretClient> | undefined;

  async function load(): Promise<SecretClient> {
    const { SecretClient } = await import('./sdk.ts');
    return new SecretClient(vaultUrl, credential, {
      disableChallengeResourceVerification,
      ...(access.retryOptions && { retryOptions: access.retryOptions }),
    });
  }

  return async (name) => {
    if (!secretName.test(name)) throw new SecretMissing('secret-missing');
    loading ??= load();
    const client = await loading;
    const signal = AbortSignal.timeout(patience);
    let secret: Awaited<ReturnType<SecretClient['getSecret']>>;
    try {
      // The identity library does not pass the signal on; so the wait ends here, whatever it does.
      secret = await abortable(client.getSecret(name, { abortSignal: signal }), signal);
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
  const said = describe(error);
  if (said.status === 404 && said.code === 'SecretNotFound') return new SecretMissing('secret-missing');
  if (said.status === 403 && said.inner === 'SecretDisabled') return new SecretMissing('secret-disabled');
  const detail = [said.status, said.code, said.inner].filter((part) => part !== undefined).join(' ');
  if (said.status === 401 || said.status === 403) return new VaultUnreachable('vault-refused', detail);
  if (said.status === 429) return new VaultUnreachable('vault-throttled', detail);
  const ofIdentity = said.name === 'CredentialUnavailableError' || said.name?.startsWith('Authentication');
  return new VaultUnreachable(ofIdentity ? 'identity-unavailable' : 'vault-unreachable', detail);
}

interface Said {
  readonly name: string | undefined;
  readonly status: number | undefined;
  readonly code: string | undefined;
  readonly inner: string | undefined;
}

function describe(error: unknown): Said {
  const status = property(error, 'statusCode');
  const inner = property(property(property(property(error, 'details'), 'error'), 'innerError'), 'code');
  return {
    name: word(property(error, 'name')),
    status: typeof status === 'number' ? status : undefined,
    code: word(property(error, 'code')),
    inner: word(inner),
  };
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

/** A code as services and Node write them; anything else stays out of messages and logs. */
function word(value: unknown): string | undefined {
  return typeof value === 'string' && /^[A-Za-z][A-Za-z0-9_]{0,63}$/.test(value) ? value : undefined;
}

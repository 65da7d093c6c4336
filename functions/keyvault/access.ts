import type { TokenCredential } from '@azure/identity';
import type { SecretClientOptions } from '@azure/keyvault-secrets';
import { abortable } from '../azure/abortable.ts';
import { checkVault } from './settings.ts';

export interface VaultAccess {
  /** `https://host` of the vault. */
  readonly vaultUrl: string;
  readonly credential: TokenCredential;
  /**
   * Has security implications: lets any host ask for a token of the vault. Only for a stand-in; refused for a host of
   * Azure's. Default false.
   */
  readonly disableChallengeResourceVerification?: boolean;
  /** Milliseconds for one call with all its retries. Default 10,000. */
  readonly patience?: number;
  /** The SDK's own: by default three retries, after Retry-After where the vault says so. */
  readonly retryOptions?: NonNullable<SecretClientOptions['retryOptions']>;
}

/** The vault as the SDK's clients are made for it. They write to their options: each needs a copy. */
interface Vault {
  readonly vaultUrl: string;
  readonly options: Pick<SecretClientOptions, 'disableChallengeResourceVerification' | 'retryOptions'>;
  /** Runs one call of the SDK; the signal ends it with its own reason, the end of patience as a TimeoutError. */
  call<T>(run: (signal: AbortSignal) => Promise<T>, signal?: AbortSignal): Promise<T>;
}

const defaultPatience = 10_000;

/** @throws VaultSettingsRefused at once, before anything is sent */
export function vault(access: VaultAccess): Vault {
  const { disableChallengeResourceVerification = false, patience = defaultPatience, retryOptions } = access;
  return {
    vaultUrl: checkVault(access.vaultUrl, disableChallengeResourceVerification),
    options: { disableChallengeResourceVerification, ...(retryOptions && { retryOptions }) },
    call(run, signal) {
      const over = AbortSignal.timeout(patience);
      const either = signal === undefined ? over : AbortSignal.any([over, signal]);
      // The identity library does not pass the signal on; so the wait ends here, whatever it does.
      return abortable(run(either), either);
    },
  };
}

/** Names of secrets and certificates alike; what is none is never sent. */
export const OBJECT_NAME = /^[0-9A-Za-z-]{1,127}$/;

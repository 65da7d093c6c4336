import { property, word } from '../azure/sdk-error.ts';
import { VaultUnreachable } from './faults.ts';

/** What an error of the SDKs tells, without what it carries: the request, and in that the token. */
export interface Said {
  readonly name: string | undefined;
  /** HTTP. Undefined where there was no answer. */
  readonly status: number | undefined;
  /** `error.code` of the vault's answer, or Node's code for a broken connection. */
  readonly code: string | undefined;
  /** `error.innererror.code` of the vault's answer. */
  readonly inner: string | undefined;
}

/** The codes in an error of a Key Vault client (https://learn.microsoft.com/rest/api/keyvault/, KeyVaultError). */
export function said(error: unknown): Said {
  const status = property(error, 'statusCode');
  const inner = property(property(property(property(error, 'details'), 'error'), 'innerError'), 'code');
  return {
    name: word(property(error, 'name')),
    status: typeof status === 'number' ? status : undefined,
    code: word(property(error, 'code')),
    inner: word(inner),
  };
}

/** What is left when the vault has said nothing definite about what it was asked for. */
export function unreachable({ name, status, code, inner }: Said): VaultUnreachable {
  const detail = [status, code, inner].filter((part) => part !== undefined).join(' ');
  if (status === 401 || status === 403) return new VaultUnreachable('vault-refused', detail);
  if (status === 429) return new VaultUnreachable('vault-throttled', detail);
  const ofIdentity = name === 'CredentialUnavailableError' || name?.startsWith('Authentication');
  return new VaultUnreachable(ofIdentity ? 'identity-unavailable' : 'vault-unreachable', detail);
}

import {
  attributesOf,
  type Collection,
  counted,
  methodNotAllowed,
  notFound,
  refusal,
} from './key-vault-answers.ts';
import type { Secrets } from './secrets.ts';

/** The secrets of the vault, read only (entra.md 5.3). */
export function vaultSecrets(secrets: Secrets, vaultUrl: () => string): Collection {
  return ({ method, name, version, operation }) => {
    if (operation !== undefined) return notFound();
    if (method !== 'GET') return methodNotAllowed('GET', 'Secrets of this stand-in are read only.');
    const secret = secrets.find(name, version);
    if (secret === undefined) {
      const message = `A secret with (name/id) ${name} was not found in this key vault.`;
      return counted('missing', refusal(404, 'SecretNotFound', message));
    }
    if (secret.enabled === false) {
      const message = 'Operation get is not allowed on a disabled secret.';
      return counted('disabled', refusal(403, 'Forbidden', message, 'SecretDisabled'));
    }
    const body = {
      value: secret.value,
      id: `${vaultUrl()}/secrets/${secret.name}/${secret.version}`,
      attributes: attributesOf(secret),
      tags: {},
    };
    return counted('read', { status: 200, body });
  };
}

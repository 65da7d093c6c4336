import { SHORTEST_SECRET } from '../functions/clients/shared-secrets.ts';
import type { BridgeConfiguration } from '../functions/config/schema.ts';
import { ATTEMPT_KEY, SHORTEST_ATTEMPT_KEY } from '../functions/identity/attempts.ts';
import type { Problem } from './faults.ts';

type Secrets = Readonly<Record<string, string>>;

/**
 * What no administrator has to think of: a key for attempts at passwords, where Entra checks any and none is given.
 *
 * @param random what the key is made of
 */
export function withAttemptKey(document: BridgeConfiguration, given: Secrets, random: string): Secrets {
  const needed = document.directories.some(
    (directory) => directory.kind === 'entra' && directory.passwordCheck !== undefined,
  );
  return needed && attemptKeyIn(given) === undefined ? { ...given, [ATTEMPT_KEY]: random } : given;
}

/** Letter case means nothing to Key Vault. */
function attemptKeyIn(secrets: Secrets): string | undefined {
  return Object.keys(secrets).find((name) => name.toLowerCase() === ATTEMPT_KEY);
}

/**
 * Secrets that the document names and that are not there.
 *
 * @param files what the document is called in problems, and the file of secrets, where there is one
 */
export function missingSecrets(
  document: BridgeConfiguration,
  secrets: Secrets,
  files: { readonly bridge: string; readonly secrets: string | undefined },
): Problem[] {
  const absent = files.secrets === undefined ? '; there is no such file' : '';
  const named = [
    ...document.clients.flatMap((client, index) =>
      client.secrets.map((secret, position) => ({
        path: `clients[${index}].secrets[${position}].keyVault`,
        name: secret.keyVault,
      })),
    ),
    ...document.directories.flatMap((directory, index) =>
      directory.kind !== 'local'
        ? []
        : directory.users.flatMap(({ credential }, position) =>
            credential && 'secret' in credential
              ? [
                  {
                    path: `directories[${index}].users[${position}].credential.secret.keyVault`,
                    name: credential.secret.keyVault,
                  },
                ]
              : [],
          ),
    ),
  ];
  return named
    .filter(({ name }) => !Object.hasOwn(secrets, name))
    .map(({ path, name }) => ({
      file: files.bridge,
      path,
      found: JSON.stringify(name),
      expected: `a secret of this name in the bridge.secrets.json beside it${absent}`,
    }));
}

/** What the app would meet with silence, sign-in by sign-in, is told at once here. */
export function weakSecrets(
  document: BridgeConfiguration,
  secrets: Secrets,
  files: { readonly bridge: string; readonly secrets: string },
): Problem[] {
  const shared = document.clients.flatMap((client, index) =>
    client.secrets.flatMap(({ keyVault }, position) => {
      const octets = Buffer.byteLength(secrets[keyVault] ?? '');
      if (octets >= SHORTEST_SECRET || client.allowWeakSecret) return [];
      return [
        {
          file: files.bridge,
          path: `clients[${index}].secrets[${position}].keyVault`,
          found: `${JSON.stringify(keyVault)}, a secret of ${octets} octets`,
          expected: `a secret of ${SHORTEST_SECRET} octets or more, or "allowWeakSecret": true`,
        },
      ];
    }),
  );
  const name = attemptKeyIn(secrets);
  const octets = Buffer.byteLength(secrets[name ?? ''] ?? '');
  if (name === undefined || octets >= SHORTEST_ATTEMPT_KEY) return shared;
  const expected = `a secret of ${SHORTEST_ATTEMPT_KEY} octets or more, or none: one is made then`;
  const path = `secrets[${JSON.stringify(name)}]`;
  return [...shared, { file: files.secrets, path, found: `a secret of ${octets} octets`, expected }];
}

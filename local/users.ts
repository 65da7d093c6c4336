import type {
  BridgeConfiguration,
  CredentialEntry,
  DirectoryEntry,
  UserEntry,
} from '../functions/config/schema.ts';
import { hashPassword } from '../functions/identity/credential.ts';
import { foldName } from '../functions/identity/names.ts';
import { ntHash } from '../functions/identity/nt-hash.ts';
import type { SecretUser } from './secrets-file.ts';

/** A document with the users of bridge.secrets.json in it, and the secrets that they brought. */
export interface Merged {
  readonly document: BridgeConfiguration;
  /** By Key Vault name. */
  readonly secrets: ReadonlyMap<string, string>;
}

/**
 * Puts the users of bridge.secrets.json into the local directory that knows them, or else into the first local one
 * (made when there is none). A user who is already there gets the credential, and the groups and the state where the file
 * says them.
 *
 * @param taken names of secrets that exist already
 */
export async function mergeUsers(
  document: BridgeConfiguration,
  users: readonly SecretUser[],
  taken: ReadonlySet<string>,
): Promise<Merged> {
  const secrets = new Map<string, string>();
  const directories = document.directories.map((directory) =>
    directory.kind === 'local' ? { ...directory, users: [...directory.users] } : directory,
  );
  if (!directories.some(isLocal) && users.length > 0) {
    const name = freeName('local', new Set(directories.map((directory) => foldName(directory.name))));
    directories.push({ name, kind: 'local', domains: [], upnSuffixes: [], users: [] });
  }
  const local = directories.filter(isLocal);
  for (const [index, given] of users.entries()) {
    const credential = await credentialOf(given, freeName(`user-${index + 1}`, taken), secrets);
    const changes = {
      credential,
      ...(given.groups === undefined ? {} : { groups: given.groups }),
      ...(given.enabled === undefined ? {} : { enabled: given.enabled }),
    };
    const home = local.find(({ users: known }) => known.some((user) => isNamed(user, given.name)));
    const position = home?.users.findIndex((user) => isNamed(user, given.name)) ?? -1;
    const present = home?.users[position];
    if (home && present) home.users[position] = { ...present, ...changes };
    else local[0]?.users.push({ name: given.name, enabled: true, groups: [], ...changes });
  }
  return { document: { ...document, directories }, secrets };
}

function isLocal<T extends DirectoryEntry>(directory: T): directory is Extract<T, { kind: 'local' }> {
  return directory.kind === 'local';
}

function isNamed(user: UserEntry, name: string): boolean {
  const folded = foldName(name);
  return foldName(user.name) === folded || (user.upn !== undefined && foldName(user.upn) === folded);
}

async function credentialOf(
  given: SecretUser,
  secretName: string,
  secrets: Map<string, string>,
): Promise<CredentialEntry> {
  if (given.kind === 'scrypt') return { kind: 'scrypt', hash: await hashPassword(given.password) };
  // A password that came as JSON text always has an NT hash.
  const hash = ntHash(Buffer.from(given.password))?.toString('hex') ?? '';
  secrets.set(secretName, given.kind === 'ntHash' ? hash : given.password);
  return { kind: given.kind, secret: { keyVault: secretName } };
}

function freeName(wanted: string, taken: ReadonlySet<string>): string {
  let name = wanted;
  while (taken.has(name)) name = `local-${name}`;
  return name;
}

import { createHmac, createSecretKey, randomBytes, timingSafeEqual } from 'node:crypto';
import type { LocalDirectoryEntry, UserEntry } from '../../config/schema.ts';
import { SecretMissing } from '../../keyvault/faults.ts';
import type { SecretReader } from '../../keyvault/secrets.ts';
import type {
  Directory,
  EntraObject,
  IdentityFault,
  PasswordVerdict,
  User,
  UserLookup,
} from '../directory.ts';
import { foldName, type NameForm } from '../names.ts';
import { ntHash, readNtHash } from '../nt-hash.ts';
import { decoyHash, matchesScryptHash, readScryptHash, type ScryptHash, scryptWork } from '../scrypt.ts';
import { createTurns } from '../turns.ts';

type Credential =
  | { readonly kind: 'none' }
  | { readonly kind: 'malformed' }
  | { readonly kind: 'scrypt'; readonly hash: ScryptHash }
  | { readonly kind: 'clear' | 'ntHash'; readonly secretName: string };

export interface LocalDirectoryParts {
  readonly secrets: SecretReader;
  /** The tenant that the users' Entra objects are in. */
  readonly tenant: string | undefined;
  /** Whether a password is that of a hash; scrypt itself by default. */
  readonly matchesHash?: (password: Uint8Array, hash: ScryptHash) => Promise<boolean>;
}

interface Account {
  readonly user: User;
  readonly credential: Credential;
}

// scrypt runs on libuv's four threads, which file and DNS work need too: two are left to them. Turns also let a
// check whose time has passed leave the queue without having cost anything.
const scryptTurns = createTurns(2);

const RIGHT: PasswordVerdict = { kind: 'right' };
const WRONG: PasswordVerdict = { kind: 'wrong' };
const TOO_LATE: PasswordVerdict = { kind: 'unavailable', code: 'verification-too-late' };

/**
 * The users of one `local` entry of bridge.json.
 *
 * A bare name is looked up as it is, `DOMAIN\name` where the domain is one of `domains`, `name@suffix` by a user's
 * own `upn` first and then by name where the suffix is one of `upnSuffixes`. Letter case does not count. A machine
 * is never found.
 *
 * Passwords are octets: `scrypt` hashes them as they came, `clear` compares them with the octets of the secret,
 * `ntHash` needs them to be UTF-8 (others are wrong). None is normalised, trimmed or cut.
 *
 * Where any user has a scrypt hash, every "no" costs one: a wrong password for another kind of credential and a
 * name that does not exist take as long as a wrong password for the costliest hash in the directory.
 */
export function localDirectory(
  entry: LocalDirectoryEntry,
  { secrets, tenant, matchesHash = matchesScryptHash }: LocalDirectoryParts,
): Directory {
  const accounts = entry.users.map((user) => accountOf(entry.name, tenant, user));
  const byName = new Map(accounts.map((account) => [foldName(account.user.name), account]));
  const byUpn = new Map(
    accounts.flatMap((account) =>
      account.user.upn === undefined ? [] : [[foldName(account.user.upn), account]],
    ),
  );
  // By the user itself: whoever was found is whose password is checked, whatever names have in common.
  const credentials = new Map(accounts.map(({ user, credential }) => [user, credential]));
  const domains = new Set(entry.domains.map(foldName));
  const suffixes = new Set(entry.upnSuffixes.map(foldName));
  const decoy = decoyFor(accounts);

  function lookUp(name: NameForm): UserLookup {
    if (name.kind === 'machine') return { kind: 'unknown-user' };
    if (name.kind === 'domain' && !domains.has(foldName(name.domain))) return { kind: 'unknown-domain' };
    if (name.kind === 'upn') {
      const own = byUpn.get(foldName(name.text));
      if (own !== undefined) return { kind: 'found', user: own.user };
      if (!suffixes.has(foldName(name.suffix))) return { kind: 'unknown-domain' };
    }
    const account = byName.get(foldName(name.kind === 'upn' ? name.local : name.account));
    return account === undefined ? { kind: 'unknown-user' } : { kind: 'found', user: account.user };
  }

  async function compare(
    credential: Credential,
    password: Buffer,
    signal: AbortSignal,
  ): Promise<PasswordVerdict> {
    if (credential.kind === 'none') return cannotVerify('no-credential');
    if (credential.kind === 'malformed') return cannotVerify('credential-malformed');
    if (credential.kind === 'scrypt') return compareScrypt(password, credential.hash, signal);
    let secret: Buffer;
    try {
      secret = await secrets.read(credential.secretName, signal);
    } catch (error) {
      if (error instanceof SecretMissing) return cannotVerify('credential-secret-missing');
      return { kind: 'unavailable', code: 'credential-secret-unavailable' };
    }
    if (credential.kind === 'clear') return sameOctets(password, secret) ? RIGHT : WRONG;
    const expected = readNtHash(secret);
    if (expected === undefined) return cannotVerify('nt-hash-malformed');
    const actual = ntHash(password);
    return actual !== undefined && timingSafeEqual(actual, expected) ? RIGHT : WRONG;
  }

  async function compareScrypt(
    password: Buffer,
    hash: ScryptHash,
    signal: AbortSignal,
  ): Promise<PasswordVerdict> {
    const endTurn = await scryptTurns.take(signal);
    if (endTurn === undefined) return TOO_LATE;
    try {
      return (await matchesHash(password, hash)) ? RIGHT : WRONG;
    } finally {
      endTurn();
    }
  }

  return {
    name: entry.name,
    kind: 'local',
    find: (name) => Promise.resolve(lookUp(name)),
    async verifyPassword(user, password, { signal }) {
      const credential = credentials.get(user) ?? { kind: 'none' };
      const verdict = await compare(credential, password, signal);
      if (
        credential.kind === 'scrypt' ||
        verdict.kind === 'right' ||
        verdict.kind === 'unavailable' ||
        !decoy
      ) {
        return verdict;
      }
      const spent = await compareScrypt(password, decoy, signal);
      return spent.kind === 'unavailable' ? spent : verdict;
    },
    async spendVerification(signal) {
      if (decoy !== undefined) await compareScrypt(Buffer.alloc(0), decoy, signal);
    },
  };
}

function accountOf(directory: string, tenant: string | undefined, entry: UserEntry): Account {
  const user: User = {
    directory,
    id: foldName(entry.name),
    name: entry.name,
    ...(entry.upn === undefined ? {} : { upn: entry.upn }),
    ...(entry.displayName === undefined ? {} : { displayName: entry.displayName }),
    enabled: entry.enabled,
    entra: entraOf(entry, tenant),
    groups: entry.groups,
  };
  return { user, credential: credentialOf(entry) };
}

function entraOf({ entra, upn }: UserEntry, tenantId: string | undefined): EntraObject {
  const name = entra?.userPrincipalName ?? upn;
  if (entra === undefined || tenantId === undefined || name === undefined) return { none: 'local-user' };
  return { objectId: entra.objectId, tenantId, upn: name };
}

function credentialOf({ credential }: UserEntry): Credential {
  if (credential === undefined) return { kind: 'none' };
  if (credential.kind !== 'scrypt') return { kind: credential.kind, secretName: credential.secret.keyVault };
  const hash = readScryptHash(credential.hash);
  return hash === undefined ? { kind: 'malformed' } : { kind: 'scrypt', hash };
}

function decoyFor(accounts: readonly Account[]): ScryptHash | undefined {
  const hashes = accounts.flatMap(({ credential }) =>
    credential.kind === 'scrypt' ? [credential.hash] : [],
  );
  const [costliest] = hashes.toSorted((a, b) => scryptWork(b) - scryptWork(a));
  return costliest === undefined ? undefined : decoyHash(costliest);
}

/** Compares without telling by its time how much agrees, or how long the secret is. */
function sameOctets(a: Uint8Array, b: Uint8Array): boolean {
  const digest = (octets: Uint8Array): Buffer => createHmac('sha256', comparing).update(octets).digest();
  return timingSafeEqual(digest(a), digest(b));
}

/** Nobody outside of this process knows it; made once, because a key of one's own for each comparison costs 40 µs. */
const comparing = createSecretKey(randomBytes(32));

function cannotVerify(code: IdentityFault): PasswordVerdict {
  return { kind: 'cannot-verify', code };
}

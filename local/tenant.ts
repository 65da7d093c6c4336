import type {
  BridgeConfiguration,
  CertificateEntry,
  EntraDirectoryEntry,
} from '../functions/config/schema.ts';
import { foldName } from '../functions/identity/names.ts';
import { groupIds, groupsIn, knownToEntra, objectIdOf } from './entra-users.ts';
import type { EntraUser } from './secrets-file.ts';
import type { Application } from './stand-ins/applications.ts';
import type { Group } from './stand-ins/groups.ts';
import type { Person } from './stand-ins/people.ts';

/** What the stand-ins of Entra, Graph, the MFA connector and of Key Vault's certificates have to know. */
export interface LocalTenant {
  /** The tenant's id; undefined where the configuration needs none. */
  readonly id?: string;
  readonly cloud: BridgeConfiguration['cloud'];
  /** In Key Vault and registered in Entra: those that MFA providers and password checks name. */
  readonly certificates: ReadonlyArray<{ readonly name: string; readonly version?: string }>;
  readonly people: readonly Person[];
  readonly groups: readonly Group[];
  /** The app registrations for password checks. */
  readonly applications: readonly Application[];
}

/** Somebody who can sign in by a password. */
export interface Example {
  /** As a User-Name. */
  readonly user: string;
  readonly password: string;
}

/** A sign-in that rings a phone. */
export interface Ringing {
  readonly user: string;
  /** The name of a RADIUS client that is an RD Gateway, which needs no password. */
  readonly client: string;
}

/**
 * The tenant that a configuration is about: every user of a local directory that Entra knows, and those of
 * bridge.secrets.json, whose word counts where somebody is both.
 *
 * @param users checked by `checkEntraUsers`
 */
export function tenantOf(document: BridgeConfiguration, users: readonly EntraUser[]): LocalTenant {
  const checks = document.directories.flatMap((directory) =>
    directory.kind === 'entra' && directory.passwordCheck ? [directory.passwordCheck] : [],
  );
  return {
    ...(document.tenant === undefined ? {} : { id: document.tenant }),
    cloud: document.cloud,
    certificates: certificatesOf([
      ...(document.mfa?.providers ?? []).map(({ certificate }) => certificate),
      ...checks.flatMap(({ certificate }) => certificate ?? []),
    ]),
    people: peopleOf(document, users),
    groups: groupsOf(document, users),
    applications: [...new Set(checks.map(({ clientId }) => clientId))].map((clientId) => ({ clientId })),
  };
}

/** Each once. The newest version of a certificate is one of those that are pinned, where any is. */
function certificatesOf(entries: readonly CertificateEntry[]): LocalTenant['certificates'] {
  const isPinned = (name: string) =>
    entries.some(({ keyVault, version }) => version !== undefined && foldName(keyVault) === foldName(name));
  const certificates = entries
    .filter(({ keyVault, version }) => version !== undefined || !isPinned(keyVault))
    .map(({ keyVault: name, version }) => ({ name, ...(version === undefined ? {} : { version }) }));
  const each = certificates.map((one) => [foldName(`${one.name} ${one.version}`), one] as const);
  return [...new Map(each).values()];
}

function peopleOf(document: BridgeConfiguration, users: readonly EntraUser[]): Person[] {
  const known = knownToEntra(document);
  // Several local users may be one person in Entra.
  const people = new Map<string, Person>(
    known.map(({ upn, objectId }) => [foldName(upn), { upn, objectId }] as const),
  );
  for (const user of users) {
    people.set(foldName(user.userPrincipalName), personOf(user, objectIdOf(user, known)));
  }
  return [...people.values()];
}

function personOf(user: EntraUser, objectId: string): Person {
  const {
    userPrincipalName,
    onPremisesSamAccountName,
    onPremisesDomainName,
    onPremisesUserPrincipalName,
    ...facts
  } = user;
  const { groups: _, objectId: __, ...same } = facts;
  return {
    upn: userPrincipalName,
    objectId,
    ...same,
    ...(onPremisesSamAccountName === undefined || onPremisesDomainName === undefined
      ? {}
      : {
          onPremises: {
            samAccountName: onPremisesSamAccountName,
            domainName: onPremisesDomainName,
            ...(onPremisesUserPrincipalName === undefined
              ? {}
              : { userPrincipalName: onPremisesUserPrincipalName }),
          },
        }),
  };
}

function groupsOf(document: BridgeConfiguration, users: readonly EntraUser[]): Group[] {
  const known = knownToEntra(document);
  const named = groupsIn(document);
  const members = new Map<string, string[]>(named.map(({ objectId }) => [objectId, []]));
  for (const user of users) {
    for (const id of new Set(user.groups.flatMap((text) => groupIds(text, named)))) {
      members.set(id, [...(members.get(id) ?? []), objectIdOf(user, known)]);
    }
  }
  return [...members].map(([objectId, ids]) => ({
    objectId,
    displayName: named.find((group) => group.objectId === objectId)?.name ?? `Group ${objectId}`,
    members: ids,
  }));
}

/**
 * What somebody can try to see the phone ring.
 *
 * @param preferred a user's name
 * @returns undefined where nothing prompts, or no client or user is there for it
 */
export function ringingIn(
  document: BridgeConfiguration,
  users: readonly EntraUser[],
  preferred: string | undefined,
): Ringing | undefined {
  const client = document.clients.find(({ enabled, profile }) => enabled && profile === 'rd-gateway');
  const inEntra = askedEntra(document).length === 0 ? [] : users.filter(canSignIn);
  const names = [
    ...knownToEntra(document).flatMap(({ user }) => (user.enabled ? [user.name] : [])),
    ...inEntra.flatMap(({ method = 'push', userPrincipalName }) =>
      method === 'push' ? [userPrincipalName] : [],
    ),
  ];
  const user = names.find((name) => name === preferred) ?? names[0];
  if (document.mfa === undefined || client === undefined || user === undefined) return undefined;
  return { user, client: client.name };
}

/**
 * Somebody whose password Entra checks, to show what can be tried.
 *
 * @returns undefined where no request goes to a directory that has Entra check passwords, or nobody can sign in
 */
export function exampleInEntra(
  document: BridgeConfiguration,
  users: readonly EntraUser[],
): Example | undefined {
  if (!askedEntra(document).some(({ passwordCheck }) => passwordCheck !== undefined)) return undefined;
  for (const { userPrincipalName, password } of users.filter(canSignIn)) {
    if (password !== undefined) return { user: userPrincipalName, password };
  }
  return undefined;
}

/** The directories of the tenant that requests go to. */
function askedEntra({ directories, connectionRequestPolicies }: BridgeConfiguration): EntraDirectoryEntry[] {
  const asked = connectionRequestPolicies.flatMap(({ enabled, authentication }) =>
    enabled && 'directory' in authentication ? [authentication.directory] : [],
  );
  return directories
    .filter((directory) => directory.kind === 'entra')
    .filter(({ name }) => asked.includes(name));
}

function canSignIn({ enabled, answers }: EntraUser): boolean {
  return enabled !== false && answers === undefined;
}

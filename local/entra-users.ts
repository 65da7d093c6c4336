import { createHash } from 'node:crypto';
import type { BridgeConfiguration, UserEntry } from '../functions/config/schema.ts';
import { foldName } from '../functions/identity/names.ts';
import type { Problem } from './faults.ts';
import type { EntraUser } from './secrets-file.ts';

/** A user of a local directory, as Entra knows them. */
export interface KnownToEntra {
  /** `directories[0].users[1]` */
  readonly path: string;
  readonly user: UserEntry;
  readonly upn: string;
  readonly objectId: string;
}

/** Every user of a local directory with an `entra` object and a name there, enabled or not. */
export function knownToEntra(document: BridgeConfiguration): KnownToEntra[] {
  return document.directories.flatMap((directory, index) =>
    directory.kind !== 'local'
      ? []
      : directory.users.flatMap((user, at) => {
          const upn = user.entra?.userPrincipalName ?? user.upn;
          if (user.entra === undefined || upn === undefined) return [];
          const path = `directories[${index}].users[${at}]`;
          return [{ path, user, upn, objectId: user.entra.objectId }];
        }),
  );
}

/** The groups that Entra directories name. */
export function groupsIn(document: BridgeConfiguration): Array<{ name: string; objectId: string }> {
  return document.directories.flatMap((directory) => (directory.kind === 'entra' ? directory.groups : []));
}

/** The object id of a user of the tenant: as given, else that of the local user of this name, else made of the name. */
export function objectIdOf(user: EntraUser, known: readonly KnownToEntra[]): string {
  if (user.objectId !== undefined) return user.objectId;
  const name = foldName(user.userPrincipalName);
  const same = known.find(({ upn }) => foldName(upn) === name);
  return same?.objectId ?? guidOf(name);
}

/** The same for the same text, so that records of two runs can be compared. */
function guidOf(text: string): string {
  const octets = createHash('sha256').update(text).digest().subarray(0, 16);
  // RFC 9562: version 8, made by a rule of one's own.
  octets.writeUInt8((octets.readUInt8(6) & 0x0f) | 0x80, 6);
  octets.writeUInt8((octets.readUInt8(8) & 0x3f) | 0x80, 8);
  return octets.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** The ids of the groups that a text of `groups` means: a GUID is one, a name that of every group so called. */
export function groupIds(text: string, groups: ReturnType<typeof groupsIn>): string[] {
  if (/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) return [text.toLowerCase()];
  return groups.filter(({ name }) => foldName(name) === foldName(text)).map(({ objectId }) => objectId);
}

/**
 * What is wrong with the users of the tenant that their shape does not say. A user of a local directory who has the
 * same object id or the same user principal name is the same person, and so must have both.
 *
 * @param file what bridge.secrets.json is called in problems
 */
export function checkEntraUsers(
  document: BridgeConfiguration,
  users: readonly EntraUser[],
  file: string,
): Problem[] {
  if (users.length > 0 && document.tenant === undefined) {
    return [{ file, path: 'entra', found: 'users of a tenant', expected: 'a "tenant" in bridge.json' }];
  }
  const known = knownToEntra(document);
  const groups = groupsIn(document);
  const names = new Map<string, number>();
  const ids = new Map<string, number>();
  return users.flatMap((user, index) => {
    const told = (path: string, found: string, expected: string): Problem[] => [
      { file, path: `entra.users[${index}]${path}`, found, expected },
    ];
    const name = foldName(user.userPrincipalName);
    const id = objectIdOf(user, known);
    const [sameName, sameId] = [names.get(name), ids.get(id)];
    names.set(name, sameName ?? index);
    ids.set(id, sameId ?? index);
    const other = known.find(({ upn, objectId }) => (foldName(upn) === name) !== (objectId === id));
    return [
      ...(sameName === undefined
        ? []
        : told('.userPrincipalName', `that of entra.users[${sameName}]`, 'another one')),
      ...(sameId === undefined || sameName !== undefined
        ? []
        : told('.objectId', `that of entra.users[${sameId}]`, 'another one')),
      ...(other === undefined
        ? []
        : told(
            other.objectId === id ? '.userPrincipalName' : '.objectId',
            `another one than ${other.path} of bridge.json has, who is the same person`,
            'the same one',
          )),
      ...((user.onPremisesSamAccountName === undefined) === (user.onPremisesDomainName === undefined)
        ? []
        : told('', 'half a name', 'both onPremisesSamAccountName and onPremisesDomainName, or neither')),
      ...(user.onPremisesUserPrincipalName === undefined || user.onPremisesDomainName !== undefined
        ? []
        : told(
            '.onPremisesUserPrincipalName',
            'a name without an account',
            'onPremisesSamAccountName and onPremisesDomainName beside it',
          )),
      ...user.groups.flatMap((text, at) =>
        groupIds(text, groups).length > 0
          ? []
          : told(`.groups[${at}]`, 'a group that no directory names', groupWords(groups)),
      ),
    ];
  });
}

function groupWords(groups: ReturnType<typeof groupsIn>): string {
  const names = groups.slice(0, 10).map(({ name }) => JSON.stringify(name));
  return `the object id of a group, or a name of directories[].groups: ${names.join(', ') || 'there is none'}`;
}

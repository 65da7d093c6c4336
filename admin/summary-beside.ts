import type { BridgeConfiguration, LocalDirectoryEntry, UserEntry } from '../functions/config/schema.ts';
import { heading } from './lines.ts';
import { credentialText } from './summary-users.ts';
import { documentWarnings } from './summary-warnings.ts';

/** That a file beside bridge.json was counted in. */
export function countedIn(file: string): string {
  return `${file} beside it is counted in, as npm start does. A deployment does not have it: see below what holds without.`;
}

/**
 * What a deployment has in another way, because the file beside bridge.json is not there.
 *
 * @param alone what bridge.json says
 * @param together what both files say
 */
export function withoutLines(
  file: string,
  alone: BridgeConfiguration,
  together: BridgeConfiguration,
): string[] {
  const users = together.directories.filter(isLocal).flatMap((directory) => userLines(directory, alone));
  const known = new Set(documentWarnings(together));
  return [
    ...heading(`Without ${file}, as in a deployment`),
    '  secrets come from the key vault; that they are there and long enough is not checked here',
    ...users,
    ...documentWarnings(alone)
      .filter((line) => !known.has(line))
      .map((line) => `  ${line}`),
  ];
}

function userLines({ name, users }: LocalDirectoryEntry, { directories }: BridgeConfiguration): string[] {
  const here = directories.filter(isLocal).find((directory) => directory.name === name);
  const byName = new Map(here?.users.map((user) => [user.name, user]));
  const width = Math.max(0, ...users.map((user) => user.name.length));
  return users.flatMap((user) => {
    const other = byName.get(user.name);
    if (other !== undefined && sameUser(user, other)) return [];
    return [`  ${user.name.padEnd(width)}  ${other === undefined ? 'does not exist' : textOf(other, user)}`];
  });
}

/** Groups are told only where they differ. */
function textOf(user: UserEntry, together: UserEntry): string {
  const groups = user.groups.join(', ');
  return `${credentialText(user)}${groups === together.groups.join(', ') ? '' : `; groups: ${groups || 'none'}`}`;
}

function sameUser(one: UserEntry, other: UserEntry): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function isLocal(directory: BridgeConfiguration['directories'][number]): directory is LocalDirectoryEntry {
  return directory.kind === 'local';
}

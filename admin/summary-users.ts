import type { LocalDirectoryEntry, UserEntry } from '../functions/config/schema.ts';
import { methodsOf } from '../functions/identity/credential.ts';
import { heading } from './lines.ts';

/** The users of a local directory, and by which methods each can prove themselves. */
export function localDirectoryLines({ name, users }: LocalDirectoryEntry): string[] {
  const width = Math.max(0, ...users.map((user) => user.name.length));
  return [
    ...heading(`Users of ${name}, and the methods that their credentials allow (this version verifies PAP)`),
    ...users.map((user) => `  ${user.name.padEnd(width)}  ${credentialText(user)}`),
  ];
}

/** How a user can sign in, in one line. */
export function credentialText({ credential, enabled }: UserEntry): string {
  const kind = credential?.kind;
  const methods = methodsOf(kind).join(', ');
  return `${(kind ?? 'no password').padEnd(11)}  ${methods}${enabled ? '' : ' (not enabled)'}`;
}

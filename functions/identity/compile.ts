import { type ConfigurationProblem, problemAt } from '../config/problems.ts';
import type { DirectoryEntry } from '../config/schema.ts';
import type { SecretReader } from '../keyvault/secrets.ts';
import { localDirectory } from './directories/local.ts';
import type { Directory } from './directory.ts';
import { readScryptHash } from './scrypt.ts';

/** What can be wrong with the directories of a bridge.json that its schema accepts. */
export const DIRECTORY_PROBLEMS = {
  'scrypt-hash-unusable':
    'The scrypt hash is not what password-hash prints: its parameters cost too much or too little, or salt or hash have a wrong length.',
} as const;
export type DirectoryProblem = ConfigurationProblem<keyof typeof DIRECTORY_PROBLEMS>;

/** The problems of the `directories` of a validated document. Never repeats a hash. */
export function checkDirectories(entries: readonly DirectoryEntry[]): DirectoryProblem[] {
  return entries.flatMap(({ users }, directory) =>
    users.flatMap(({ credential }, user) =>
      credential?.kind === 'scrypt' && readScryptHash(credential.hash) === undefined
        ? [
            problemAt(
              ['directories', directory, 'users', user, 'credential', 'hash'],
              'scrypt-hash-unusable',
              'a string',
              'a hash with ln 10 to 17, of at most 128 MiB and four times the work of ln=15,r=8,p=1',
            ),
          ]
        : [],
    ),
  );
}

/**
 * The directories of a validated document, by name.
 *
 * @param parts.tenant the document's `tenant`: without it nobody has an Entra object.
 */
export function compileDirectories(
  entries: readonly DirectoryEntry[],
  parts: { readonly secrets: SecretReader; readonly tenant: string | undefined },
): ReadonlyMap<string, Directory> {
  return new Map(entries.map((entry) => [entry.name, localDirectory(entry, parts)]));
}

import { type ConfigurationProblem, problemAt } from '../config/problems.ts';
import type {
  BridgeConfiguration,
  CertificateEntry,
  DirectoryEntry,
  EntraDirectoryEntry,
} from '../config/schema.ts';
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
  return entries.flatMap((entry, directory) =>
    entry.kind !== 'local'
      ? []
      : entry.users.flatMap(({ credential }, user) =>
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

/** An Entra directory as a configuration describes it. */
export interface EntraDirectoryPlace {
  readonly tenantId: string;
  readonly cloud: BridgeConfiguration['cloud'];
  readonly entry: EntraDirectoryEntry;
  /** That of the entry's own `passwordCheck`, or else that of the MFA provider. */
  readonly certificate: CertificateEntry | undefined;
}

/** Makes the Entra directories of configurations; one whose description has not changed stays the same one. */
export type EntraDirectoryOf = (place: EntraDirectoryPlace) => Directory;

/** The directories of a validated document, by name. Without a `tenant` nobody has an Entra object. */
export function compileDirectories(
  { directories, tenant, cloud, mfa }: Pick<BridgeConfiguration, 'directories' | 'tenant' | 'cloud' | 'mfa'>,
  { secrets, entraDirectory }: { readonly secrets: SecretReader; readonly entraDirectory: EntraDirectoryOf },
): ReadonlyMap<string, Directory> {
  return new Map(
    directories.map((entry) => {
      if (entry.kind === 'local') return [entry.name, localDirectory(entry, { secrets, tenant })];
      // A configuration without a tenant for it is refused when it is read.
      if (tenant === undefined) throw new RangeError('An Entra directory has no tenant');
      const certificate = entry.passwordCheck?.certificate ?? mfa?.providers[0]?.certificate;
      return [entry.name, entraDirectory({ tenantId: tenant, cloud, entry, certificate })];
    }),
  );
}

import type { CertificateEntry } from '../functions/config/schema.ts';
import { warning } from './lines.ts';

/**
 * Which certificate proves to Entra who the app is, and which version of it.
 *
 * @param ends what a version that is not registered ends, for example "every sign-in with MFA".
 * @param note what else is to be said of it, in parentheses.
 */
export function certificateLines(
  { keyVault, version }: CertificateEntry,
  signature: string,
  ends: string,
  note = '',
): string[] {
  return [
    `  certificate   ${keyVault}, ${version === undefined ? 'newest version' : `pinned to version ${version}`}, signs ${signature}${note}`,
    ...(version === undefined
      ? warning(
          `the version is not pinned: the newest one in Key Vault is used, registered in Entra or not; one that is not ends ${ends}`,
          '    ',
        )
      : []),
  ];
}

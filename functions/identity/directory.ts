import type { NameForm } from './names.ts';

/**
 * The user's object in Entra, which MFA needs: ids that do not change (GUIDs in lower case), not only a UPN that may.
 * A user of a local directory whose entry names no object has none, and says so.
 */
export type EntraObject =
  | { readonly objectId: string; readonly tenantId: string; readonly upn: string }
  | { readonly none: 'local-user' };

/** A user as a directory knows them. `id` is stable within the directory and the same for every name form. */
export interface User {
  readonly directory: string;
  readonly id: string;
  readonly name: string;
  readonly upn?: string;
  readonly displayName?: string;
  readonly enabled: boolean;
  readonly entra: EntraObject;
  readonly groups: readonly string[];
}

export type UserLookup =
  | { readonly kind: 'found'; readonly user: User }
  | { readonly kind: 'unknown-user' }
  | { readonly kind: 'unknown-domain' }
  | { readonly kind: 'unavailable'; readonly code: IdentityFault };

/**
 * `cannot-verify` lasts until an administrator changes something, `unavailable` passes by itself: the first is
 * answered with a reject, the second with silence.
 */
export type PasswordVerdict =
  | { readonly kind: 'right' }
  | { readonly kind: 'wrong' }
  | { readonly kind: 'cannot-verify'; readonly code: IdentityFault }
  | { readonly kind: 'unavailable'; readonly code: IdentityFault };

/** Where users are looked up and passwords are checked. Nothing here rejects: every outcome is a value. */
export interface Directory {
  readonly name: string;
  readonly kind: 'local';
  find(name: NameForm, signal: AbortSignal): Promise<UserLookup>;
  /**
   * Checks the octets of a password that a client sent (User-Password, trailing NULs stripped). Says nothing about
   * whether the user is enabled.
   */
  verifyPassword(user: User, password: Buffer, signal: AbortSignal): Promise<PasswordVerdict>;
  /**
   * Takes as long as refusing a wrong password does. To be awaited where a password came with a name that
   * `find` did not find, so that the time of the answer does not tell which names exist.
   */
  spendVerification(signal: AbortSignal): Promise<void>;
}

/** Why a directory could not tell whether a password is right. */
export const IDENTITY_FAULTS = {
  'no-credential': 'The user has no credential in the local directory, so no password can be right.',
  'credential-malformed':
    "The user's scrypt hash in bridge.json cannot be read; make a new one with `npm run password-hash`.",
  'nt-hash-malformed': "The Key Vault secret of the user's NT hash does not hold 32 hexadecimal digits.",
  'credential-secret-missing':
    "The Key Vault secret that the user's credential names is missing, empty, disabled or expired.",
  'credential-secret-unavailable': "Key Vault could not be asked for the secret of the user's credential.",
  'verification-too-late': 'The time allowed for this request ended before the password was checked.',
} as const;
export type IdentityFault = keyof typeof IDENTITY_FAULTS;

import type { GraphFault } from '../entra/graph/faults.ts';
import type { PasswordCheckFault, PasswordNote, PasswordRefusal } from '../entra/password/codes.ts';
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

/** One question to a directory, on behalf of one sign-in. */
export interface Question {
  /** UUID of the sign-in; the correlation id for whatever service is asked. */
  readonly id: string;
  /** Ends this wait alone; what others wait for, too, goes on. */
  readonly signal: AbortSignal;
}

/** `code` says more exactly why, `detail` what that rests on (a number, an HTTP status); never text of a service. */
export type UserLookup =
  | { readonly kind: 'found'; readonly user: User }
  | { readonly kind: 'unknown-user' }
  | { readonly kind: 'unknown-domain'; readonly code?: IdentityFault }
  /** More than one user has this name. */
  | { readonly kind: 'ambiguous-user' }
  | { readonly kind: 'unavailable'; readonly code: LookupFault; readonly detail?: string };

/** Why a user could not be looked up. */
export type LookupFault = IdentityFault | GraphFault;

/** What a directory that has been asked over the network said, and to whom. */
export interface Asked {
  /** The id of the question that it was asked with, which may have been another sign-in's. */
  readonly question: string;
  /** The verdict was that of an earlier question, or of one that was under way. */
  readonly reused: boolean;
  /** The service's own number, for example `AADSTS50126`. */
  readonly answer?: string;
}

/**
 * `refused` and `cannot-verify` last until somebody changes something about this user, `unavailable` passes by itself
 * or concerns everybody: the first two are answered with a reject, the last with silence.
 */
export type PasswordVerdict = (
  | { readonly kind: 'right'; readonly note?: PasswordNote }
  | { readonly kind: 'wrong' }
  /** The directory does not let this user in, whatever is to be said of the password. */
  | { readonly kind: 'refused'; readonly code: PasswordRefusal }
  | { readonly kind: 'cannot-verify'; readonly code: IdentityFault; readonly detail?: string }
  | { readonly kind: 'unavailable'; readonly code: PasswordFault; readonly detail?: string }
) & { readonly asked?: Asked };

/** Why a password could not be checked. */
export type PasswordFault = IdentityFault | PasswordCheckFault;

/** Where users are looked up and passwords are checked. Nothing here rejects: every outcome is a value. */
export interface Directory {
  readonly name: string;
  readonly kind: 'local' | 'entra';
  find(name: NameForm, question: Question): Promise<UserLookup>;
  /**
   * Checks the octets of a password that a client sent (User-Password, trailing NULs stripped). Says nothing about
   * whether the user is enabled.
   */
  verifyPassword(user: User, password: Buffer, question: Question): Promise<PasswordVerdict>;
  /**
   * Takes as long as refusing a wrong password does. To be awaited where a password came with a name that
   * `find` did not find, so that the time of the answer does not tell which names exist. Nothing where everybody can
   * ask the directory itself which names exist, as with Entra.
   */
  spendVerification(signal: AbortSignal): Promise<void>;
}

/** Why a directory could not find somebody, or tell whether a password is right. */
export const IDENTITY_FAULTS = {
  'no-credential': 'The user has no credential in the local directory, so no password can be right.',
  'credential-malformed':
    "The user's scrypt hash in bridge.json cannot be read; make a new one with `npm run password-hash`.",
  'nt-hash-malformed': "The Key Vault secret of the user's NT hash does not hold 32 hexadecimal digits.",
  'credential-secret-missing':
    "The Key Vault secret that the user's credential names is missing, empty, disabled or expired.",
  'credential-secret-unavailable': "Key Vault could not be asked for the secret of the user's credential.",
  'bare-name-not-read':
    'The user name has neither a domain nor a suffix, and the directory does not say how to read such a name (bareNames).',
  'password-check-not-configured':
    'The directory has no "passwordCheck", so no password can be right; only requests without one can be let in.',
  'password-not-text': 'The password cannot be sent to Entra: it begins or ends with a space.',
  'no-password-in-entra':
    'Entra keeps no password of this user (passwordless, or federated without password hashes), so none can be right.',
  'not-of-this-tenant': 'The user belongs to another tenant, whose passwords cannot be checked.',
  'refused-by-entra':
    'Entra refused the sign-in for a reason that the bridge does not know; the detail is its number.',
  'attempt-key-missing':
    'The Key Vault secret attempt-key is missing, empty, disabled, expired or shorter than 16 octets; no password can be checked with Entra without it.',
  'attempt-key-unavailable': 'Key Vault could not be asked for the secret attempt-key.',
  'verification-too-late': 'The time allowed for this request ended before the password was checked.',
} as const;
export type IdentityFault = keyof typeof IDENTITY_FAULTS;

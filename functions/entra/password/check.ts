import type { PasswordCheckFault, PasswordNote, PasswordRefusal } from './codes.ts';

/**
 * What Entra says to a password. `number` is that of AADSTS, in digits.
 *
 * `cannot-verify`: it keeps nothing that the password could be compared with, or gave a number that we do not know.
 */
export type PasswordAnswer = (
  | { readonly kind: 'right'; readonly note?: PasswordNote }
  | { readonly kind: 'wrong' }
  | { readonly kind: 'refused'; readonly code: PasswordRefusal }
  | {
      readonly kind: 'cannot-verify';
      readonly code: 'no-password-in-entra' | 'not-of-this-tenant' | 'refused-by-entra';
    }
  | {
      readonly kind: 'unavailable';
      readonly code: PasswordCheckFault;
      /** An HTTP status, a code of the network or of the key vault. May be empty. */
      readonly detail: string;
      /** Milliseconds for which Entra wants to be left alone; 0 where it has not said so. */
      readonly retryAfter: number;
    }
) & { readonly number?: string };

/**
 * Asks Entra once whether this is the user's password, by the resource owner password credentials grant. Never rejects;
 * when the signal aborts, the answer is `password-check-broken-off`.
 */
export type CheckPassword = (x: {
  /** The user's principal name in the cloud. */
  readonly upn: string;
  /** The user's object id, a GUID in lower case: a token for anybody else is no answer. */
  readonly objectId: string;
  /** UTF-8, not empty, without a space at either end. */
  readonly password: Buffer;
  /** UUID; goes out as `client-request-id`, under which Entra's sign-in log has it. */
  readonly id: string;
  readonly signal: AbortSignal;
}) => Promise<PasswordAnswer>;

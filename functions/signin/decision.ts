import type { ReplyAttribute } from '../radius/reply-attribute.ts';
import type { SignInReason } from './reasons.ts';

/** The end of a sign-in. Silence lets the RADIUS client ask another server; a reject is final. */
export type Decision =
  | {
      readonly kind: 'accept';
      readonly reason: 'accepted' | 'accepted-without-validating';
      readonly attributes: readonly ReplyAttribute[];
    }
  | { readonly kind: 'reject'; readonly reason: RejectReason; readonly detail?: string }
  | { readonly kind: 'silence'; readonly reason: SilenceReason; readonly detail?: string };

export type SilenceReason = 'directory-unavailable' | 'out-of-time';
export type RejectReason = Exclude<SignInReason, 'accepted' | 'accepted-without-validating' | SilenceReason>;

export function reject(reason: RejectReason, detail?: string): Decision {
  return detail === undefined ? { kind: 'reject', reason } : { kind: 'reject', reason, detail };
}

export function silence(reason: SilenceReason, detail?: string): Decision {
  return detail === undefined ? { kind: 'silence', reason } : { kind: 'silence', reason, detail };
}

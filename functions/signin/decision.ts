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

/** `reply-not-possible` only where not even a reject fits beside the Proxy-States that must be echoed. */
export type SilenceReason =
  | 'directory-unavailable'
  | 'mfa-unavailable'
  | 'mfa-outcome-lost'
  | 'out-of-time'
  | 'reply-not-possible';
export type RejectReason =
  | Exclude<SignInReason, 'accepted' | 'accepted-without-validating' | SilenceReason>
  | 'reply-not-possible';

export function reject(reason: RejectReason, detail?: string): Decision {
  return detail === undefined ? { kind: 'reject', reason } : { kind: 'reject', reason, detail };
}

export function silence(reason: SilenceReason, detail?: string): Decision {
  return detail === undefined ? { kind: 'silence', reason } : { kind: 'silence', reason, detail };
}

/** A code and, behind it, what it rests on. */
export function withDetail({
  code,
  detail = '',
}: {
  readonly code: string;
  readonly detail?: string;
}): string {
  return `${code} ${detail}`.trimEnd();
}

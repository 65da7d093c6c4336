import type { PasswordAnswer } from './check.ts';
import type { PasswordCheckFault } from './codes.ts';

/** What a number of AADSTS says about a password. */
export type Meaning =
  | Exclude<PasswordAnswer, { readonly kind: 'unavailable' }>
  | {
      readonly kind: 'unavailable';
      readonly code: PasswordCheckFault;
      /** `again`: it passes so quickly that one more question is worth it. `assertion`: what we signed was refused. */
      readonly because?: 'again' | 'assertion';
    };

const unavailable = (
  code: PasswordCheckFault,
  because?: 'again' | 'assertion',
): Meaning & { readonly kind: 'unavailable' } => ({
  kind: 'unavailable',
  code,
  ...(because === undefined ? {} : { because }),
});

/**
 * Entra looks at the password before it looks at MFA and Conditional Access, so their numbers say that it was right
 * (entra.md 3.2; https://learn.microsoft.com/entra/identity-platform/reference-error-codes). Only MFA is left to the
 * bridge's own policy: who is blocked stays blocked.
 */
const rows: readonly (readonly [Meaning, ...number[]])[] = [
  [{ kind: 'wrong' }, 50126, 50064],

  [{ kind: 'right', note: 'mfa-demanded' }, 50074, 50076, 50078],
  [{ kind: 'right', note: 'mfa-enrolment-demanded' }, 50072, 50079],

  [{ kind: 'refused', code: 'unknown-user' }, 50034, 51004],
  [{ kind: 'refused', code: 'account-locked' }, 50053],
  [{ kind: 'refused', code: 'user-disabled' }, 50057],
  [{ kind: 'refused', code: 'password-expired' }, 50055, 50144],
  [{ kind: 'refused', code: 'password-change-required' }, 50125, 50135],
  [{ kind: 'refused', code: 'user-not-assigned' }, 50105],
  [{ kind: 'refused', code: 'outside-logon-hours' }, 80012],
  [
    { kind: 'refused', code: 'blocked-by-conditional-access' },
    ...[50131, 53000, 53001, 53002, 53003, 53004, 53009, 53011, 530032, 530034, 530035],
    // A challenge of another company's, and a device that must prove itself: nobody here can do either.
    ...[50158, 50097, 50127, 50129, 50155],
  ],

  [{ kind: 'cannot-verify', code: 'no-password-in-entra' }, 50056],
  [{ kind: 'cannot-verify', code: 'not-of-this-tenant' }, 50020, 90072],

  [unavailable('password-check-failing', 'again'), 50033, 50087, 90006, 90024, 90033, 90090],
  // Asked again, the agents might count the password twice.
  [unavailable('password-check-failing'), 80001, 80002, 80005, 80007, 80010, 80013, 80014],
  [unavailable('password-check-throttled'), 90055, 50196],

  [unavailable('password-check-consent-missing'), 65001, 65004, 90094, 90095],
  [unavailable('password-check-tenant-unknown'), 90002, 90019, 50059, 50128],
  [
    unavailable('password-check-app-wrong'),
    ...[70001, 700016, 7000112, 7000218, 700025, 50001, 500011, 500014],
  ],
  [
    unavailable('password-check-certificate-refused', 'assertion'),
    ...[50012, 70002, 700024, 700027, 7000215, 7000222],
  ],
  [unavailable('password-check-fault'), 28002, 70011, 900144, 9001023],
];

/** By the digits of AADSTS. Microsoft may change them; a number that is not here says nothing. */
export const MEANINGS: ReadonlyMap<string, Meaning> = new Map(
  rows.flatMap(([meaning, ...numbers]) => numbers.map((number) => [String(number), meaning] as const)),
);

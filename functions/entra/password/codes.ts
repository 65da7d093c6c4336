/** Why Entra does not let a user in whose password it may well have found right. */
export const PASSWORD_REFUSALS = {
  'user-disabled': 'The user is disabled in Entra.',
  'unknown-user': 'Entra knows no user of this name.',
  'account-locked':
    'Entra has locked the account after too many wrong passwords, or blocks the address of this app; nothing is known of the password.',
  'password-expired': 'The password has expired; it must be changed elsewhere first.',
  'password-change-required': 'Entra demands a new password of this user, which must be set elsewhere first.',
  'outside-logon-hours': 'Active Directory does not let this user in at this time.',
  'blocked-by-conditional-access':
    'Conditional Access, security defaults or a risk block this sign-in in Entra; the detail is its number.',
  'user-not-assigned':
    'The user is not assigned to the app registration for password checks, which demands an assignment.',
} as const;
export type PasswordRefusal = keyof typeof PASSWORD_REFUSALS;

/** What Entra demands besides, after it had found the password right; the bridge's own policy decides on MFA. */
export type PasswordNote = 'mfa-demanded' | 'mfa-enrolment-demanded';

/** Why Entra said nothing about a password, in an administrator's words. */
export const PASSWORD_CHECK_FAULTS = {
  'password-check-unreachable': 'Entra does not answer the check of a password.',
  'password-check-broken-off':
    'The connection to Entra broke, or its answer was late; nothing is known of the password.',
  'password-check-failing': 'Entra, or the pass-through agent behind it, answers with an error of its own.',
  'password-check-throttled': 'Entra refuses more checks of passwords for now.',
  'password-check-signing-unavailable': 'The key vault cannot sign our request just now.',
  'password-check-certificate-unusable': 'The certificate that signs our checks of passwords cannot be used.',
  'password-check-certificate-refused':
    'Entra does not accept the certificate or the signature of our request; register the certificate on the app registration for password checks.',
  'password-check-app-wrong':
    'Entra does not accept the app registration for password checks: it is missing, disabled, or of another kind; the detail is the number.',
  'password-check-consent-missing':
    'The app registration for password checks lacks the consent of an administrator to "openid" and "profile".',
  'password-check-tenant-unknown': 'Entra knows no tenant with this id in this cloud.',
  'password-check-answer-unusable': 'What Entra answered does not fit the user that was asked about.',
  'password-check-user-unconfirmed':
    'Entra found the password right without saying whose it is, and Microsoft Graph did not confirm that the name still belongs to this user; the detail is the fault of Graph, if it had one.',
  'password-check-fault': 'Entra finds our request wrong; the detail is its number.',
} as const;
export type PasswordCheckFault = keyof typeof PASSWORD_CHECK_FAULTS;

import type { MfaReject } from '../../outcome.ts';

/** The Result/Value of a request that was accepted or completed. Proves nothing alone. */
export const SUCCESS = 'Success';

/**
 * Every other known Result/Value (entra.md 1.9 and 6.7). Only the values that say that nothing is registered may be
 * `mfa-not-enrolled`.
 */
const RESULTS: ReadonlyMap<string, MfaReject> = new Map<string, MfaReject>([
  // No end of a call that is to last until there is one.
  ['AuthenticationPending', 'mfa-answer-contradictory'],
  ['SMSSent', 'mfa-code-needed'],
  ['PinEntered', 'mfa-service-failed'],

  ['PhoneAppDenied', 'mfa-denied'],
  ['PhoneAppFraudReported', 'mfa-fraud'],
  ['PhoneAppFraud', 'mfa-fraud'],
  ['FraudCodeEntered', 'mfa-fraud'],
  ['UserIsBlocked', 'mfa-user-blocked'],
  ['PhoneAppNoResponse', 'mfa-no-answer'],
  ['PhoneAppNotificationFailed', 'mfa-not-delivered'],
  ['PhoneAppAllDevicesBlocked', 'mfa-user-blocked'],
  ['PhoneAppInvalidResult', 'mfa-service-failed'],
  ['PhoneAppTokenChanged', 'mfa-not-delivered'],
  ['PhoneAppEntropyIncorrect', 'mfa-code-wrong'],

  ['UserVoiceAuthFailedCallWentToVoicemail', 'mfa-not-delivered'],
  ['UserVoiceAuthFailedPhoneHungUp', 'mfa-no-answer'],
  ['UserVoiceAuthFailedPhoneUnreachable', 'mfa-not-delivered'],
  ['UserVoiceAuthFailedProviderCouldntSendCall', 'mfa-not-delivered'],
  ['UserVoiceAuthFailedInvalidPhoneInput', 'mfa-not-delivered'],
  ['UserVoiceAuthFailedInvalidPhoneNumber', 'mfa-not-delivered'],
  ['UserVoiceAuthFailedInvalidExtension', 'mfa-not-delivered'],

  ['OathCodeIncorrect', 'mfa-code-wrong'],
  ['IncorrectOTP', 'mfa-code-wrong'],
  ['OathCodeDuplicate', 'mfa-code-wrong'],
  ['OathCodeOld', 'mfa-code-wrong'],
  ['OathCodeFailedMaxAllowedRetryReached', 'mfa-throttled'],
  ['OathCodeCorrectButDeviceNotAllowed', 'mfa-user-blocked'],
  ['OathCodePinIncorrect', 'mfa-code-wrong'],
  ['SMSAuthFailedWrongCodePinEntered', 'mfa-code-wrong'],
  ['SMSAuthFailedWrongCodeEntered', 'mfa-code-wrong'],
  ['SMSAuthFailedMaxAllowedCodeRetryReached', 'mfa-throttled'],
  ['SMSAuthFailedProviderCouldntSendSMS', 'mfa-not-delivered'],
  ['SMSAuthFailedNoResponseTimeout', 'mfa-no-answer'],
  ['User2WaySMSAuthFailedProviderCouldntSendSMS', 'mfa-not-delivered'],
  ['User2WaySMSAuthFailedNoResponseTimeout', 'mfa-no-answer'],
  ['User2WaySMSAuthFailedWrongCodeEntered', 'mfa-code-wrong'],
  ['VoiceOTPAuthFailedWrongCodeEntered', 'mfa-code-wrong'],
  ['VoiceOTPAuthFailedMaxAllowedCodeRetryReached', 'mfa-throttled'],
  ['InvalidAccessPass', 'mfa-code-wrong'],
  ['AccessPassExpired', 'mfa-code-wrong'],
  ['AccessPassAlreadyUsed', 'mfa-code-wrong'],
  ['AccessPassBlockedByPolicy', 'mfa-user-blocked'],

  ['AuthenticationMethodNotConfigured', 'mfa-not-enrolled'],
  ['NoDefaultAuthenticationMethodIsConfigured', 'mfa-not-enrolled'],
  ['ProofDataNotFound', 'mfa-not-enrolled'],
  ['MFAPinNotSetup', 'mfa-service-failed'],
  ['AuthenticationMethodNotSupported', 'mfa-request-refused'],
  ['AuthenticationMethodFailed', 'mfa-service-failed'],
  ['AuthenticationMethodLocked', 'mfa-throttled'],
  // The phone number that is registered cannot be read.
  ['InvalidFormat', 'mfa-not-delivered'],
  ['StrongAuthenticationServiceInvalidParameter', 'mfa-not-delivered'],

  ['UserNotFound', 'mfa-user-unknown'],
  ['BecAccessDenied', 'mfa-user-unknown'],
  ['AccessDenied', 'mfa-tenant-refused'],
  ['TenantIsBlocked', 'mfa-tenant-refused'],
  ['InvalidSession', 'mfa-no-answer'],
  ['InvalidSessionId', 'mfa-no-answer'],
  ['UserAuthFailedDuplicateRequest', 'mfa-already-prompted'],
  ['AuthenticationThrottled', 'mfa-throttled'],
  ['AuthenticationMethodLimitReached', 'mfa-throttled'],
  ['SASValidationFailed', 'mfa-service-failed'],
  ['InvalidParameter', 'mfa-request-refused'],
  ['VersionNotSupported', 'mfa-request-refused'],
  ['InternalError', 'mfa-service-failed'],
]);

/** What a Result/Value other than {@link SUCCESS} means; undefined for one that is not known. Letter case counts. */
export function meaningOf(value: string): MfaReject | undefined {
  return RESULTS.get(value);
}

import { PASSWORD_REFUSALS } from '../entra/password/codes.ts';
import { MFA_REJECTS, type MfaReject } from '../mfa/outcome.ts';
import { POLICY_REASONS, POLICY_REJECTS } from '../policy/model.ts';

/** As the NPS extension for Entra MFA: "rejected", "discarded by a third-party extension DLL file". */
const EXTENSION_REJECTED = 21;
const EXTENSION_DISCARDED = 9;

const mfaRejects = Object.fromEntries(
  Object.entries(MFA_REJECTS).map(([code, sentence]) => [code, { nps: EXTENSION_REJECTED, sentence }]),
) as Record<MfaReject, { readonly nps: number; readonly sentence: string }>;

/**
 * Why a sign-in ended as it did: our code, the reason code that NPS would log for it (reference: "Network Policy
 * Server reason codes"), and a sentence for the administrator.
 */
export const SIGN_IN_REASONS = {
  accepted: { nps: 0, sentence: 'The sign-in was accepted.' },
  'accepted-without-validating': {
    nps: 0,
    sentence: 'The connection request policy accepts everybody without validating credentials.',
  },
  'malformed-request': { nps: 3, sentence: 'The request breaks a rule of RADIUS; the detail says which.' },
  'reply-not-possible': {
    nps: 1,
    sentence:
      'No valid reply can be made; the detail says why. Nobody is let in without all attributes of the matched policies.',
  },
  'user-name-missing': {
    nps: 8,
    sentence: 'The request carries no User-Name that could be read, so there is nobody to look up.',
  },
  'unknown-domain': {
    nps: 7,
    sentence:
      'The domain or suffix of the user name belongs to no domain of the directory, or there is none and the directory reads no such names.',
  },
  'unknown-user': { nps: 8, sentence: 'The directory knows no user of this name.' },
  'ambiguous-user': {
    nps: 8,
    sentence: 'The directory knows more than one user of this name, and the bridge does not guess.',
  },
  'wrong-password': { nps: 16, sentence: 'The password is wrong.' },
  'undecodable-password': {
    nps: 16,
    sentence:
      'The password is not text after decryption. Most often the shared secret differs between the RADIUS client and the bridge.',
  },
  'password-not-verifiable': {
    nps: 16,
    sentence: 'The password of this user cannot be checked; the detail says why.',
  },
  'method-not-supported': {
    nps: 18,
    sentence: 'The request authenticates by a method that this version of the bridge cannot verify.',
  },
  'user-disabled': { nps: 34, sentence: 'The user is disabled.' },
  'account-locked': { nps: 36, sentence: PASSWORD_REFUSALS['account-locked'] },
  'password-expired': { nps: 33, sentence: PASSWORD_REFUSALS['password-expired'] },
  'password-change-required': { nps: 33, sentence: PASSWORD_REFUSALS['password-change-required'] },
  'outside-logon-hours': { nps: 37, sentence: PASSWORD_REFUSALS['outside-logon-hours'] },
  'blocked-by-conditional-access': { nps: 38, sentence: PASSWORD_REFUSALS['blocked-by-conditional-access'] },
  'user-not-assigned': { nps: 38, sentence: PASSWORD_REFUSALS['user-not-assigned'] },
  'no-connection-request-policy': {
    nps: POLICY_REASONS['no-connection-request-policy'],
    sentence: POLICY_REJECTS['no-connection-request-policy'],
  },
  'no-network-policy': {
    nps: POLICY_REASONS['no-network-policy'],
    sentence: POLICY_REJECTS['no-network-policy'],
  },
  'network-policy-denies': {
    nps: POLICY_REASONS['network-policy-denies'],
    sentence: POLICY_REJECTS['network-policy-denies'],
  },
  'method-not-allowed': {
    nps: POLICY_REASONS['method-not-allowed'],
    sentence: POLICY_REJECTS['method-not-allowed'],
  },
  ...mfaRejects,
  'mfa-user-not-in-entra': {
    nps: EXTENSION_REJECTED,
    sentence:
      'The network policy requires MFA, and the user is known to the bridge without an object in Entra that could be prompted.',
  },
  'mfa-time-too-short': {
    nps: EXTENSION_REJECTED,
    sentence:
      'The RADIUS client stops waiting before a person could answer a prompt, so none was begun. Raise the timeout of the client together with its patience in relay.json and bridge.json, or lower mfa.minimumWait.',
  },
  'mfa-unavailable': {
    nps: EXTENSION_DISCARDED,
    sentence: 'MFA could not be asked for, so the request was met with silence; the detail says why.',
  },
  'mfa-outcome-lost': {
    nps: EXTENSION_DISCARDED,
    sentence:
      'A prompt was begun and its outcome cannot be had any more, so the request was met with silence. No other prompt is begun before its window has passed.',
  },
  'unknown-state': {
    nps: 97,
    sentence:
      'The request answers a challenge that is not open: it was answered, has expired or was never sent.',
  },
  'directory-unavailable': {
    nps: 5,
    sentence: 'The directory could not be asked, so the request was met with silence; the detail says why.',
  },
  'out-of-time': {
    nps: 6,
    sentence: 'The time that the RADIUS client waits had passed before there was a decision.',
  },
} as const;
export type SignInReason = keyof typeof SIGN_IN_REASONS;

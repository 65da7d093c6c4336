/** Why a second factor did not let the user in: each a definite no, and a reason of a sign-in. */
export const MFA_REJECTS = {
  'mfa-denied': 'The user denied the prompt.',
  'mfa-fraud': 'The user reported the prompt as fraud: somebody else may know the password.',
  'mfa-no-answer': 'The user did not answer the prompt in time.',
  'mfa-not-delivered': 'The prompt did not reach the user: the push failed, or the call was not taken.',
  'mfa-not-enrolled': 'The user has registered no method of authentication that could be used.',
  'mfa-user-unknown': 'Entra knows no user of this name in this tenant.',
  'mfa-user-blocked': "The user, or the user's device, is blocked for multifactor authentication.",
  'mfa-throttled': 'Entra refuses more prompts for this user for now.',
  'mfa-already-prompted': 'Another prompt is open for this user.',
  'mfa-code-needed':
    "The user's method is a code, which this RADIUS client cannot ask for. Let the user choose the Authenticator push or a call.",
  'mfa-code-wrong': 'The code was wrong, used before, or too old.',
  'mfa-tenant-refused': 'Entra does not prompt for this tenant, or the user belongs to another one.',
  'mfa-service-failed': 'The service that prompts reported a fault of its own.',
  'mfa-request-refused': 'The service that prompts does not take our request: a defect of the bridge.',
  'mfa-answer-unknown': 'The service that prompts gave an answer that the bridge does not know.',
  'mfa-answer-contradictory': 'The service that prompts contradicted itself, or answered about another user.',
} as const;
export type MfaReject = keyof typeof MFA_REJECTS;

/** Why nobody can tell whether the user would have approved. The request is met with silence. */
export const MFA_FAULTS = {
  'token-unavailable': 'Entra gave no token for the service that prompts; the detail says why.',
  'given-up': 'The wait was over before anything rang.',
  'upn-unusable': 'The user principal name holds characters that cannot be sent.',
  'connector-unreachable': 'No connection to the service that prompts could be made.',
  'connector-unauthorized': 'The service that prompts refuses our token, a new one too.',
  'connector-forbidden': 'The service that prompts does not let us in.',
  'connector-throttled': 'The service that prompts refuses more requests for now.',
  'connector-failed': 'The service that prompts answered with an HTTP error; a prompt may be open.',
  'connection-broken': 'The connection broke before the answer came; a prompt may be open.',
  'answer-late': 'The service that prompts did not answer within its time; a prompt may be open.',
  'answer-unreadable': 'What came back is no answer of the service that prompts; a prompt may be open.',
  'outcome-not-stored': 'The store could not take the outcome of the prompt, so nobody may use it.',
  'prompt-ended-meanwhile':
    'The prompt that the request waited for ended without an outcome, and too little time is left for another.',
  'provider-fault': 'The bridge met a fault of its own while it prompted; its log says which.',
  'instance-lost': 'The instance that waited for the answer is gone, and nobody else can get it.',
} as const;
export type MfaFault = keyof typeof MFA_FAULTS;

/** What shows that the user approved. Ids and times, never a token or a code. */
export interface Proof {
  /** Of what kind it is: `connector` is the word of Microsoft's service alone. */
  readonly method: 'connector';
  readonly userObjectId: string;
  /** Milliseconds since the epoch at which the approval was learnt of. */
  readonly at: number;
  readonly evidence: Readonly<Record<string, string>>;
}

/** How an attempt ended. `detail` is the provider's own code where it is one that we know. */
export type Outcome =
  | { readonly kind: 'approved'; readonly proof: Proof }
  | { readonly kind: 'rejected'; readonly code: MfaReject; readonly detail?: string };

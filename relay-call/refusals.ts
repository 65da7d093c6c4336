/** Every way in which a call from a relay can be wrong. */
export const CALL_REFUSALS = {
  'method-wrong': 'The call was not made by POST.',
  'path-wrong': 'The call went to a path that takes no calls.',
  'query-present': 'The address of the call has a query, which no relay sends.',
  'content-type-wrong': 'The body of the call is not declared as a RADIUS packet of radius-bridge.',
  'body-too-large': 'The body of the call is longer than the 4096 octets that a RADIUS packet can have.',
  'signature-missing': 'The call carries no signature.',
  'signature-input-malformed': 'The Signature-Input header of the call is not the one that relays write.',
  'signature-malformed':
    'The Signature header of the call is not one Ed25519 signature with the label "call".',
  'digest-missing': 'The call carries no Content-Digest.',
  'digest-malformed': 'The Content-Digest of the call is not one that relays write.',
  'digest-mismatch': 'The body of the call is not the one that its Content-Digest was made for.',
  'source-malformed': 'The Radius-Source header of the call is missing or not as relays write it.',
  'deadline-malformed':
    'The Radius-Deadline header of the call is missing or no whole number from 0 to 600000.',
  'relay-unknown': 'No relay with this key id is configured.',
  'relay-disabled': 'The relay with this key id is disabled.',
  'created-skewed': "The call was signed more than 30 seconds away from the server's time.",
  'expires-wrong': 'The signature of the call does not expire within 60 seconds after it was made.',
  'call-expired': 'The signature of the call has expired.',
  'signature-wrong':
    'The signature of the call does not hold for its key, its content and the name of this bridge.',
  'nonce-replayed': 'This call has been received before.',
} as const;
export type CallRefusal = keyof typeof CALL_REFUSALS;

/** The HTTP status of each refusal: 401 for all that concerns the signature. */
export const REFUSAL_STATUS: Readonly<Record<CallRefusal, 400 | 401 | 405 | 413 | 415>> = {
  'method-wrong': 405,
  'path-wrong': 400,
  'query-present': 400,
  'content-type-wrong': 415,
  'body-too-large': 413,
  'signature-missing': 401,
  'signature-input-malformed': 401,
  'signature-malformed': 401,
  'digest-missing': 401,
  'digest-malformed': 401,
  'digest-mismatch': 401,
  'source-malformed': 401,
  'deadline-malformed': 401,
  'relay-unknown': 401,
  'relay-disabled': 401,
  'created-skewed': 401,
  'expires-wrong': 401,
  'call-expired': 401,
  'signature-wrong': 401,
  'nonce-replayed': 401,
};

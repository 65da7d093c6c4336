import { randomUUID } from 'node:crypto';
import type { JsonAnswer } from './listener.ts';

type Row = readonly [status: number, error: string, text: string, suberror?: string];

const mfa = 'you must use multi-factor authentication to access the resource.';
const changed =
  'Due to a configuration change made by your administrator, or because you moved to a new location,';

/** What the token endpoint refuses with: HTTP status, OAuth error, and the wording, by the number after AADSTS. */
const refusals = {
  50012: [401, 'invalid_client', 'Authentication failed: the signature of the assertion is not acceptable.'],
  50020: [400, 'invalid_grant', 'User account from identity provider does not exist in tenant.'],
  50027: [400, 'invalid_request', 'JWT token is invalid or malformed.'],
  50033: [503, 'temporarily_unavailable', 'A transient error has occurred. Please try again.'],
  50034: [400, 'invalid_grant', 'The user account does not exist in the directory.'],
  50053: [
    400,
    'invalid_grant',
    'The account is locked: too many sign-ins with an incorrect user ID or password.',
  ],
  50055: [400, 'invalid_grant', 'The password is expired.', 'user_password_expired'],
  50056: [400, 'invalid_grant', 'Invalid or null password: password does not exist in the directory.'],
  50057: [400, 'invalid_grant', 'The user account is disabled.'],
  50072: [400, 'invalid_grant', `${changed} you must enroll in multi-factor authentication.`, 'basic_action'],
  50074: [400, 'invalid_grant', 'Strong Authentication is required.', 'basic_action'],
  50076: [400, 'invalid_grant', `${changed} ${mfa}`, 'basic_action'],
  50078: [400, 'invalid_grant', `Presented multi-factor authentication has expired, ${mfa}`, 'basic_action'],
  50079: [400, 'invalid_grant', `${changed} you must enroll in multi-factor authentication.`, 'basic_action'],
  50087: [503, 'temporarily_unavailable', 'A transient error has occurred. Please try again.'],
  50105: [400, 'invalid_grant', 'The signed in user is not assigned to a role for the application.'],
  50126: [400, 'invalid_grant', 'Error validating credentials due to invalid username or password.'],
  50158: [400, 'invalid_grant', 'External security challenge was not satisfied.', 'basic_action'],
  53003: [400, 'invalid_grant', 'Access has been blocked by Conditional Access policies.', 'message_only'],
  65001: [
    400,
    'invalid_grant',
    'No permission has been consented to for the application.',
    'consent_required',
  ],
  70003: [400, 'unsupported_grant_type', 'The app requested an unsupported grant type.'],
  70011: [400, 'invalid_scope', 'The provided value for the input parameter scope is not valid.'],
  90002: [400, 'invalid_request', 'Tenant not found.'],
  90006: [503, 'temporarily_unavailable', 'A transient error has occurred. Please try again.'],
  90024: [503, 'temporarily_unavailable', 'A transient error has occurred. Please try again.'],
  90033: [503, 'temporarily_unavailable', 'A transient error has occurred. Please try again.'],
  90055: [429, 'temporarily_unavailable', 'The tenant or the application has sent too many requests.'],
  90090: [503, 'temporarily_unavailable', 'A transient error has occurred. Please try again.'],
  500011: [400, 'invalid_resource', 'The resource principal was not found in the tenant.'],
  500014: [400, 'invalid_resource', 'The service principal for the resource is disabled.'],
  700016: [400, 'unauthorized_client', 'The application was not found in the directory.'],
  700021: [401, 'invalid_client', "Client assertion application identifier doesn't match 'client_id'."],
  700023: [401, 'invalid_client', 'Client assertion audience claim does not match Realm issuer.'],
  700024: [401, 'invalid_client', 'Client assertion is not within its valid time range.'],
  700025: [401, 'invalid_client', 'Client is public, so no credential should be presented.'],
  700027: [401, 'invalid_client', 'Client assertion contains an invalid signature.'],
  900144: [400, 'invalid_request', 'The request body must contain the following parameter.'],
  900561: [405, 'invalid_request', 'The endpoint only accepts other methods of request.'],
  7000112: [400, 'unauthorized_client', 'The application is disabled.'],
  7000215: [401, 'invalid_client', 'Invalid client secret provided.'],
  7000218: [401, 'invalid_client', "The request body must contain 'client_assertion' or 'client_secret'."],
  9001023: [
    400,
    'invalid_request',
    'The grant type is not supported over the /common or /consumers endpoints.',
  ],
  9002313: [400, 'invalid_request', 'Invalid request. Request is malformed or invalid.'],
} as const satisfies Record<number, Row>;

/** How a number that the stand-in has no words for is told, as most refusals of a user are. */
const anyOther: Row = [400, 'invalid_grant', 'The sign-in was refused.'];

/** An error number that the stand-in knows. */
export type Aadsts = keyof typeof refusals;

/** Why a request is refused; the detail goes into the description and never holds what the request carried. */
export interface Refused {
  readonly code: Aadsts;
  readonly detail?: string;
}

/** A refusal that somebody of the tenant has been given, known or not. */
export interface RefusedAsTold {
  readonly told: number;
}

/**
 * The error answer of the token endpoint (entra.md 2.8, 3.1).
 *
 * @param now milliseconds since the epoch
 * @param correlation a GUID; default a random one
 */
export function refusalOf(
  x: Refused | RefusedAsTold,
  now: number,
  correlation: string = randomUUID(),
): JsonAnswer {
  const code = 'told' in x ? x.told : x.code;
  const [status, error, text, suberror] = rowOf(code);
  const timestamp = `${new Date(now).toISOString().slice(0, 19).replace('T', ' ')}Z`;
  const trace = randomUUID();
  const reason = 'told' in x || x.detail === undefined ? '' : ` [Reason - ${x.detail}]`;
  const tail = `Trace ID: ${trace} Correlation ID: ${correlation} Timestamp: ${timestamp}`;
  return {
    status,
    body: {
      error,
      error_description: `AADSTS${code}: ${text}${reason} ${tail}`,
      error_codes: [code],
      timestamp,
      trace_id: trace,
      correlation_id: correlation,
      error_uri: `https://login.microsoftonline.com/error?code=${code}`,
      ...(suberror !== undefined && { suberror }),
      ...(suberror === 'basic_action' && { claims: '{"access_token":{"capolids":{"essential":true}}}' }),
    },
  };
}

function rowOf(code: number): Row {
  const known: Readonly<Record<number, Row>> = refusals;
  return known[code] ?? anyOther;
}

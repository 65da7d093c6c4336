import { randomUUID } from 'node:crypto';
import type { JsonAnswer } from './listener.ts';

/** What the token endpoint refuses with: HTTP status, OAuth error, and the wording, by the number after AADSTS. */
const refusals = {
  50012: [401, 'invalid_client', 'Authentication failed: the signature of the assertion is not acceptable.'],
  50027: [400, 'invalid_request', 'JWT token is invalid or malformed.'],
  70003: [400, 'unsupported_grant_type', 'The app requested an unsupported grant type.'],
  70011: [400, 'invalid_scope', 'The provided value for the input parameter scope is not valid.'],
  90002: [400, 'invalid_request', 'Tenant not found.'],
  90033: [503, 'temporarily_unavailable', 'A transient error has occurred. Please try again.'],
  90055: [429, 'temporarily_unavailable', 'The tenant or the application has sent too many requests.'],
  500011: [400, 'invalid_resource', 'The resource principal was not found in the tenant.'],
  500014: [400, 'invalid_resource', 'The service principal for the resource is disabled.'],
  700016: [400, 'unauthorized_client', 'The application was not found in the directory.'],
  700021: [401, 'invalid_client', "Client assertion application identifier doesn't match 'client_id'."],
  700023: [401, 'invalid_client', 'Client assertion audience claim does not match Realm issuer.'],
  700024: [401, 'invalid_client', 'Client assertion is not within its valid time range.'],
  700027: [401, 'invalid_client', 'Client assertion contains an invalid signature.'],
  900144: [400, 'invalid_request', 'The request body must contain the following parameter.'],
  900561: [405, 'invalid_request', 'The endpoint only accepts other methods of request.'],
  7000112: [400, 'unauthorized_client', 'The application is disabled.'],
  7000215: [401, 'invalid_client', 'Invalid client secret provided.'],
  7000218: [401, 'invalid_client', "The request body must contain 'client_assertion' or 'client_secret'."],
  9002313: [400, 'invalid_request', 'Invalid request. Request is malformed or invalid.'],
} as const satisfies Record<number, readonly [status: number, error: string, text: string]>;

/** An error number that the stand-in knows. */
export type Aadsts = keyof typeof refusals;

/** Why a request is refused; the detail goes into the description and never holds what the request carried. */
export interface Refused {
  readonly code: Aadsts;
  readonly detail?: string;
}

/**
 * The error answer of the token endpoint (entra.md 2.8).
 *
 * @param now milliseconds since the epoch
 */
export function refusalOf(x: Refused, now: number): JsonAnswer {
  const [status, error, text] = refusals[x.code];
  const timestamp = `${new Date(now).toISOString().slice(0, 19).replace('T', ' ')}Z`;
  const [trace, correlation] = [randomUUID(), randomUUID()];
  const reason = x.detail === undefined ? '' : ` [Reason - ${x.detail}]`;
  const tail = `Trace ID: ${trace} Correlation ID: ${correlation} Timestamp: ${timestamp}`;
  return {
    status,
    body: {
      error,
      error_description: `AADSTS${x.code}: ${text}${reason} ${tail}`,
      error_codes: [x.code],
      timestamp,
      trace_id: trace,
      correlation_id: correlation,
      error_uri: `https://login.microsoftonline.com/error?code=${x.code}`,
    },
  };
}

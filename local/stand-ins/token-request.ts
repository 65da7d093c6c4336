import type { Refused, RefusedAsTold } from './aadsts.ts';
import type { Certificates } from './certificates.ts';
import { checkAssertion } from './client-assertion.ts';
import type { Call } from './listener.ts';

/** Calls so far, by how they ended. */
export type EntraCounts = Record<
  | 'discovered'
  | 'issued' /* to a client for itself */
  | 'passwordRight' /* and tokens were issued */
  | 'passwordWrong'
  | 'passwordRefused' /* the user, for another reason than a wrong password */
  | 'assertionRefused' /* form, certificate, signature or claims */
  | 'principalRefused' /* the client or the resource is not there, or disabled */
  | 'wrong' /* tenant, path, method or form */
  | 'scripted',
  number
>;

/** A form that was posted to the token endpoint. */
export interface TokenRequest {
  readonly form: URLSearchParams;
  /** `https://host:port/tenant`, as it was asked for. */
  readonly tenantUrl: string;
}

/** What becomes of it, and as what it is counted. */
export type TokenOutcome = { readonly counted: keyof EntraCounts } & (
  | { readonly refused: Refused | RefusedAsTold }
  | { readonly body: object }
);

/** A grant of the token endpoint. */
export type Grant = (request: TokenRequest) => TokenOutcome;

/** Undefined when it is no form, or names something twice. */
export function readForm(call: Call): URLSearchParams | undefined {
  if (!/^application\/x-www-form-urlencoded\s*(;|$)/i.test(call.header('content-type') ?? ''))
    return undefined;
  const form = new URLSearchParams(call.body.toString('utf8'));
  return new Set(form.keys()).size === form.size ? form : undefined;
}

/** The first parameter that is missing or empty is named. */
export function firstMissing(form: URLSearchParams, needed: readonly string[]): TokenOutcome | undefined {
  const missing = needed.find((name) => !form.get(name));
  return missing === undefined ? undefined : { counted: 'wrong', refused: { code: 900144, detail: missing } };
}

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/**
 * Whether a confidential client has shown that it is itself, by a certificate; a secret has none.
 *
 * @param now milliseconds since the epoch
 * @returns undefined when it has
 */
export function unproven(
  { form, tenantUrl }: TokenRequest,
  x: { readonly clientId: string; readonly certificates: Certificates; readonly now: number },
): TokenOutcome | undefined {
  const assertion = form.get('client_assertion_type') === assertionType ? form.get('client_assertion') : '';
  if (!assertion) {
    return { counted: 'wrong', refused: { code: form.has('client_secret') ? 7000215 : 7000218 } };
  }
  const fault = checkAssertion({
    assertion,
    clientId: x.clientId,
    audience: `${tenantUrl}/oauth2/v2.0/token`,
    registered: x.certificates.registered(),
    now: x.now,
  });
  return fault && { counted: 'assertionRefused', refused: fault };
}

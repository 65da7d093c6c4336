import type { Clock } from '../../relay-call/clock.ts';
import { type Aadsts, type Refused, refusalOf } from './aadsts.ts';
import type { Certificates } from './certificates.ts';
import { checkAssertion } from './client-assertion.ts';
import type { Answer, Call, JsonAnswer } from './listener.ts';
import type { Fault, Stage } from './script.ts';
import type { TokenIssuer } from './tokens.ts';

/** Calls so far, by how they ended. */
export type EntraCounts = Record<
  | 'discovered'
  | 'issued'
  | 'assertionRefused' /* form, certificate, signature or claims */
  | 'principalRefused' /* the client or the resource is not there, or disabled */
  | 'wrong' /* tenant, path, method or form */
  | 'scripted',
  number
>;

/** Whether an administrator has set up a service principal that Microsoft owns. */
export type PrincipalState = 'enabled' | 'disabled' | 'missing';

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** The first parameter that is missing is named; the assertion has a refusal of its own. */
const needed = ['client_id', 'scope', 'grant_type'] as const;

/**
 * Entra's v2 endpoint as far as one client, with certificates, gets tokens for one resource (entra.md 1.3, 2.3, 2.8).
 * The script is played before the form is looked at; discovery has none.
 */
export function entra(x: {
  readonly issuer: TokenIssuer;
  readonly certificates: Certificates;
  readonly stage: Stage;
  readonly clock: Clock;
  /** `https://host:port`, as its callers know it. */
  readonly authorityHost: () => string;
  readonly client: { readonly id: string; readonly state: PrincipalState };
  readonly resource: { readonly id: string; readonly state: PrincipalState };
  /** Seconds. */
  readonly tokenLifetime: number;
}): { answer(call: Call): Promise<Answer>; counts(): EntraCounts } {
  const counts: EntraCounts = {
    discovered: 0,
    issued: 0,
    assertionRefused: 0,
    principalRefused: 0,
    wrong: 0,
    scripted: 0,
  };

  function refuse(kind: keyof EntraCounts, refused: Refused): JsonAnswer {
    counts[kind] += 1;
    return refusalOf(refused, x.clock.now());
  }

  function discover(call: Call, tenantUrl: string): JsonAnswer {
    if (call.method !== 'GET') return notAllowed('GET');
    counts.discovered += 1;
    const body = {
      token_endpoint: `${tenantUrl}/oauth2/v2.0/token`,
      token_endpoint_auth_methods_supported: ['private_key_jwt'],
      jwks_uri: `${tenantUrl}/discovery/v2.0/keys`,
      issuer: `${tenantUrl}/v2.0`,
      authorization_endpoint: `${tenantUrl}/oauth2/v2.0/authorize`,
    };
    return { status: 200, body };
  }

  function notAllowed(allow: string): JsonAnswer {
    return { ...refuse('wrong', { code: 900561 }), headers: { allow } };
  }

  function token(call: Call, tenantUrl: string): JsonAnswer {
    const form = readForm(call);
    if (form === undefined) return refuse('wrong', { code: 9002313 });
    const missing = needed.find((name) => !form.get(name));
    if (missing !== undefined) return refuse('wrong', { code: 900144, detail: missing });
    if (form.get('grant_type') !== 'client_credentials') return refuse('wrong', { code: 70003 });
    const clientId = form.get('client_id');
    const state = clientId === x.client.id ? x.client.state : 'missing';
    if (state !== 'enabled')
      return refuse('principalRefused', { code: state === 'disabled' ? 7000112 : 700016 });
    const assertion = form.get('client_assertion_type') === assertionType ? form.get('client_assertion') : '';
    if (!assertion) return refuse('wrong', { code: form.has('client_secret') ? 7000215 : 7000218 });
    const fault = checkAssertion({
      assertion,
      clientId: x.client.id,
      audience: `${tenantUrl}/oauth2/v2.0/token`,
      registered: x.certificates.registered(),
      now: x.clock.now(),
    });
    return fault ? refuse('assertionRefused', fault) : issue(form.get('scope') ?? '');
  }

  function issue(scope: string): JsonAnswer {
    const resource = /^(\S+)\/\.default$/.exec(scope)?.[1];
    if (resource === undefined) return refuse('wrong', { code: 70011 });
    const state = resource === x.resource.id ? x.resource.state : 'missing';
    if (state !== 'enabled')
      return refuse('principalRefused', { code: state === 'disabled' ? 500014 : 500011 });
    counts.issued += 1;
    const { token } = x.issuer.issue({
      audience: resource,
      appId: x.client.id,
      lifetime: x.tokenLifetime,
    });
    const times = { expires_in: x.tokenLifetime, ext_expires_in: x.tokenLifetime };
    return { status: 200, headers: noStore, body: { token_type: 'Bearer', ...times, access_token: token } };
  }

  return {
    counts: () => ({ ...counts }),
    async answer(call) {
      const [tenant = '', ...rest] = call.path;
      const path = rest.join('/');
      const asksForToken = path === 'oauth2/v2.0/token';
      if (!asksForToken && path !== 'v2.0/.well-known/openid-configuration') {
        counts.wrong += 1;
        return { status: 404, body: { error: 'not_found' } };
      }
      // The endpoints are named as they were asked for, which is what MSAL compares them with.
      if (tenant.toLowerCase() !== x.issuer.tenant.toLowerCase()) return refuse('wrong', { code: 90002 });
      const tenantUrl = `${x.authorityHost()}/${tenant}`;
      if (!asksForToken) return discover(call, tenantUrl);
      if (call.method !== 'POST') return notAllowed('POST');
      const fault = await x.stage.play();
      if (fault === undefined) return token(call, tenantUrl);
      counts.scripted += 1;
      return scripted(fault, x.clock.now());
    },
  };
}

const noStore = { 'cache-control': 'no-store, no-cache' };

/** Undefined when it is no form, or names something twice. */
function readForm(call: Call): URLSearchParams | undefined {
  if (!/^application\/x-www-form-urlencoded\s*(;|$)/i.test(call.header('content-type') ?? ''))
    return undefined;
  const form = new URLSearchParams(call.body.toString('utf8'));
  return new Set(form.keys()).size === form.size ? form : undefined;
}

function scripted(fault: Fault, now: number): Answer {
  if (fault === 'reset') return 'reset';
  const code: Aadsts = fault.status === 429 ? 90055 : 90033;
  const headers = { 'retry-after': String(fault.retryAfter ?? 0) };
  const { body } = refusalOf({ code }, now);
  return { status: fault.status, ...(fault.status === 429 && { headers }), body };
}

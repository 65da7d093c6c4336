import type { Clock } from '../../relay-call/clock.ts';
import { type Aadsts, type Refused, refusalOf } from './aadsts.ts';
import { clientGrant } from './client-grant.ts';
import type { Answer, Call, JsonAnswer } from './listener.ts';
import { passwordGrant } from './password-grant.ts';
import type { Fault, Stage } from './script.ts';
import { type EntraCounts, firstMissing, type Grant, readForm, type TokenOutcome } from './token-request.ts';

const requestIdsKept = 100;

/** Those of Microsoft's own that stand for no tenant, which a password is never checked at. */
const noTenants = new Set(['common', 'consumers']);

export interface Entra {
  answer(call: Call): Promise<Answer>;
  counts(): EntraCounts;
  /** Of the last 100 calls of the token endpoint that had a `client-request-id`, oldest first. */
  requestIds(): readonly string[];
}

/** Entra with both of its grants. */
export function entraOf(
  x: Omit<Parameters<typeof entra>[0], 'tenant' | 'grants'> &
    Parameters<typeof clientGrant>[0] &
    Parameters<typeof passwordGrant>[0],
): Entra {
  const grants = new Map([
    ['client_credentials', clientGrant(x)],
    ['password', passwordGrant(x)],
  ]);
  return entra({ ...x, tenant: x.issuer.tenant, grants });
}

/**
 * Entra's v2 endpoint for one tenant: discovery and tokens (entra.md 1.3, 2.3, 2.8, 3). The script is played before
 * the form is looked at; discovery has none.
 */
function entra(x: {
  /** A GUID. */
  readonly tenant: string;
  readonly stage: Stage;
  readonly clock: Clock;
  /** `https://host:port`, as its callers know it. */
  readonly authorityHost: () => string;
  /** By `grant_type`. */
  readonly grants: ReadonlyMap<string, Grant>;
}): Entra {
  const counts: EntraCounts = {
    discovered: 0,
    issued: 0,
    passwordRight: 0,
    passwordWrong: 0,
    passwordRefused: 0,
    assertionRefused: 0,
    principalRefused: 0,
    wrong: 0,
    scripted: 0,
  };
  const requestIds: string[] = [];

  function wrong(call: Call, refused: Refused): JsonAnswer {
    return conclude(call, { counted: 'wrong', refused });
  }

  function conclude(call: Call, outcome: TokenOutcome): JsonAnswer {
    counts[outcome.counted] += 1;
    if ('refused' in outcome) return refusalOf(outcome.refused, x.clock.now(), correlationOf(call));
    return { status: 200, headers: noStore, body: outcome.body };
  }

  function discover(call: Call, tenantUrl: string): JsonAnswer {
    if (call.method !== 'GET') return notAllowed(call, 'GET');
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

  function notAllowed(call: Call, allow: string): JsonAnswer {
    return { ...wrong(call, { code: 900561 }), headers: { allow } };
  }

  function token(call: Call, tenantUrl: string): JsonAnswer {
    const form = readForm(call);
    if (form === undefined) return wrong(call, { code: 9002313 });
    const missing = firstMissing(form, ['client_id', 'grant_type']);
    if (missing) return conclude(call, missing);
    const grant = x.grants.get(form.get('grant_type') ?? '');
    return grant ? conclude(call, grant({ form, tenantUrl })) : wrong(call, { code: 70003 });
  }

  return {
    counts: () => ({ ...counts }),
    requestIds: () => [...requestIds],
    async answer(call) {
      const [tenant = '', ...rest] = call.path;
      const path = rest.join('/');
      const asksForToken = path === 'oauth2/v2.0/token';
      if (!asksForToken && path !== 'v2.0/.well-known/openid-configuration') {
        counts.wrong += 1;
        return { status: 404, body: { error: 'not_found' } };
      }
      if (asksForToken) remember(requestIds, call);
      if (tenant.toLowerCase() !== x.tenant.toLowerCase())
        return wrong(call, { code: elsewhere(call, tenant) });
      // The endpoints are named as they were asked for, which is what MSAL compares them with.
      const tenantUrl = `${x.authorityHost()}/${tenant}`;
      if (!asksForToken) return discover(call, tenantUrl);
      if (call.method !== 'POST') return notAllowed(call, 'POST');
      const fault = await x.stage.play();
      if (fault === undefined) return token(call, tenantUrl);
      counts.scripted += 1;
      return scripted(fault, x.clock.now(), correlationOf(call));
    },
  };
}

const noStore = { 'cache-control': 'no-store, no-cache' };

const guid = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** What a caller names its call by, which the answer and the sign-in log have then, too. */
function correlationOf(call: Call): string | undefined {
  const id = call.header('client-request-id');
  return id !== undefined && guid.test(id) ? id : undefined;
}

function remember(requestIds: string[], call: Call): void {
  const id = call.header('client-request-id');
  if (id !== undefined) requestIds.push(id);
  if (requestIds.length > requestIdsKept) requestIds.shift();
}

function elsewhere(call: Call, tenant: string): Aadsts {
  const byPassword = call.method === 'POST' && readForm(call)?.get('grant_type') === 'password';
  return byPassword && noTenants.has(tenant.toLowerCase()) ? 9001023 : 90002;
}

function scripted(fault: Fault, now: number, correlation: string | undefined): Answer {
  if (fault === 'reset') return 'reset';
  const code: Aadsts = fault.status === 429 ? 90055 : 90033;
  const headers = { 'retry-after': String(fault.retryAfter ?? 0) };
  const { body } = refusalOf({ code }, now, correlation);
  return { status: fault.status, ...(fault.status === 429 && { headers }), body };
}

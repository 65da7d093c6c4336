import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CLOUDS, MFA_CLIENT } from '../../../functions/entra/clouds.ts';
import type { CertificateVersion } from '../../../local/stand-ins/certificates.ts';
import type { EntraCounts } from '../../../local/stand-ins/token-request.ts';
import type { LocalTls } from '../../../local/tls.ts';
import { ask } from './ask.ts';
import { assertionOf } from './assertion.ts';
import { loopbackTls, running } from './running.ts';

type Running = Awaited<ReturnType<typeof running>>;

const tenant = '11111111-2222-3333-4444-aaaaaaaaaaaa';
const resource = CLOUDS.public.connectorResource;
const [past, future] = [Date.UTC(2020, 0, 1), Date.UTC(2040, 0, 1)];
let tls: LocalTls;
let standIns: Running;

beforeAll(async () => {
  tls = await loopbackTls();
  standIns = await running(tls, {
    tenant,
    certificates: [
      { name: 'nps-mfa' },
      { name: 'unregistered', registered: false },
      { name: 'disabled-in-the-vault', enabled: false },
      { name: 'expired', notBefore: past - 1, expires: past },
      { name: 'early', notBefore: future, expires: future + 86_400_000 },
    ],
  });
});
afterAll(() => standIns.close());

function certificate(name = 'nps-mfa', of: Running = standIns): CertificateVersion {
  const found = of.certificates.find(name, undefined);
  if (found === undefined) throw new Error(`There is no ${name}.`);
  return found;
}

const tokenEndpoint = (of: Running = standIns) => `${of.authorityHost}/${of.issuer.tenant}/oauth2/v2.0/token`;

function assertion(x: Partial<Parameters<typeof assertionOf>[0]> = {}, of: Running = standIns): string {
  return assertionOf({
    by: certificate('nps-mfa', of),
    clientId: MFA_CLIENT,
    audience: tokenEndpoint(of),
    ...x,
  });
}

function formOf(change: Record<string, string | undefined> = {}, of: Running = standIns): URLSearchParams {
  const form = {
    client_id: MFA_CLIENT,
    scope: `${resource}/.default`,
    grant_type: 'client_credentials',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertion({}, of),
    'x-client-SKU': 'msal.js.node',
    ...change,
  };
  const given = Object.entries(form).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return new URLSearchParams(given);
}

function post(
  body: URLSearchParams | string,
  x: { of?: Running; url?: string; type?: string; method?: string } = {},
) {
  const { of = standIns, url = `${tokenEndpoint(of)}?client-request-id=1`, method = 'POST' } = x;
  const headers = { 'content-type': x.type ?? 'application/x-www-form-urlencoded;charset=utf-8' };
  return ask(url, { ca: tls.ca, method, headers, body: body.toString() });
}

/** Counted once as this, as nothing else, and described as Entra does, without what was sent. */
async function refused(
  asking: () => ReturnType<typeof post>,
  x: { code: number; status: number; error: string; kind: keyof EntraCounts; of?: Running },
) {
  const { of = standIns } = x;
  const before = of.counts().entra;
  const { status, body } = await asking();
  expect(body).toMatchObject({
    error: x.error,
    error_codes: [x.code],
    error_description: expect.stringMatching(
      new RegExp(
        `^AADSTS${x.code}: .* Trace ID: \\S+ Correlation ID: \\S+ Timestamp: \\d{4}-\\d\\d-\\d\\d \\S+Z$`,
      ),
    ),
  });
  expect(status).toBe(x.status);
  expect(of.counts().entra).toEqual({ ...before, [x.kind]: before[x.kind] + 1 });
  expect(JSON.stringify(body)).not.toMatch(/eyJ/);
}

describe('discovery', () => {
  test('tells the four things that MSAL needs, at the host that was asked', async () => {
    const before = standIns.counts().entra;
    const root = `${standIns.authorityHost}/${tenant}`;
    const { status, body } = await ask(`${root}/v2.0/.well-known/openid-configuration`, { ca: tls.ca });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      token_endpoint: `${root}/oauth2/v2.0/token`,
      authorization_endpoint: `${root}/oauth2/v2.0/authorize`,
      issuer: `${root}/v2.0`,
      jwks_uri: `${root}/discovery/v2.0/keys`,
    });
    expect(standIns.counts().entra).toEqual({ ...before, discovered: before.discovered + 1 });
  });

  test('of another tenant, by another method, and other paths are refused', async () => {
    const get = (path: string, method = 'GET') =>
      ask(`${standIns.authorityHost}/${path}`, { ca: tls.ca, method });
    const document = 'v2.0/.well-known/openid-configuration';
    expect((await get(`common/${document}`)).body).toMatchObject({ error_codes: [90002] });
    expect((await get(`${tenant}/${document}`, 'POST')).status).toBe(405);
    expect((await get(`${tenant}/discovery/v2.0/keys`)).status).toBe(404);
    expect((await get('')).status).toBe(404);
  });
});

describe('a token', () => {
  test.each(['PS256', 'RS256'])('is given for an assertion signed with %s', async (alg) => {
    const before = standIns.counts().entra;
    const { status, headers, body } = await post(formOf({ client_assertion: assertion({ alg }) }));
    expect(status).toBe(200);
    expect(headers['cache-control']).toContain('no-store');
    expect(body).toMatchObject({ token_type: 'Bearer', expires_in: 3599, ext_expires_in: 3599 });
    const { access_token: token } = body as { access_token: string };
    expect(standIns.issuer.check(token, resource)).toBeUndefined();
    expect(standIns.issuer.check(token, 'https://vault.azure.net')).toBe('audience-wrong');
    expect(standIns.counts().entra).toEqual({ ...before, issued: before.issued + 1 });
  });

  test('is given for a certificate that only the vault has disabled, and for a tenant in capitals', async () => {
    const by = certificate('disabled-in-the-vault');
    expect((await post(formOf({ client_assertion: assertion({ by }) }))).status).toBe(200);
    const url = `${standIns.authorityHost}/${tenant.toUpperCase()}/oauth2/v2.0/token`;
    expect((await post(formOf({ client_assertion: assertion({ audience: url }) }), { url })).status).toBe(
      200,
    );
  });

  test('is for the connector of the tenant’s cloud, and lives as long as it is told', async () => {
    const china = await running(tls, {
      cloud: 'china',
      certificates: [{ name: 'nps-mfa' }],
      entraTokenLifetime: 60,
    });
    try {
      const scope = `${CLOUDS.china.connectorResource}/.default`;
      expect((await post(formOf({ scope }, china), { of: china })).body).toMatchObject({ expires_in: 60 });
      const answer = await post(formOf({}, china), { of: china });
      expect(answer.body).toMatchObject({ error_codes: [500011] });
    } finally {
      await china.close();
    }
  });
});

describe('an assertion', () => {
  const thumbprint = (hash: string) => createHash(hash).update(certificate().der).digest('base64url');
  const seconds = (offset: number) => Math.floor(Date.now() / 1000) + offset;
  const change = (part: number, to: (part: string) => string) =>
    assertion()
      .split('.')
      .map((each, at) => (at === part ? to(each) : each))
      .join('.');
  const another = (json: object) => Buffer.from(JSON.stringify(json)).toString('base64url');

  const bad: readonly (readonly [what: string, code: number, make: () => string])[] = [
    ['that is no JWT', 50027, () => 'not-a-jwt'],
    ['of four parts', 50027, () => `${assertion()}.AAAA`],
    ['without a signature', 50027, () => change(2, () => '')],
    ['whose header is no JSON', 50027, () => change(0, () => 'AAAA')],
    ['whose payload is no object', 50027, () => change(1, () => Buffer.from('null').toString('base64url'))],
    ['with the algorithm none', 50012, () => change(0, () => another({ alg: 'none' }))],
    ['with HS256', 50012, () => change(0, () => another({ alg: 'HS256', 'x5t#S256': thumbprint('sha256') }))],
    ['with PS384', 50012, () => change(0, () => another({ alg: 'PS384', 'x5t#S256': thumbprint('sha256') }))],
    ['with a changed signature', 700027, () => change(2, (part) => `${part.slice(0, -6)}AAAAAA`)],
    ['with changed claims', 700027, () => change(1, () => another({ iss: MFA_CLIENT, sub: MFA_CLIENT }))],
    [
      'with another signature’s header',
      700027,
      () => change(0, () => another({ alg: 'RS256', x5t: thumbprint('sha1') })),
    ],
    ['by a certificate that is not registered', 700027, () => assertion({ by: certificate('unregistered') })],
    [
      'by another key under the registered thumbprint',
      700027,
      () => assertion({ by: certificate('unregistered'), thumbprint: { 'x5t#S256': thumbprint('sha256') } }),
    ],
    ['by a certificate that has expired', 700027, () => assertion({ by: certificate('expired') })],
    ['by a certificate that is not yet valid', 700027, () => assertion({ by: certificate('early') })],
    ['without a thumbprint', 700027, () => assertion({ thumbprint: {} })],
    [
      'with RS256 and x5t#S256',
      700027,
      () => assertion({ alg: 'RS256', thumbprint: { 'x5t#S256': thumbprint('sha256') } }),
    ],
    ['with PS256 and x5t', 700027, () => assertion({ thumbprint: { x5t: thumbprint('sha1') } })],
    [
      'with a thumbprint in hexadecimal',
      700027,
      () =>
        assertion({
          thumbprint: { 'x5t#S256': Buffer.from(thumbprint('sha256'), 'base64url').toString('hex') },
        }),
    ],
    ['of another issuer', 700021, () => assertion({ claims: { iss: tenant } })],
    ['of another subject', 700021, () => assertion({ claims: { sub: tenant } })],
    ['without a subject', 700021, () => assertion({ claims: { sub: undefined } })],
    [
      'for another host',
      700023,
      () => assertion({ audience: `https://login.microsoftonline.com/${tenant}/oauth2/v2.0/token` }),
    ],
    [
      'for another tenant',
      700023,
      () => assertion({ audience: tokenEndpoint().replace(tenant, MFA_CLIENT) }),
    ],
    ['for the v1 endpoint', 700023, () => assertion({ audience: tokenEndpoint().replace('/v2.0', '') })],
    ['for several audiences', 700023, () => assertion({ claims: { aud: [tokenEndpoint()] } })],
    ['that has expired', 700024, () => assertion({ claims: { nbf: seconds(-700), exp: seconds(-100) } })],
    ['without an end', 700024, () => assertion({ claims: { exp: undefined } })],
    ['whose end is text', 700024, () => assertion({ claims: { exp: String(seconds(600)) } })],
    ['that is not valid yet', 700024, () => assertion({ claims: { nbf: seconds(100) } })],
    ['without a beginning', 700024, () => assertion({ claims: { nbf: undefined } })],
  ];

  test.each(bad)('%s is refused with AADSTS%i', async (_, code, make) => {
    const malformed = code === 50027;
    const [status, error] = malformed
      ? ([400, 'invalid_request'] as const)
      : ([401, 'invalid_client'] as const);
    const client_assertion = make();
    await refused(() => post(formOf({ client_assertion })), {
      code,
      status,
      error,
      kind: 'assertionRefused',
    });
  });

  test('is good once its certificate has been registered', async () => {
    const by = await standIns.certificates.add({ name: 'nps-mfa-next' });
    expect((await post(formOf({ client_assertion: assertion({ by }) }))).status).toBe(200);
  });
});

describe('a token request', () => {
  const asked: readonly (readonly [
    what: string,
    code: number,
    status: number,
    error: string,
    change: Record<string, string | undefined>,
  ])[] = [
    ['without client_id', 900144, 400, 'invalid_request', { client_id: undefined }],
    ['without scope', 900144, 400, 'invalid_request', { scope: undefined }],
    ['with an empty scope', 900144, 400, 'invalid_request', { scope: '' }],
    ['without grant_type', 900144, 400, 'invalid_request', { grant_type: undefined }],
    ['with another grant', 70003, 400, 'unsupported_grant_type', { grant_type: 'refresh_token' }],
    ['without an assertion', 7000218, 401, 'invalid_client', { client_assertion: undefined }],
    ['without the assertion’s type', 7000218, 401, 'invalid_client', { client_assertion_type: undefined }],
    [
      'with another type of assertion',
      7000218,
      401,
      'invalid_client',
      { client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:saml2-bearer' },
    ],
    ['with a secret', 7000215, 401, 'invalid_client', { client_assertion: undefined, client_secret: 'x' }],
    ['with the resource for a scope', 70011, 400, 'invalid_scope', { scope: resource }],
    ['with two scopes', 70011, 400, 'invalid_scope', { scope: `openid ${resource}/.default` }],
  ];

  test.each(asked)('%s is refused with AADSTS%i', async (_, code, status, error, change) => {
    await refused(() => post(formOf(change)), { code, status, error, kind: 'wrong' });
  });

  test.each([
    ['of another client', 700016, 'unauthorized_client', { client_id: tenant }],
    [
      'for the host that is called',
      500011,
      'invalid_resource',
      { scope: `${CLOUDS.public.connectorUrl}/.default` },
    ],
    ['for the vault', 500011, 'invalid_resource', { scope: 'https://vault.azure.net/.default' }],
  ])('%s is refused with AADSTS%i', async (_, code, error, change: Record<string, string>) => {
    await refused(() => post(formOf(change)), { code, status: 400, error, kind: 'principalRefused' });
  });

  test('that is no form, or names something twice, is refused', async () => {
    const malformed = { code: 9002313, status: 400, error: 'invalid_request', kind: 'wrong' } as const;
    await refused(() => post(formOf(), { type: 'application/json' }), malformed);
    const twice = formOf();
    twice.append('scope', `${resource}/.default`);
    await refused(() => post(twice), malformed);
  });

  test('by GET, or to another tenant, is refused', async () => {
    const wrong = { error: 'invalid_request', kind: 'wrong' } as const;
    await refused(() => post('', { method: 'GET' }), { ...wrong, code: 900561, status: 405 });
    const url = tokenEndpoint().replace(tenant, 'common');
    await refused(() => post(formOf(), { url }), { ...wrong, code: 90002, status: 400 });
  });

  test.each([
    ['client', 'missing', 700016, 'unauthorized_client'],
    ['client', 'disabled', 7000112, 'unauthorized_client'],
    ['connector', 'missing', 500011, 'invalid_resource'],
    ['connector', 'disabled', 500014, 'invalid_resource'],
  ] as const)(
    'where the %s’s principal is %s is refused with AADSTS%i',
    async (principal, state, code, error) => {
      const of = await running(tls, {
        certificates: [{ name: 'nps-mfa' }],
        principals: { [principal]: state },
      });
      try {
        const form = formOf({}, of);
        await refused(() => post(form, { of }), { code, status: 400, error, kind: 'principalRefused', of });
      } finally {
        await of.close();
      }
    },
  );
});

describe('a script', () => {
  test('is played at the token endpoint, whatever the assertion', async () => {
    const document = `${standIns.authorityHost}/${tenant}/v2.0/.well-known/openid-configuration`;
    await standIns.script('entra', { state: 'throttled', retryAfter: 7, times: 1 });
    expect((await ask(document, { ca: tls.ca })).status).toBe(200);
    const { status, headers, body } = await post('');
    expect([status, headers['retry-after']]).toEqual([429, '7']);
    expect(body).toMatchObject({ error_codes: [90055] });
    await standIns.script('entra', { state: 'failing', status: 503, times: 1 });
    const failed = await post(formOf());
    expect([failed.status, failed.body]).toMatchObject([503, { error_codes: [90033] }]);
    await standIns.script('entra', { state: 'resetting', times: 1 });
    await expect(post(formOf())).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect((await post(formOf())).status).toBe(200);
  });

  test('refuses connections and accepts them again at the same address', async () => {
    await standIns.script('entra', { state: 'refusing' });
    await expect(post(formOf())).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await standIns.script('entra', { state: 'well' });
    expect((await post(formOf())).status).toBe(200);
  });
});

import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { CLOUDS, MFA_CLIENT } from '../../../functions/entra/clouds.ts';
import type { CertificateVersion } from '../../../local/stand-ins/certificates.ts';
import type { Person } from '../../../local/stand-ins/people.ts';
import type { EntraCounts } from '../../../local/stand-ins/token-request.ts';
import { VAULT_AUDIENCE } from '../../../local/stand-ins/tokens.ts';
import type { LocalTls } from '../../../local/tls.ts';
import { ask } from './ask.ts';
import { assertionOf } from './assertion.ts';
import { loopbackTls, running } from './running.ts';

type Running = Awaited<ReturnType<typeof running>>;

const tenant = '11111111-2222-3333-4444-bbbbbbbbbbbb';
const app = {
  good: '00001111-aaaa-2222-bbbb-3333cccc0001',
  other: '00001111-aaaa-2222-bbbb-3333cccc0002',
  disabled: '00001111-aaaa-2222-bbbb-3333cccc0003',
  unconsented: '00001111-aaaa-2222-bbbb-3333cccc0004',
  assigned: '00001111-aaaa-2222-bbbb-3333cccc0005',
  public: '00001111-aaaa-2222-bbbb-3333cccc0006',
  missing: '00001111-aaaa-2222-bbbb-3333cccc0007',
} as const;
const password = 'p&w=1 +ü';

function person(name: string, more: Partial<Person> = {}): Person {
  return { upn: `${name}@contoso.com`, objectId: randomUUID(), password, ...more };
}
const alice = person('alice', { displayName: 'Alice' });
const guest = person('guest_fabrikam.example#EXT#', { userType: 'Guest' });
const spaced = person('spaced', { password: ' with spaces ' });
const people = [
  alice,
  person('locked'),
  person('patient'),
  person('disabled', { enabled: false }),
  { upn: 'passwordless@contoso.com', objectId: randomUUID() },
  guest,
  spaced,
  person('mfa', { demands: 50076 }),
  person('blocked', { demands: 53003 }),
  person('strange', { demands: 50999 }),
  person('attacked', { answers: 50053 }),
  person('throttled', { answers: 90055 }),
];

let tls: LocalTls;
let standIns: Running;
/** Milliseconds by which the stand-ins' clock is ahead. */
let ahead = 0;

beforeAll(async () => {
  tls = await loopbackTls();
  standIns = await running(tls, {
    tenant,
    people,
    certificates: [{ name: 'nps-mfa' }, { name: 'unregistered', registered: false }],
    applications: [
      { clientId: app.good },
      { clientId: app.other },
      { clientId: app.disabled, enabled: false },
      { clientId: app.unconsented, consented: false },
      { clientId: app.assigned, assignmentRequired: true },
      { clientId: app.public, publicClient: true },
    ],
    clock: { now: () => Date.now() + ahead, monotonic: () => performance.now() + ahead },
  });
});
afterAll(() => standIns.close());
afterEach(() => {
  ahead = 0;
});

function certificate(name = 'nps-mfa', of: Running = standIns): CertificateVersion {
  const found = of.certificates.find(name, undefined);
  if (found === undefined) throw new Error(`There is no ${name}.`);
  return found;
}

const endpoint = (of: Running = standIns) => `${of.authorityHost}/${of.issuer.tenant}/oauth2/v2.0/token`;

function assertion(x: Partial<Parameters<typeof assertionOf>[0]> = {}, of: Running = standIns): string {
  return assertionOf({ by: certificate('nps-mfa', of), clientId: app.good, audience: endpoint(of), ...x });
}

type Change = Readonly<Record<string, string | undefined>>;

function formOf(change: Change = {}, of: Running = standIns): URLSearchParams {
  const clientId = change['client_id'] ?? app.good;
  const form = {
    client_id: clientId,
    grant_type: 'password',
    scope: 'openid profile',
    username: alice.upn,
    password,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertion({ clientId }, of),
    ...change,
  };
  const given = Object.entries(form).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return new URLSearchParams(given);
}

function post(
  body: URLSearchParams | string,
  x: { of?: Running; url?: string; headers?: Record<string, string> } = {},
) {
  const { of = standIns, url = endpoint(of) } = x;
  const headers = { 'content-type': 'application/x-www-form-urlencoded', ...x.headers };
  return ask(url, { ca: tls.ca, method: 'POST', headers, body: body.toString() });
}

function signIn(username: string, given: string = password) {
  return post(formOf({ username, password: given }));
}

const publicClient: Change = {
  client_id: app.public,
  client_assertion: undefined,
  client_assertion_type: undefined,
};

function decode(token: unknown): Record<string, unknown> {
  return JSON.parse(Buffer.from(String(token).split('.')[1] ?? '', 'base64url').toString('utf8'));
}

/** Counted once as this, as nothing else, and described as Entra does, without what was sent. */
async function refused(
  asking: () => ReturnType<typeof post>,
  x: { code: number; kind: keyof EntraCounts; status?: number; error?: string },
): Promise<Record<string, unknown>> {
  const before = standIns.counts().entra;
  const { status, body } = await asking();
  expect(body).toMatchObject({
    error: x.error ?? 'invalid_grant',
    error_codes: [x.code],
    error_description: expect.stringMatching(
      new RegExp(`^AADSTS${x.code}: .* Trace ID: \\S+ Correlation ID: \\S+ Timestamp: \\S+ \\S+Z$`),
    ),
    error_uri: `https://login.microsoftonline.com/error?code=${x.code}`,
  });
  expect(status).toBe(x.status ?? 400);
  expect(standIns.counts().entra).toEqual({ ...before, [x.kind]: before[x.kind] + 1 });
  expect(JSON.stringify(body)).not.toMatch(/eyJ|@contoso|p&w/);
  return { ...(body as object) };
}

describe('a right password', () => {
  test('is answered with tokens: an id token for this user, this tenant and this application', async () => {
    const before = standIns.counts().entra;
    const { status, headers, body } = await post(formOf());
    expect(status).toBe(200);
    expect(headers['cache-control']).toContain('no-store');
    const answered = body as Record<string, unknown>;
    expect(answered).toMatchObject({
      token_type: 'Bearer',
      scope: 'openid profile email',
      expires_in: 3599,
      ext_expires_in: 3599,
    });
    expect(answered).not.toHaveProperty('refresh_token');
    const claims = decode(answered['id_token']);
    expect(claims).toMatchObject({
      aud: app.good,
      iss: `${standIns.authorityHost}/${tenant}/v2.0`,
      oid: alice.objectId,
      tid: tenant,
      preferred_username: alice.upn,
      name: 'Alice',
      ver: '2.0',
    });
    expect(Number(claims['exp']) - Number(claims['iat'])).toBe(3599);
    expect(standIns.counts().entra).toEqual({ ...before, passwordRight: before.passwordRight + 1 });
  });

  test('is right whatever the case of the user’s name and of the tenant', async () => {
    const url = endpoint().replace(tenant, tenant.toUpperCase());
    const form = formOf({
      username: 'ALICE@Contoso.COM',
      client_assertion: assertion({ audience: url }),
      scope: 'openid profile offline_access',
    });
    const { status, body } = await post(form, { url });
    expect([status, body]).toMatchObject([200, { refresh_token: expect.any(String) }]);
    expect(decode((body as Record<string, unknown>)['id_token'])).toMatchObject({
      preferred_username: alice.upn,
    });
  });

  test('says without the scope profile neither the object id nor a name', async () => {
    const { body } = await post(formOf({ scope: 'openid' }));
    const claims = decode((body as Record<string, unknown>)['id_token']);
    expect(claims).toMatchObject({ aud: app.good, tid: tenant, sub: expect.any(String) });
    for (const name of ['oid', 'preferred_username', 'name']) expect(claims).not.toHaveProperty(name);
  });

  test('makes another subject for each application, and the same for each sign-in', async () => {
    const subject = async (form: URLSearchParams) => {
      const { body } = await post(form);
      return decode((body as Record<string, unknown>)['id_token'])['sub'];
    };
    const first = await subject(formOf());
    expect(await subject(formOf())).toBe(first);
    expect(await subject(formOf({ client_id: app.other }))).not.toBe(first);
  });

  test('gives tokens that nothing else takes', async () => {
    const { access_token: access, id_token: id } = (await post(formOf())).body as Record<string, string>;
    const { connectorResource, graphResource } = CLOUDS.public;
    for (const token of [access ?? '', id ?? '']) {
      for (const audience of [VAULT_AUDIENCE, connectorResource, graphResource]) {
        expect(standIns.issuer.check(token, audience)).toBeDefined();
      }
      const headers = { authorization: `Bearer ${token}` };
      const secret = `${standIns.vaultUrl}/secrets/rdg-secret/?api-version=7.6`;
      expect((await ask(secret, { ca: tls.ca, headers })).status).toBe(401);
      const user = `${standIns.graphUrl}/users/${alice.objectId}`;
      expect((await ask(user, { ca: tls.ca, headers })).status).toBe(401);
    }
    expect(standIns.issuer.check(id ?? '', app.good)).toBe('issuer-wrong');
  });

  test('is right for a public client that proves itself by nothing', async () => {
    expect((await post(formOf(publicClient))).status).toBe(200);
  });
});

describe('a user', () => {
  test.each([
    ['whose password is another', 50126, alice.upn, 'passwordWrong', 'P&w=1 +ü'],
    ['whose password is longer', 50126, alice.upn, 'passwordWrong', `${password}x`],
    ['whose password begins and ends with spaces', 50126, spaced.upn, 'passwordWrong', ' with spaces '],
    ['who is not there', 50034, 'nobody@contoso.com', 'passwordRefused', password],
    ['named without a suffix', 50034, 'alice', 'passwordRefused', password],
    ['who is disabled', 50057, 'disabled@contoso.com', 'passwordRefused', password],
    ['who is disabled, by a wrong password', 50057, 'disabled@contoso.com', 'passwordRefused', 'wrong'],
    ['who has no password', 50056, 'passwordless@contoso.com', 'passwordRefused', password],
    ['of another tenant', 50020, guest.upn, 'passwordRefused', password],
    ['who answers with a number of their own', 50053, 'attacked@contoso.com', 'passwordRefused', password],
    ['of whom MFA is demanded, by a wrong password', 50126, 'mfa@contoso.com', 'passwordWrong', 'wrong'],
    ['whom Conditional Access blocks', 53003, 'blocked@contoso.com', 'passwordRefused', password],
    ['with a number that is not known here', 50999, 'strange@contoso.com', 'passwordRefused', password],
  ] as const)('%s is refused with AADSTS%i', async (_, code, upn, kind, given) => {
    await refused(() => signIn(upn, given), { code, kind });
  });

  test('of whom MFA is demanded is told so, once the password was right', async () => {
    const body = await refused(() => signIn('mfa@contoso.com'), { code: 50076, kind: 'passwordRefused' });
    expect(body).toMatchObject({ suberror: 'basic_action', claims: expect.any(String) });
  });

  test('may be what Entra is too busy for', async () => {
    await refused(() => signIn('throttled@contoso.com'), {
      code: 90055,
      kind: 'passwordRefused',
      status: 429,
      error: 'temporarily_unavailable',
    });
  });

  test('is locked for a minute by ten different wrong passwords, whatever the password', async () => {
    const upn = 'locked@contoso.com';
    const wrong = { code: 50126, kind: 'passwordWrong' } as const;
    for (let at = 0; at < 10; at += 1) await refused(() => signIn(upn, `guess ${at}`), wrong);
    const locked = { code: 50053, kind: 'passwordRefused' } as const;
    await refused(() => signIn(upn), locked);
    ahead = 59_000;
    await refused(() => signIn(upn), locked);
    expect((await signIn(alice.upn)).status).toBe(200);
    ahead = 61_000;
    expect((await signIn(upn)).status).toBe(200);
  });

  test('is not locked by one wrong password over and over', async () => {
    const wrong = { code: 50126, kind: 'passwordWrong' } as const;
    for (let at = 0; at < 15; at += 1) await refused(() => signIn('patient@contoso.com', 'old one'), wrong);
    expect((await signIn('patient@contoso.com')).status).toBe(200);
  });

  test('of the US government’s cloud is locked by three', async () => {
    const of = await running(tls, {
      cloud: 'us-government',
      people: [alice],
      certificates: [{ name: 'nps-mfa' }],
      applications: [{ clientId: app.good }],
    });
    try {
      const codes: unknown[] = [];
      for (const given of ['one', 'two', 'three', password]) {
        const { body } = await post(formOf({ password: given }, of), { of });
        codes.push((body as Record<string, unknown>)['error_codes']);
      }
      expect(codes).toEqual([[50126], [50126], [50126], [50053]]);
    } finally {
      await of.close();
    }
  });
});

describe('an application', () => {
  const unauthorized = { error: 'unauthorized_client', kind: 'principalRefused' } as const;
  const invalidClient = { error: 'invalid_client', status: 401 } as const;

  test.each([
    ['that is not there', 700016, app.missing],
    ['that is Microsoft’s, for MFA', 700016, MFA_CLIENT],
    ['that is disabled', 7000112, app.disabled],
  ])('%s is refused with AADSTS%i', async (_, code, clientId) => {
    await refused(() => post(formOf({ client_id: clientId })), { ...unauthorized, code });
  });

  test('without consent is refused with AADSTS65001, once the password was right', async () => {
    const right = formOf({ client_id: app.unconsented });
    const body = await refused(() => post(right), { code: 65001, kind: 'passwordRefused' });
    expect(body).toMatchObject({ suberror: 'consent_required' });
    const wrong = formOf({ client_id: app.unconsented, password: 'wrong' });
    await refused(() => post(wrong), { code: 50126, kind: 'passwordWrong' });
  });

  test('that nobody is assigned to is refused with AADSTS50105, once the password was right', async () => {
    const form = formOf({ client_id: app.assigned });
    await refused(() => post(form), { code: 50105, kind: 'passwordRefused' });
  });

  test.each([
    ['an assertion', { client_id: app.public }],
    ['an assertion without its type', { client_id: app.public, client_assertion_type: undefined }],
    ['a secret', { ...publicClient, client_secret: 'x' }],
  ])('that is public is refused with AADSTS700025: %s', async (_, change: Change) => {
    await refused(() => post(formOf(change)), { ...invalidClient, code: 700025, kind: 'wrong' });
  });

  test.each([
    ['nothing', 7000218, { client_assertion: undefined }],
    ['an assertion of no type', 7000218, { client_assertion_type: undefined }],
    ['a secret', 7000215, { client_assertion: undefined, client_secret: 'x' }],
  ])('that is confidential is refused: %s, AADSTS%i', async (_, code, change: Change) => {
    await refused(() => post(formOf(change)), { ...invalidClient, code, kind: 'wrong' });
  });

  test.each<readonly [string, number, () => string]>([
    ['of the other client', 700021, () => assertion({ clientId: app.other })],
    ['of the MFA client', 700021, () => assertion({ clientId: MFA_CLIENT })],
    ['by a certificate that is not registered', 700027, () => assertion({ by: certificate('unregistered') })],
    ['for another tenant', 700023, () => assertion({ audience: endpoint().replace(tenant, app.good) })],
    ['that has expired', 700024, () => assertion({ claims: { exp: Math.floor(Date.now() / 1000) - 1 } })],
  ])('is refused by an assertion %s, AADSTS%i, and the password is not looked at', async (_, code, make) => {
    for (const given of [password, 'wrong']) {
      const form = formOf({ client_assertion: make(), password: given });
      await refused(() => post(form), { ...invalidClient, code, kind: 'assertionRefused' });
    }
  });

  test('gets no token for itself', async () => {
    const form = formOf({
      grant_type: 'client_credentials',
      scope: `${CLOUDS.public.connectorResource}/.default`,
    });
    await refused(() => post(form), { ...unauthorized, code: 700016 });
  });
});

describe('a form', () => {
  const wrong = { error: 'invalid_request', kind: 'wrong' } as const;

  test.each(['client_id', 'grant_type', 'scope', 'username', 'password'])(
    'without %s, or with it empty, is refused with AADSTS900144 that names it',
    async (name) => {
      for (const value of [undefined, '']) {
        const body = await refused(() => post(formOf({ [name]: value })), { ...wrong, code: 900144 });
        expect(body['error_description']).toContain(`[Reason - ${name}]`);
      }
    },
  );

  test.each(['profile', 'OpenID', 'openid https://graph.microsoft.com/.default', 'openid,profile'])(
    'with the scope %j is refused with AADSTS70011',
    async (scope) => {
      await refused(() => post(formOf({ scope })), { ...wrong, code: 70011, error: 'invalid_scope' });
    },
  );

  test.each(['username', 'password', 'client_id', 'client_assertion'])(
    'that names %s twice is refused, even with the same value',
    async (name) => {
      const twice = formOf();
      twice.append(name, twice.get(name) ?? '');
      await refused(() => post(twice), { ...wrong, code: 9002313 });
    },
  );

  test('for no tenant, or for another one, is refused', async () => {
    for (const [path, code] of [
      ['common', 9001023],
      ['Consumers', 9001023],
      [app.good, 90002],
    ] as const) {
      const url = endpoint().replace(tenant, path);
      await refused(() => post(formOf(), { url }), { ...wrong, code });
    }
  });
});

describe('a client-request-id', () => {
  const id = 'AAAA0000-bb11-2222-33cc-444444dddddd';
  const headers = { 'client-request-id': id };

  test('is the correlation id of a refusal, scripted ones too, and is remembered', async () => {
    const expected = {
      correlation_id: id,
      error_description: expect.stringContaining(`Correlation ID: ${id} `),
    };
    const wrong = await post(formOf({ password: 'wrong' }), { headers });
    expect(wrong.body).toMatchObject(expected);
    await standIns.script('entra', { state: 'failing', status: 503, times: 1 });
    expect((await post(formOf(), { headers })).body).toMatchObject(expected);
    expect(standIns.entra.requestIds().slice(-2)).toEqual([id, id]);
  });

  test('that is no GUID, or is missing, is replaced by a random one', async () => {
    const correlation = async (given: Record<string, string>) => {
      const { body } = await post(formOf({ password: 'wrong' }), { headers: given });
      return (body as Record<string, string>)['correlation_id'];
    };
    const guid = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/;
    expect(await correlation({ 'client-request-id': 'mine' })).toMatch(guid);
    const kept = standIns.entra.requestIds().length;
    expect(await correlation({})).toMatch(guid);
    expect(standIns.entra.requestIds()).toHaveLength(kept);
  });

  test('is forgotten after a hundred more', async () => {
    const first = randomUUID();
    await post('', { headers: { 'client-request-id': first } });
    for (let at = 0; at < 100; at += 1) await post('', { headers: { 'client-request-id': `call ${at}` } });
    const kept = standIns.entra.requestIds();
    expect(kept).toHaveLength(100);
    expect([kept[0], kept[99]]).toEqual(['call 0', 'call 99']);
  });
});

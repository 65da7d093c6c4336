import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CLOUDS } from '../../../functions/entra/clouds.ts';
import { VAULT_AUDIENCE } from '../../../local/stand-ins/tokens.ts';
import { ask } from './ask.ts';
import { loopbackTls, running } from './running.ts';

type Running = Awaited<ReturnType<typeof running>>;
let userAssigned: Running;
let systemAssigned: Running;

beforeAll(async () => {
  const tls = await loopbackTls();
  userAssigned = await running(tls);
  systemAssigned = await running(tls, { systemAssigned: true });
});
afterAll(() => Promise.all([userAssigned.close(), systemAssigned.close()]));

const known = { 'api-version': '2019-08-01', resource: VAULT_AUDIENCE };

function get(of: Running, query: Record<string, string>, headers?: Record<string, string>, method = 'GET') {
  const url = `${of.identityEndpoint}?${new URLSearchParams(query)}`;
  return ask(url, { method, headers: headers ?? { 'x-identity-header': of.identityHeader } });
}

describe('the managed identity endpoint', () => {
  test('gives a token that the vault takes', async () => {
    const before = Math.floor(Date.now() / 1000);
    const { status, body } = await get(systemAssigned, known);
    expect(status).toBe(200);
    const given = body as Record<string, string>;
    expect(given).toMatchObject({ resource: VAULT_AUDIENCE, token_type: 'Bearer' });
    expect(systemAssigned.issuer.check(given['access_token'] ?? '', VAULT_AUDIENCE)).toBeUndefined();
    expect(given['expires_on']).toMatch(/^\d+$/);
    expect(Number(given['expires_on'])).toBeGreaterThanOrEqual(before + 86_400);
    // Another tenant's vault does not.
    expect(userAssigned.issuer.check(given['access_token'] ?? '', VAULT_AUDIENCE)).toBe('signature-wrong');
  });

  test('gives a token for Graph, which the vault does not take, of the cloud that it is in', async () => {
    const { graphResource } = CLOUDS.public;
    const { status, body } = await get(systemAssigned, { ...known, resource: graphResource });
    const { access_token: token = '' } = body as Record<string, string>;
    expect([status, body]).toMatchObject([200, { resource: graphResource }]);
    expect(systemAssigned.issuer.check(token, graphResource)).toBeUndefined();
    expect(systemAssigned.issuer.check(token, VAULT_AUDIENCE)).toBe('audience-wrong');
    const elsewhere = { ...known, resource: CLOUDS.china.graphResource };
    expect((await get(systemAssigned, elsewhere)).status).toBe(400);
  });

  test.each([
    ['no header', {}],
    ['an empty header', { 'x-identity-header': '' }],
    ['a wrong header', { 'x-identity-header': '00000000-0000-0000-0000-000000000000' }],
    ['the older header', { secret: 'x' }],
  ])('answers 401: %s', async (_, headers: Record<string, string>) => {
    const { issued, refused } = systemAssigned.counts().managedIdentity;
    expect((await get(systemAssigned, known, headers)).status).toBe(401);
    expect(systemAssigned.counts().managedIdentity).toMatchObject({ issued, refused: refused + 1 });
  });

  test.each([
    ['no api-version', { resource: VAULT_AUDIENCE }],
    ['the older api-version', { ...known, 'api-version': '2017-09-01' }],
    ['no resource', { 'api-version': '2019-08-01' }],
    ['an unknown resource', { ...known, resource: 'https://vault.example' }],
    ['a scope for a resource', { ...known, resource: `${VAULT_AUDIENCE}/.default` }],
    ['a client id where there is none', { ...known, client_id: '11111111-2222-3333-4444-555555555555' }],
  ])('answers 400: %s', async (_, query: Record<string, string>) => {
    expect((await get(systemAssigned, query)).status).toBe(400);
  });

  test('gives a user-assigned identity’s token to who names it', async () => {
    const named = await get(userAssigned, { ...known, client_id: userAssigned.clientId });
    expect(named.body).toMatchObject({ client_id: userAssigned.clientId });
    expect((await get(userAssigned, known)).status).toBe(400);
    const other = { ...known, client_id: '11111111-2222-3333-4444-555555555555' };
    expect((await get(userAssigned, other)).status).toBe(400);
  });

  test('knows one path and one method', async () => {
    const elsewhere = userAssigned.identityEndpoint.replace('/msi/token', '/msi/tokens');
    const headers = { 'x-identity-header': userAssigned.identityHeader };
    expect((await ask(elsewhere, { headers })).status).toBe(404);
    expect((await get(userAssigned, known, undefined, 'POST')).status).toBe(405);
  });

  test('plays its own script', async () => {
    await systemAssigned.script('managedIdentity', { state: 'failing', status: 500, times: 1 });
    expect((await get(systemAssigned, known)).status).toBe(500);
    await systemAssigned.script('managedIdentity', { state: 'throttled', retryAfter: 3, times: 1 });
    const { status, headers } = await get(systemAssigned, known);
    expect([status, headers['retry-after']]).toEqual([429, '3']);
    await systemAssigned.script('managedIdentity', { state: 'resetting', times: 1 });
    await expect(get(systemAssigned, known)).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect((await get(systemAssigned, known)).status).toBe(200);
  });
});

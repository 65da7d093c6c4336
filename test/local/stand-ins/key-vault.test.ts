import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { tokenIssuer, VAULT_AUDIENCE } from '../../../local/stand-ins/tokens.ts';
import type { LocalTls } from '../../../local/tls.ts';
import { systemClock } from '../../../relay-call/clock.ts';
import { ask } from './ask.ts';
import { loopbackTls, running } from './running.ts';

let tls: LocalTls;
let standIns: Awaited<ReturnType<typeof running>>;

beforeAll(async () => {
  tls = await loopbackTls();
  standIns = await running(tls, {
    secrets: {
      'rdg-secret': 'correct horse',
      off: { value: 'never shown', enabled: false },
      old: { value: 'past', expires: Date.UTC(2020, 0, 1), notBefore: Date.UTC(2019, 0, 1) },
    },
  });
});
afterAll(() => standIns.close());

function token(x: { audience?: string; lifetime?: number } = {}): string {
  const { audience = VAULT_AUDIENCE, lifetime = 60 } = x;
  return standIns.issuer.issue({ audience, appId: 'app', lifetime }).token;
}

function get(path: string, x: { authorization?: string; method?: string; body?: string } = {}) {
  const { authorization = `Bearer ${token()}`, ...rest } = x;
  const headers = authorization === '' ? {} : { authorization };
  return ask(`${standIns.vaultUrl}${path}`, { ca: tls.ca, headers, ...rest });
}

const version = 'api%2Dversion=2025-07-01';

describe('authentication', () => {
  test.each(['/secrets/rdg-secret/?api-version=7.4', '/', '/nothing', '/secrets/absent'])(
    'a request without a token is challenged, whatever it asks: %s',
    async (path) => {
      const before = standIns.counts().keyVault.challenged;
      const { status, headers, body } = await get(path, { authorization: '' });
      expect(status).toBe(401);
      expect(headers['www-authenticate']).toBe(
        `Bearer authorization="https://login.microsoftonline.com/${standIns.issuer.tenant}", resource="https://vault.azure.net"`,
      );
      expect(body).toMatchObject({
        error: { code: 'Unauthorized', message: expect.stringMatching(/^AKV10000/) },
      });
      expect(standIns.counts().keyVault.challenged).toBe(before + 1);
    },
  );

  test.each([
    ['another audience', () => `Bearer ${token({ audience: 'https://graph.microsoft.com' })}`],
    ['an expired token', () => `Bearer ${token({ lifetime: -1 })}`],
    ['a token of nobody', () => 'Bearer e30.e30.e30'],
    ['no token at all', () => 'Bearer not-a-token'],
    ['a changed signature', () => `Bearer ${token().slice(0, -6)}AAAAAA`],
    ['a changed claim', () => `Bearer ${token().replace(/\.[^.]+\./, '.e30.')}`],
    ['a token without signature', () => `Bearer ${token().replace(/[^.]+$/, '')}`],
    [
      'a token of another issuer',
      () => {
        const other = tokenIssuer(systemClock);
        return `Bearer ${other.issue({ audience: VAULT_AUDIENCE, appId: 'app', lifetime: 60 }).token}`;
      },
    ],
  ])('%s is refused with a challenge', async (_, authorization) => {
    const before = standIns.counts().keyVault;
    const { status, headers, body } = await get(`/secrets/rdg-secret/?${version}`, {
      authorization: authorization(),
    });
    expect(status).toBe(401);
    expect(headers['www-authenticate']).toContain('Bearer authorization=');
    expect(JSON.stringify(body)).not.toContain('correct horse');
    const { unauthorized, read } = standIns.counts().keyVault;
    expect([unauthorized, read]).toEqual([before.unauthorized + 1, before.read]);
  });
});

describe('a secret', () => {
  test.each([
    `/secrets/rdg-secret/?${version}`,
    `/secrets/rdg-secret?${version}`,
    '/secrets/rdg-secret/?api-version=7.6',
    '/secrets/RDG-Secret/?api-version=2026-04-01',
  ])('is given at %s', async (path) => {
    const { status, body } = await get(path);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      value: 'correct horse',
      id: expect.stringMatching(/^https:\/\/127\.0\.0\.1:\d+\/secrets\/rdg-secret\/[0-9a-f]{32}$/),
      attributes: { enabled: true, created: expect.any(Number), recoveryLevel: 'Recoverable' },
    });
  });

  test('has versions: the newest without one, each under its own', async () => {
    standIns.setSecret('rotating', 'first');
    const first = (await get(`/secrets/rotating/?${version}`)).body as { id: string };
    standIns.setSecret('rotating', 'second');
    expect((await get(`/secrets/rotating/?${version}`)).body).toMatchObject({ value: 'second' });
    const earlier = await get(`${new URL(first.id).pathname}?${version}`);
    expect(earlier.body).toMatchObject({ value: 'first', id: first.id });
    expect((await get(`/secrets/rotating/${'0'.repeat(32)}?${version}`)).status).toBe(404);
    standIns.setSecret('rotating', undefined);
    expect((await get(`/secrets/rotating/?${version}`)).status).toBe(404);
  });

  test('that is absent is SecretNotFound', async () => {
    const { status, body } = await get(`/secrets/absent/?${version}`);
    expect(status).toBe(404);
    expect(body).toMatchObject({ error: { code: 'SecretNotFound' } });
  });

  test('that is disabled is Forbidden, without its value', async () => {
    const { status, body } = await get(`/secrets/off/?${version}`);
    expect(status).toBe(403);
    expect(body).toMatchObject({ error: { code: 'Forbidden', innererror: { code: 'SecretDisabled' } } });
    expect(JSON.stringify(body)).not.toContain('never shown');
  });

  test('outside its dates is given with them, as by the real vault', async () => {
    const { status, body } = await get(`/secrets/old/?${version}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({ attributes: { exp: 1577836800, nbf: 1546300800 } });
  });
});

describe('a wrong request', () => {
  test.each([
    [400, '/secrets/rdg-secret/'],
    [400, '/secrets/rdg-secret/?api-version=2016-10-01'],
    [400, '/secrets/rdg-secret/?api-version='],
    [404, `/?${version}`],
    [404, `/secrets?${version}`],
    [404, `/keys/rdg-secret?${version}`],
    [404, `/secrets/rdg-secret/1/2?${version}`],
    [400, `/secrets/%ff?${version}`],
  ])('is %i: %s', async (status, path) => {
    expect((await get(path)).status).toBe(status);
  });

  test.each(['POST', 'PUT', 'PATCH', 'DELETE'])('is 405: %s', async (method) => {
    const { status, headers } = await get(`/secrets/rdg-secret/?${version}`, {
      method,
      body: '{"value":"x"}',
    });
    expect([status, headers.allow]).toEqual([405, 'GET']);
    expect((await get(`/secrets/rdg-secret/?${version}`)).body).toMatchObject({ value: 'correct horse' });
  });
});

describe('a script', () => {
  const path = `/secrets/rdg-secret/?${version}`;

  test('throttles and fails for as many calls as it says', async () => {
    await standIns.script('keyVault', { state: 'throttled', retryAfter: 7, times: 2 });
    for (let n = 0; n < 2; n += 1) {
      const { status, headers, body } = await get(path);
      expect([status, headers['retry-after']]).toEqual([429, '7']);
      expect(body).toMatchObject({ error: { code: 'Throttled' } });
    }
    expect((await get(path)).status).toBe(200);
    await standIns.script('keyVault', { state: 'failing', status: 500, times: 1 });
    expect([(await get(path)).status, (await get(path)).status]).toEqual([500, 200]);
    await standIns.script('keyVault', { state: 'failing', status: 403 });
    expect((await get(path)).body).toMatchObject({ error: { innererror: { code: 'ForbiddenByRbac' } } });
    await standIns.script('keyVault', { state: 'well' });
    expect((await get(path)).status).toBe(200);
  });

  test('is met only by those who have authenticated', async () => {
    await standIns.script('keyVault', { state: 'failing', status: 500, times: 1 });
    expect((await get(path, { authorization: '' })).status).toBe(401);
    expect((await get(path)).status).toBe(500);
  });

  test('breaks connections off', async () => {
    await standIns.script('keyVault', { state: 'resetting', times: 1 });
    await expect(get(path)).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect((await get(path)).status).toBe(200);
  });

  test('refuses connections and accepts them again at the same address', async () => {
    await standIns.script('keyVault', { state: 'refusing' });
    await expect(get(path)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await standIns.script('keyVault', { state: 'well' });
    expect((await get(path)).status).toBe(200);
  });

  test('holds an answer back until the next script', async () => {
    await standIns.script('keyVault', { state: 'hanging' });
    const { read } = standIns.counts().keyVault;
    const pending = get(path);
    expect((await get(path, { authorization: '' })).status).toBe(401);
    expect(standIns.counts().keyVault.read).toBe(read);
    await standIns.script('keyVault', { state: 'well' });
    expect((await pending).status).toBe(200);
  });

  test('slows an answer down', async () => {
    await standIns.script('keyVault', { state: 'slow', delay: 20, times: 1 });
    const began = performance.now();
    expect((await get(path)).status).toBe(200);
    expect(performance.now() - began).toBeGreaterThanOrEqual(19);
  });
});

test('a port that is taken is told', async () => {
  const keyVault = Number(new URL(standIns.vaultUrl).port);
  await expect(running(tls, { ports: { keyVault } })).rejects.toMatchObject({ code: 'EADDRINUSE' });
});

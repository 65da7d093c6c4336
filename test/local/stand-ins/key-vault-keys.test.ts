import { constants, createHash, createPublicKey, verify, X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { VAULT_AUDIENCE } from '../../../local/stand-ins/tokens.ts';
import type { LocalTls } from '../../../local/tls.ts';
import { ask } from './ask.ts';
import { loopbackTls, running } from './running.ts';

const versions = { old: '0'.repeat(32), off: '1'.repeat(32), late: '2'.repeat(32), early: '3'.repeat(32) };
const tenant = '11111111-2222-3333-4444-555555555555';
const [past, future] = [Date.UTC(2020, 0, 1), Date.UTC(2040, 0, 1)];
let tls: LocalTls;
let standIns: Awaited<ReturnType<typeof running>>;

beforeAll(async () => {
  tls = await loopbackTls();
  standIns = await running(tls, {
    tenant,
    certificates: [
      { name: 'odd', version: versions.off, enabled: false },
      { name: 'odd', version: versions.late, notBefore: past - 1, expires: past },
      { name: 'odd', version: versions.early, notBefore: future, expires: future + 86_400_000 },
      { name: 'odd', version: versions.old, operations: ['verify'] },
      { name: 'nps-mfa', version: versions.old },
      { name: 'nps-mfa', version: versions.late },
    ],
  });
});
afterAll(() => standIns.close());

const query = 'api%2Dversion=2025-07-01';

function call(
  path: string,
  x: { authorization?: string; method?: string; body?: unknown; type?: string } = {},
) {
  const { method = 'GET', body, type = 'application/json' } = x;
  const { token } = standIns.issuer.issue({ audience: VAULT_AUDIENCE, appId: 'app', lifetime: 60 });
  return ask(`${standIns.vaultUrl}${path}?${query}`, {
    ca: tls.ca,
    method,
    headers: {
      authorization: x.authorization ?? `Bearer ${token}`,
      ...(body !== undefined && { 'content-type': type }),
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
}

const digest = createHash('sha256').update('data').digest();
const good = { alg: 'PS256', value: digest.toString('base64url') };

function sign(body: unknown = good, x: { name?: string; version?: string; type?: string } = {}) {
  const { name = 'nps-mfa', version = versions.old, ...others } = x;
  return call(`/keys/${name}/${version}/sign`, { method: 'POST', body, ...others });
}

describe('a certificate', () => {
  test('is read with its versioned ids and without its private key', async () => {
    const { status, body } = await call(`/certificates/nps-mfa/${versions.old}`);
    expect(status).toBe(200);
    const { cer } = body as { cer: string };
    const der = Buffer.from(cer, 'base64');
    const certificate = new X509Certificate(der);
    const seconds = (date: Date) => date.getTime() / 1000;
    expect(body).toMatchObject({
      id: `${standIns.vaultUrl}/certificates/nps-mfa/${versions.old}`,
      kid: `${standIns.vaultUrl}/keys/nps-mfa/${versions.old}`,
      sid: `${standIns.vaultUrl}/secrets/nps-mfa/${versions.old}`,
      x5t: createHash('sha1').update(der).digest('base64url'),
      attributes: {
        enabled: true,
        nbf: seconds(certificate.validFromDate),
        exp: seconds(certificate.validToDate),
      },
    });
    expect(certificate.subject).toContain(tenant);
    expect(body).not.toHaveProperty('policy');
  });

  test('without a version is the newest, with its policy', async () => {
    const { body } = await call('/certificates/NPS-MFA/');
    expect(body).toMatchObject({
      kid: `${standIns.vaultUrl}/keys/nps-mfa/${versions.late}`,
      policy: { key_props: { exportable: false, kty: 'RSA' } },
    });
  });

  test('is read although it is disabled, which it says', async () => {
    const { status, body } = await call(`/certificates/odd/${versions.off}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({ attributes: { enabled: false } });
  });

  test.each(['/certificates/absent/', `/certificates/nps-mfa/${'f'.repeat(32)}`])(
    'that is missing is 404: %s',
    async (path) => {
      const { missing } = standIns.counts().keyVault;
      const { status, body } = await call(path);
      expect(status).toBe(404);
      expect(body).toMatchObject({ error: { code: 'CertificateNotFound' } });
      expect(standIns.counts().keyVault.missing).toBe(missing + 1);
    },
  );

  test('is read only, and nothing is below it', async () => {
    const { status, headers } = await call('/certificates/nps-mfa/', { method: 'DELETE' });
    expect([status, headers.allow]).toEqual([405, 'GET']);
    expect((await call(`/certificates/nps-mfa/${versions.old}/sign`)).status).toBe(404);
  });
});

describe('a key', () => {
  test('is read as the certificate’s public one', async () => {
    const { status, body } = await call(`/keys/nps-mfa/${versions.old}`);
    expect(status).toBe(200);
    const { key, managed } = body as {
      key: { kid: string; kty: string; n: string; e: string };
      managed: true;
    };
    expect(managed).toBe(true);
    expect(key.kid).toBe(`${standIns.vaultUrl}/keys/nps-mfa/${versions.old}`);
    expect(Object.keys(key).sort()).toEqual(['e', 'key_ops', 'kid', 'kty', 'n']);
    const known = standIns.certificates.find('nps-mfa', versions.old);
    expect(createPublicKey({ key, format: 'jwk' }).equals(known?.publicKey ?? createPublicKey(tls.key))).toBe(
      true,
    );
  });

  test('signs a digest with PS256 and RS256', async () => {
    const { publicKey: key } = new X509Certificate(
      standIns.certificates.find('nps-mfa', versions.old)?.der ?? '',
    );
    const { signed } = standIns.counts().keyVault;
    const padding = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
    const answers = { PS256: await sign(), RS256: await sign({ ...good, alg: 'RS256' }) };
    for (const { status, body } of Object.values(answers)) {
      expect(status).toBe(200);
      expect(body).toMatchObject({ kid: `${standIns.vaultUrl}/keys/nps-mfa/${versions.old}` });
    }
    const signature = ({ body }: { body: unknown }) =>
      Buffer.from((body as { value: string }).value, 'base64url');
    const data = Buffer.from('data');
    expect(verify('sha256', data, { key, ...padding }, signature(answers.PS256))).toBe(true);
    expect(verify('sha256', data, key, signature(answers.RS256))).toBe(true);
    expect(standIns.counts().keyVault.signed).toBe(signed + 2);
  });

  test('has no private part to read, and no path without its version to sign', async () => {
    expect((await call(`/secrets/nps-mfa/${versions.old}`)).status).toBe(404);
    expect((await sign(good, { version: '' })).status).toBe(404);
    expect((await call('/keys/nps-mfa/sign', { method: 'POST', body: good })).status).toBe(405);
    expect((await call(`/keys/nps-mfa/${versions.old}/decrypt`, { method: 'POST', body: good })).status).toBe(
      404,
    );
  });

  test.each([
    [403, 'KeyDisabled', 'disabled', versions.off],
    [403, 'KeyExpired', 'outdated', versions.late],
    [403, 'KeyNotYetValid', 'outdated', versions.early],
    [403, 'KeyOperationForbidden', 'wrong', versions.old],
  ] as const)('that cannot be used is %i %s', async (expected, inner, kind, version) => {
    const before = standIns.counts().keyVault[kind];
    expect((await call(`/keys/odd/${version}`)).status).toBe(200);
    const { status, body } = await sign(good, { name: 'odd', version });
    expect(status).toBe(expected);
    expect(body).toMatchObject({ error: { code: 'Forbidden', innererror: { code: inner } } });
    expect(standIns.counts().keyVault[kind]).toBe(before + 1);
  });

  test('that is missing is 404', async () => {
    expect((await call('/keys/absent/')).body).toMatchObject({ error: { code: 'KeyNotFound' } });
    expect((await sign(good, { name: 'absent' })).body).toMatchObject({ error: { code: 'KeyNotFound' } });
  });

  test.each([
    ['no JSON', '{'],
    ['no object', 'null'],
    ['no algorithm', { value: good.value }],
    ['another algorithm', { ...good, alg: 'HS256' }],
    ['no value', { alg: 'PS256' }],
    ['a value that is no text', { alg: 'PS256', value: 7 }],
    [
      'the data instead of its digest',
      { ...good, value: Buffer.from('longer than 32 octets, as a JWT is').toString('base64url') },
    ],
    ['a digest of SHA-1', { ...good, value: Buffer.alloc(20).toString('base64url') }],
    ['standard base64 with padding', { ...good, value: digest.toString('base64') }],
    ['padding', { ...good, value: `${good.value}=` }],
    ['white space', { ...good, value: ` ${good.value}` }],
  ])('signs nothing for %s', async (_, body) => {
    const { signed } = standIns.counts().keyVault;
    const answer = await sign(body);
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ error: { code: 'BadParameter' } });
    expect(standIns.counts().keyVault.signed).toBe(signed);
  });

  test('signs nothing for another content type, method or caller', async () => {
    expect((await sign(good, { type: 'text/plain' })).status).toBe(415);
    const path = `/keys/nps-mfa/${versions.old}/sign`;
    const { status, headers } = await call(path);
    expect([status, headers.allow]).toEqual([405, 'POST']);
    const unauthenticated = await call(path, { method: 'POST', body: good, authorization: '' });
    expect(unauthenticated.status).toBe(401);
    expect(unauthenticated.headers['www-authenticate']).toContain(`/${tenant}"`);
  });
});

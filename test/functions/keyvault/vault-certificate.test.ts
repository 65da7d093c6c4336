import { X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { vaultCertificates } from '../../../functions/keyvault/vault-certificate.ts';
import type { CertificateVersion } from '../../../local/stand-ins/certificates.ts';
import { accessTo, coded, odd, startVault } from './vault-rig.ts';

// The SDKs are real, so they take their time to load.
const timeout = 30_000;
const old = 'a'.repeat(32);
const newest = 'b'.repeat(32);
let rig: Awaited<ReturnType<typeof startVault>>;

beforeAll(async () => {
  const name = 'nps-mfa';
  const certificates = [
    { name, version: old },
    { name, version: newest },
    { name: 'off', enabled: true },
    { name: 'off', enabled: false },
  ];
  rig = await startVault({ certificates });
});
afterAll(() => rig.standIns.close());
beforeEach(async () => {
  await rig.standIns.script('keyVault', { state: 'well' });
  rig.mark();
});

function held(version: string): CertificateVersion {
  const found = rig.standIns.certificates.find('nps-mfa', version);
  if (found === undefined) throw new Error('The certificate is not there.');
  return found;
}

const fetcher = () => vaultCertificates(accessTo(rig.standIns));

describe('a read of a certificate', { timeout }, () => {
  test('gives the newest version with its key and dates, in one call after the challenge', async () => {
    const fetch = fetcher();
    const certificate = await fetch({ name: 'nps-mfa' });
    const { der, notBefore, expires } = held(newest);
    const keyId = `${rig.standIns.vaultUrl}/keys/nps-mfa/${newest}`;
    expect(certificate).toEqual({ name: 'nps-mfa', version: newest, keyId, der, notBefore, expires });
    expect(new X509Certificate(certificate.der).subject).toContain('Microsoft NPS Extension');
    expect(rig.counted()).toEqual({ challenged: 1, certificateRead: 1 });
    await fetch({ name: 'nps-mfa' });
    expect(rig.counted()).toEqual({ challenged: 1, certificateRead: 2 });
  });

  test('gives the version that is pinned', async () => {
    const certificate = await fetcher()({ name: 'nps-mfa', version: old });
    expect(certificate).toMatchObject({ version: old, keyId: expect.stringContaining(old) });
    expect(certificate.der).toEqual(held(old).der);
  });

  test('certificate-missing: no such name, no such version', async () => {
    const fetch = fetcher();
    await expect(fetch({ name: 'absent' })).rejects.toThrow(coded('certificate-missing'));
    await expect(fetch({ name: 'nps-mfa', version: 'c'.repeat(32) })).rejects.toThrow(
      coded('certificate-missing'),
    );
  });

  test.each([
    { name: '' },
    { name: '../secrets/x' },
    { name: 'a/b' },
    { name: 'nps-mfa', version: '' },
    { name: 'nps-mfa', version: 'policy' },
    { name: 'nps-mfa', version: `${old}/x` },
  ])('certificate-missing: %j names none, and is not sent', async (wanted) => {
    await expect(fetcher()(wanted)).rejects.toThrow(coded('certificate-missing'));
    expect(rig.counted()).toEqual({});
  });

  test('certificate-disabled: the newest is not passed over for an older one', async () => {
    await expect(fetcher()({ name: 'off' })).rejects.toThrow(coded('certificate-disabled'));
  });

  test('vault-refused, vault-throttled, vault-unreachable', async () => {
    const fetch = fetcher();
    await rig.standIns.script('keyVault', { state: 'failing', status: 403 });
    await expect(fetch({ name: 'nps-mfa' })).rejects.toThrow(
      coded('vault-refused', '403 Forbidden ForbiddenByRbac'),
    );
    await rig.standIns.script('keyVault', { state: 'throttled', retryAfter: 0 });
    await expect(fetch({ name: 'nps-mfa' })).rejects.toThrow(coded('vault-throttled'));
    await rig.standIns.script('keyVault', { state: 'refusing' });
    await expect(fetch({ name: 'nps-mfa' })).rejects.toThrow(coded('vault-unreachable', 'ECONNREFUSED'));
    await rig.standIns.script('keyVault', { state: 'hanging' });
    const impatient = vaultCertificates(accessTo(rig.standIns, { patience: 100 }));
    await expect(impatient({ name: 'nps-mfa' })).rejects.toThrow(coded('vault-unreachable', ''));
  });

  test('identity-unavailable', async () => {
    const error = Object.assign(new Error('none'), { name: 'CredentialUnavailableError' });
    const credential = { getToken: () => Promise.reject(error) };
    const fetch = vaultCertificates(accessTo(rig.standIns, { credential }));
    await expect(fetch({ name: 'nps-mfa' })).rejects.toThrow(coded('identity-unavailable'));
  });
});

describe('a vault that answers oddly', { timeout }, () => {
  const cutShort =
    'MIIBKDCB0KADAgECAgEBMAoGCCqGSM49BAMCMA0xCzAJBgNVBAMMAmVjMB4XDTI2MDEwMTAwMDAwMFoXDTM2MDEwMTAwMDAwMFowDTELMAkGA1UEAwwCZWM=';

  async function answered(change: (url: string) => Record<string, unknown>, status = 200) {
    const server = await odd(rig.tls, (_call, url) => ({
      status,
      body: {
        id: `${url}/certificates/nps-mfa/${newest}`,
        kid: `${url}/keys/nps-mfa/${newest}`,
        cer: held(newest).der.toString('base64'),
        attributes: { enabled: true },
        ...change(url),
      },
    }));
    try {
      const fetch = vaultCertificates(accessTo(rig.standIns, { vaultUrl: server.url }));
      return { url: server.url, certificate: await fetch({ name: 'nps-mfa' }) };
    } finally {
      await server.close();
    }
  }

  test.each([
    ['no version', (url: string) => `${url}/keys/nps-mfa`],
    ['an empty version', (url: string) => `${url}/keys/nps-mfa/`],
    ['a version of another form', (url: string) => `${url}/keys/nps-mfa/newest`],
    ['a secret', (url: string) => `${url}/secrets/nps-mfa/${newest}`],
    ['nothing', () => undefined],
    ['http', () => `http://127.0.0.1/keys/nps-mfa/${newest}`],
  ])('certificate-key-wrong: its key id names %s', async (_what, kid) => {
    await expect(answered((url) => ({ kid: kid(url) }))).rejects.toThrow(coded('certificate-key-wrong'));
  });

  test('another vault’s key id becomes one of our own vault', async () => {
    const { url, certificate } = await answered(() => ({
      kid: `https://elsewhere.example/keys/nps-mfa/${newest}`,
    }));
    expect(certificate.keyId).toBe(`${url}/keys/nps-mfa/${newest}`);
  });

  test.each([undefined, '', 'AAAA', cutShort])('certificate-unreadable: %j', async (cer) => {
    await expect(answered(() => ({ cer }))).rejects.toThrow(coded('certificate-unreadable'));
  });

  test('certificate-not-rsa', async () => {
    const cer = new X509Certificate(rig.tls.cert).raw.toString('base64');
    await expect(answered(() => ({ cer }))).rejects.toThrow(coded('certificate-not-rsa'));
  });

  test.each(['CertificateDisabled', 'KeyDisabled'])('certificate-disabled: 403 %s', async (inner) => {
    const error = { code: 'Forbidden', message: 'No.', innererror: { code: inner } };
    await expect(answered(() => ({ error }), 403)).rejects.toThrow(coded('certificate-disabled'));
  });

  test('certificate-expired: 403 CertificateExpired', async () => {
    const error = { code: 'Forbidden', message: 'No.', innererror: { code: 'CertificateExpired' } };
    await expect(answered(() => ({ error }), 403)).rejects.toThrow(coded('certificate-expired'));
  });
});

test('challenge-check-needed: refused when it is made', () => {
  const access = accessTo(rig.standIns, { vaultUrl: 'https://corp.vault.azure.net' });
  expect(() => vaultCertificates(access)).toThrow(coded('challenge-check-needed'));
});

import { constants, createHash, randomBytes, verify } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { VaultUnreachable } from '../../../functions/keyvault/faults.ts';
import { type SignDigest, vaultSign } from '../../../functions/keyvault/sign.ts';
import { accessTo, coded, odd, startVault } from './vault-rig.ts';

// The SDKs are real, so they take their time to load.
const timeout = 30_000;
const version = 'a'.repeat(32);
const text = Buffer.from('header.claims');
const digest = createHash('sha256').update(text).digest();
let rig: Awaited<ReturnType<typeof startVault>>;

beforeAll(async () => {
  const day = 86_400_000;
  const certificates = [
    { name: 'nps-mfa', version },
    { name: 'off', version, enabled: false },
    { name: 'over', version, notBefore: Date.now() - 2 * day, expires: Date.now() - day },
    { name: 'early', version, notBefore: Date.now() + day, expires: Date.now() + 2 * day },
    { name: 'verifier', version, operations: ['verify'] },
  ];
  rig = await startVault({ certificates });
});
afterAll(() => rig.standIns.close());
beforeEach(async () => {
  await rig.standIns.script('keyVault', { state: 'well' });
  rig.mark();
});

const signer = (x: Parameters<typeof accessTo>[1] = {}) => vaultSign(accessTo(rig.standIns, x));
const keyIdOf = (name: string) => `${rig.standIns.vaultUrl}/keys/${name}/${version}`;
const signs = (sign: SignDigest, name = 'nps-mfa', signal?: AbortSignal) =>
  sign({ keyId: keyIdOf(name), algorithm: 'PS256', digest }, signal);

function verified(signature: Buffer, padding: { padding: number; saltLength?: number }): boolean {
  const key = rig.standIns.certificates.find('nps-mfa', version)?.publicKey;
  return key !== undefined && verify('sha256', text, { key, ...padding }, signature);
}

describe('a signature of the vault', { timeout }, () => {
  test('PS256 with a salt of 32 octets, RS256: verified by the certificate', async () => {
    const sign = signer();
    const ps = await sign({ keyId: keyIdOf('nps-mfa'), algorithm: 'PS256', digest });
    expect(verified(ps, { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 })).toBe(true);
    expect(verified(ps, { padding: constants.RSA_PKCS1_PADDING })).toBe(false);
    const rs = await sign({ keyId: keyIdOf('nps-mfa'), algorithm: 'RS256', digest });
    expect(verified(rs, { padding: constants.RSA_PKCS1_PADDING })).toBe(true);
  });

  test('the key is read once, then each signature is one call', async () => {
    const sign = signer();
    await signs(sign);
    expect(rig.counted()).toEqual({ challenged: 1, keyRead: 1, signed: 1 });
    await signs(sign);
    expect(rig.counted()).toEqual({ challenged: 1, keyRead: 1, signed: 2 });
  });

  test('needs no right to read the key', async () => {
    await rig.standIns.script('keyVault', { state: 'failing', status: 403, times: 1 });
    const signature = await signs(signer());
    expect(verified(signature, { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 })).toBe(true);
    expect(rig.counted()).toEqual({ challenged: 1, scripted: 1, signed: 1 });
  });

  test.each([
    ['without a version', () => `${rig.standIns.vaultUrl}/keys/nps-mfa`],
    ['of another vault', () => `https://elsewhere.example/keys/nps-mfa/${version}`],
    ['of a secret', () => `${rig.standIns.vaultUrl}/secrets/nps-mfa/${version}`],
    ['that is none', () => 'nps-mfa'],
  ])('certificate-key-wrong: a key id %s is not asked for', async (_what, keyId) => {
    const getToken = vi.fn();
    const sign = signer({ credential: { getToken } });
    await expect(sign({ keyId: keyId(), algorithm: 'PS256', digest })).rejects.toThrow(
      coded('certificate-key-wrong'),
    );
    expect(getToken).not.toHaveBeenCalled();
    expect(rig.counted()).toEqual({});
  });

  test.each([
    ['absent', 'certificate-missing'],
    ['off', 'certificate-disabled'],
    ['over', 'certificate-expired'],
    ['early', 'certificate-expired'],
    ['verifier', 'certificate-key-refused'],
  ])('%s: %s, whether or not the key may be read', async (name, code) => {
    await expect(signs(signer(), name)).rejects.toThrow(coded(code));
    await rig.standIns.script('keyVault', { state: 'failing', status: 403, times: 1 });
    await expect(signs(signer(), name)).rejects.toThrow(coded(code));
    expect(rig.counted().signed).toBeUndefined();
  });

  test('certificate-key-refused: the vault does not take the digest or the algorithm', async () => {
    const wrong = signer()({ keyId: keyIdOf('nps-mfa'), algorithm: 'PS256', digest: randomBytes(31) });
    await expect(wrong).rejects.toThrow(coded('certificate-key-refused'));
  });

  test('a key that was disabled and is enabled again is used again', async () => {
    let enabled = false;
    const key = { kty: 'RSA', key_ops: ['sign'], n: 'AQAB', e: 'AQAB' };
    const server = await odd(rig.tls, ({ method }, url) => {
      const kid = `${url}/keys/k/${version}`;
      if (method === 'GET') return { status: 200, body: { key: { ...key, kid }, attributes: {} } };
      const error = { code: 'Forbidden', message: 'No.', innererror: { code: 'KeyDisabled' } };
      return enabled ? { status: 200, body: { kid, value: 'AAAA' } } : { status: 403, body: { error } };
    });
    try {
      const sign = signer({ vaultUrl: server.url });
      const wanted = { keyId: `${server.url}/keys/k/${version}`, algorithm: 'RS256', digest } as const;
      await expect(sign(wanted)).rejects.toThrow(coded('certificate-disabled'));
      enabled = true;
      expect(await sign(wanted)).toEqual(Buffer.alloc(3));
    } finally {
      await server.close();
    }
  });
});

describe('a vault that does not sign', { timeout }, () => {
  test('vault-refused, vault-throttled, vault-unreachable, and it signs again afterwards', async () => {
    const sign = signer();
    await signs(sign);
    await rig.standIns.script('keyVault', { state: 'failing', status: 403 });
    await expect(signs(sign)).rejects.toThrow(coded('vault-refused', '403 Forbidden ForbiddenByRbac'));
    await rig.standIns.script('keyVault', { state: 'throttled', retryAfter: 0 });
    await expect(signs(sign)).rejects.toThrow(coded('vault-throttled', '429 Throttled'));
    await rig.standIns.script('keyVault', { state: 'failing', status: 500 });
    await expect(signs(sign)).rejects.toThrow(coded('vault-unreachable', '500 InternalServerError'));
    await rig.standIns.script('keyVault', { state: 'refusing' });
    await expect(signs(sign)).rejects.toThrow(coded('vault-unreachable', 'ECONNREFUSED'));
    await rig.standIns.script('keyVault', { state: 'well' });
    expect(await signs(sign)).toHaveLength(256);
  });

  test('vault-unreachable: no answer in time', async () => {
    await rig.standIns.script('keyVault', { state: 'hanging' });
    await expect(signs(signer({ patience: 100 }))).rejects.toThrow(coded('vault-unreachable', ''));
  });

  test('the signal ends it with its own reason', async () => {
    await rig.standIns.script('keyVault', { state: 'hanging' });
    const aborter = new AbortController();
    const signing = signs(signer(), 'nps-mfa', aborter.signal);
    aborter.abort(new Error('too late'));
    await expect(signing).rejects.toThrow('too late');
    await expect(signs(signer(), 'nps-mfa', AbortSignal.abort(new Error('gone')))).rejects.toThrow('gone');
  });

  test('no fault shows the token or the digest', async () => {
    await rig.standIns.script('keyVault', { state: 'failing', status: 500 });
    const fault: unknown = await signs(signer()).catch((error: unknown) => error);
    expect(fault).toBeInstanceOf(VaultUnreachable);
    expect((fault as Error).cause).toBeUndefined();
    const shown = JSON.stringify(fault, Object.getOwnPropertyNames(fault));
    expect(shown).not.toMatch(/Bearer|eyJ/);
    expect(shown).not.toContain(digest.toString('base64url'));
  });
});

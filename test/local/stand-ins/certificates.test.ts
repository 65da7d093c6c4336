import { X509Certificate } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { certificatesOf } from '../../../local/stand-ins/certificates.ts';
import { manualTime } from '../../functions/store/time.ts';

const tenant = '11111111-2222-3333-4444-555555555555';
const { clock } = manualTime();
const version = '0a1b2c3d4e5f60718293a4b5c6d7e8f9';

describe('a certificate of the stand-ins', () => {
  test('is what the set-up of the NPS extension makes', async () => {
    const made = await certificatesOf(tenant, clock).add({ name: 'nps-mfa', version });
    const certificate = new X509Certificate(made.der);
    expect(certificate.subject).toBe(`CN=${tenant}\nOU=Microsoft NPS Extension`);
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2']);
    expect(certificate.publicKey.asymmetricKeyDetails?.modulusLength).toBe(2048);
    expect(certificate.checkPrivateKey(made.privateKey)).toBe(true);
    expect([made.notBefore, made.expires]).toEqual([clock.now() - 60_000, clock.now() + 730 * 86_400_000]);
    expect(certificate.validToDate.getTime()).toBe(made.expires);
  });

  test('is found by its version, and the newest without one, whatever the case of its name', async () => {
    const certificates = certificatesOf(tenant, clock);
    const old = await certificates.add({ name: 'nps-mfa', version });
    const next = await certificates.add({ name: 'nps-mfa', registered: false });
    expect(next.version).toMatch(/^[0-9a-f]{32}$/);
    expect(certificates.find('NPS-MFA', undefined)).toBe(next);
    expect(certificates.find('nps-mfa', version)).toBe(old);
    expect(certificates.find('nps-mfa', 'f'.repeat(32))).toBeUndefined();
    expect(certificates.find('other', undefined)).toBeUndefined();
    expect(certificates.registered()).toEqual([old]);
  });

  test('is not made twice with one version, nor with a version that the vault could not have', async () => {
    const certificates = certificatesOf(tenant, clock);
    await certificates.add({ name: 'nps-mfa', version });
    await expect(certificates.add({ name: 'Nps-Mfa', version })).rejects.toThrow(version);
    await expect(certificates.add({ name: 'nps-mfa', version: '1' })).rejects.toThrow('1');
  });
});

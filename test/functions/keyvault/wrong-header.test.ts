import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { expect, test, vi } from 'vitest';
import { managedIdentity } from '../../../functions/keyvault/credential.ts';
import { vaultSecrets } from '../../../functions/keyvault/vault.ts';
import { loopbackTls, running } from '../../local/stand-ins/running.ts';

// A file of its own: the identity library remembers endpoint and header for the whole process, the wrong one too.
test('identity-unavailable: a wrong identity header', { timeout: 30_000 }, async () => {
  const tls = await loopbackTls();
  setDefaultCACertificates([...getCACertificates('default'), tls.ca]);
  const standIns = await running(tls);
  vi.stubEnv('IDENTITY_ENDPOINT', standIns.identityEndpoint);
  vi.stubEnv('IDENTITY_HEADER', 'wrong');
  try {
    const fetch = vaultSecrets({
      vaultUrl: standIns.vaultUrl,
      credential: managedIdentity(standIns.clientId),
      disableChallengeResourceVerification: true,
    });
    await expect(fetch('rdg-secret')).rejects.toThrow(
      expect.objectContaining({ code: 'identity-unavailable' }),
    );
    expect(standIns.counts()).toMatchObject({
      keyVault: { challenged: 1, read: 0 },
      managedIdentity: { issued: 0, refused: 1 },
    });
  } finally {
    vi.unstubAllEnvs();
    await standIns.close();
  }
});

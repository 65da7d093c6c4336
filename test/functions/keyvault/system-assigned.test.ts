import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { expect, test, vi } from 'vitest';
import { managedIdentity } from '../../../functions/keyvault/credential.ts';
import { vaultSecrets } from '../../../functions/keyvault/vault.ts';
import { loopbackTls, running } from '../../local/stand-ins/running.ts';

// A file of its own: the identity library remembers endpoint and tokens for the whole process.
test('the system-assigned identity reads a secret', { timeout: 30_000 }, async () => {
  const tls = await loopbackTls();
  setDefaultCACertificates([...getCACertificates('default'), tls.ca]);
  const standIns = await running(tls, { systemAssigned: true });
  vi.stubEnv('IDENTITY_ENDPOINT', standIns.identityEndpoint);
  vi.stubEnv('IDENTITY_HEADER', standIns.identityHeader);
  try {
    const fetch = vaultSecrets({
      vaultUrl: standIns.vaultUrl,
      credential: managedIdentity(undefined),
      disableChallengeResourceVerification: true,
    });
    expect((await fetch('rdg-secret')).octets.toString()).toBe('correct horse battery staple');
    expect(standIns.counts()).toMatchObject({
      keyVault: { read: 1 },
      managedIdentity: { issued: 1, refused: 0 },
    });
  } finally {
    vi.unstubAllEnvs();
    await standIns.close();
  }
});

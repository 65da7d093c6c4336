import { describe, expect, test } from 'vitest';
import { managedIdentity } from '../../../functions/keyvault/credential.ts';
import { VaultSettingsRefused } from '../../../functions/keyvault/faults.ts';
import { checkVault } from '../../../functions/keyvault/settings.ts';
import { vaultSecrets } from '../../../functions/keyvault/vault.ts';

describe('the vault’s address', () => {
  test.each([
    ['https://corp.vault.azure.net', 'https://corp.vault.azure.net'],
    ['https://corp.vault.azure.net/', 'https://corp.vault.azure.net'],
    ['https://127.0.0.1:8443', 'https://127.0.0.1:8443'],
  ])('is taken: %s', (url, origin) => {
    expect(checkVault(url, false)).toBe(origin);
  });

  test.each([
    '',
    'corp.vault.azure.net',
    'http://corp.vault.azure.net',
    'https://corp.vault.azure.net/secrets',
    'https://corp.vault.azure.net/?x=1',
    'https://corp.vault.azure.net/#x',
    'https://me:pw@corp.vault.azure.net/',
    'file:///etc/passwd',
  ])('vault-url-wrong: %j', (url) => {
    expect(() => checkVault(url, false)).toThrow(expect.objectContaining({ code: 'vault-url-wrong' }));
  });
});

describe('the check of the challenge', () => {
  test.each([
    'https://corp.vault.azure.net',
    'https://CORP.VAULT.AZURE.NET/',
    'https://corp.vault.azure.net.',
    'https://corp.vault.azure.net:443',
    'https://corp.privatelink.vaultcore.azure.net',
    'https://corp.managedhsm.azure.net',
    'https://corp.vault.usgovcloudapi.net',
    'https://corp.vault.azure.cn',
    'https://corp.vault.azure.us',
    'https://corp.vault.microsoftazure.de',
    'https://vault.azure.net',
  ])('challenge-check-needed: %s', (url) => {
    expect(() => checkVault(url, true)).toThrow(VaultSettingsRefused);
    expect(() => checkVault(url, true)).toThrow(expect.objectContaining({ code: 'challenge-check-needed' }));
    expect(checkVault(url, false)).toMatch(/^https:/);
  });

  test.each([
    'https://127.0.0.1:8443',
    'https://localhost',
    'https://vault.azure.net.example',
    'https://xazure.net',
  ])('may be switched off for %s', (url) => {
    expect(checkVault(url, true)).toMatch(/^https:/);
  });

  test('is refused when the reader is made, before anything is sent', () => {
    const access = {
      vaultUrl: 'https://corp.vault.azure.net',
      credential: managedIdentity(undefined),
      disableChallengeResourceVerification: true,
    };
    expect(() => vaultSecrets(access)).toThrow(expect.objectContaining({ code: 'challenge-check-needed' }));
  });
});

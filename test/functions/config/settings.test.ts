import { describe, expect, test } from 'vitest';
import { readSettings, type SETTING_FAULTS, SettingsRefused } from '../../../functions/config/settings.ts';

const GOOD = {
  BRIDGE_CONFIG: '/etc/bridge.json',
  BRIDGE_STORE: 'memory',
  KEY_VAULT_URL: 'https://name.vault.azure.net',
  WEBSITE_HOSTNAME: 'func-bridge.azurewebsites.net',
};

describe('readSettings', () => {
  test('takes the host name that Azure gives', () => {
    expect(readSettings(GOOD)).toEqual({
      configurationFile: '/etc/bridge.json',
      authority: 'func-bridge.azurewebsites.net',
      keyVaultUrl: 'https://name.vault.azure.net',
      disableChallengeResourceVerification: false,
      store: 'memory',
    });
  });

  test('prefers the name that the administrator gives, in the form that is signed', () => {
    const settings = readSettings({ ...GOOD, BRIDGE_AUTHORITY: 'Radius.Contoso.Example:443' });
    expect(settings.authority).toBe('radius.contoso.example');
  });

  test('takes the client id of a user-assigned identity', () => {
    expect(readSettings({ ...GOOD, AZURE_CLIENT_ID: 'id' }).identityClientId).toBe('id');
    expect(readSettings({ ...GOOD, AZURE_CLIENT_ID: '' })).not.toHaveProperty('identityClientId');
  });

  const wrong: Record<keyof typeof SETTING_FAULTS, Record<string, Partial<Record<string, string>>>> = {
    'setting-missing': {
      BRIDGE_CONFIG: { BRIDGE_CONFIG: '' },
      KEY_VAULT_URL: { KEY_VAULT_URL: '' },
      BRIDGE_STORE: { BRIDGE_STORE: '' },
      WEBSITE_HOSTNAME: { WEBSITE_HOSTNAME: '' },
    },
    'setting-malformed': {
      BRIDGE_STORE: { BRIDGE_STORE: 'memory!' },
      BRIDGE_AUTHORITY: { BRIDGE_AUTHORITY: 'https://secret.example/' },
      DISABLE_CHALLENGE_RESOURCE_VERIFICATION: { DISABLE_CHALLENGE_RESOURCE_VERIFICATION: 'yes' },
    },
  };
  for (const [code, settings] of Object.entries(wrong)) {
    for (const [setting, change] of Object.entries(settings)) {
      test(`${code}: ${setting} is named, its value is not told`, () => {
        const reading = () => readSettings({ ...GOOD, ...change });
        expect(reading).toThrow(SettingsRefused);
        try {
          reading();
        } catch (error) {
          expect(error).toMatchObject({ code, setting });
          const value = Object.values(change)[0];
          if (value) expect(String(error)).not.toContain(value);
        }
      });
    }
  }
});

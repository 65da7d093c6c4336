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
      configuration: { kind: 'file', path: '/etc/bridge.json' },
      authority: 'func-bridge.azurewebsites.net',
      keyVaultUrl: 'https://name.vault.azure.net',
      disableChallengeResourceVerification: false,
      disableInstanceDiscovery: false,
      store: { kind: 'memory' },
    });
  });

  test.each([
    ['bridge.json', { kind: 'file', path: 'bridge.json' }],
    ['C:\\bridge\\bridge.json', { kind: 'file', path: 'C:\\bridge\\bridge.json' }],
    [
      'https://stbridge.blob.core.windows.net/config/bridge.json',
      { kind: 'blob', url: 'https://stbridge.blob.core.windows.net/config/bridge.json' },
    ],
    [
      'https://127.0.0.1:10000/devstoreaccount1/config/bridge.json',
      { kind: 'blob', url: 'https://127.0.0.1:10000/devstoreaccount1/config/bridge.json' },
    ],
  ])('bridge.json in a file or in a blob: %s', (text, configuration) => {
    expect(readSettings({ ...GOOD, BRIDGE_CONFIG: text })).toMatchObject({ configuration });
  });

  test.each([
    'http://secret.example/config/bridge.json',
    'https://secret.example/config/bridge.json?sv=2025&sig=secret',
    'https://user:secret@host/config/bridge.json',
    'https://secret.example/bridge.json',
    'https://secret.example//bridge.json',
    'https://secret.example/config/',
    'https://secret.example/config/bridge%.json',
    'https://secret.table.core.windows.net/config/bridge.json',
    'https://secret.file.core.windows.net/config/bridge.json',
    'https://secret.example',
    'file:///secret/bridge.json',
    'ftp://secret.example/config/bridge.json',
  ])('bridge.json is not read from %s', (text) => {
    expect(() => readSettings({ ...GOOD, BRIDGE_CONFIG: text })).toThrow(
      expect.objectContaining({ code: 'setting-malformed', setting: 'BRIDGE_CONFIG' }),
    );
  });

  test.each([
    'https://stbridge.table.core.windows.net',
    'https://stbridge.table.core.usgovcloudapi.net',
    'https://127.0.0.1:10002/devstoreaccount1',
  ])('the store in tables: %s, also with the slash that Azure writes at its end', (url) => {
    for (const BRIDGE_STORE of [url, `${url}/`]) {
      expect(readSettings({ ...GOOD, BRIDGE_STORE }).store).toEqual({ kind: 'tables', url });
    }
  });

  test.each([
    'http://secret.example',
    'https://secret.example/?sv=2025&sig=secret',
    'https://secret@host',
    'https://secret.example//',
    'https://secret.example/a/b',
    'https://secret.blob.core.windows.net',
    'https://secret.queue.core.windows.net/',
    'https://secret.table.core.windows.net/rows',
    'tables',
    'Memory',
    'UseDevelopmentStorage=true',
    'DefaultEndpointsProtocol=https;AccountName=secret;AccountKey=secret',
  ])('the store is not %s', (text) => {
    expect(() => readSettings({ ...GOOD, BRIDGE_STORE: text })).toThrow(
      expect.objectContaining({ code: 'setting-malformed', setting: 'BRIDGE_STORE' }),
    );
  });

  test('prefers the name that the administrator gives, in the form that is signed', () => {
    const settings = readSettings({ ...GOOD, BRIDGE_AUTHORITY: 'Radius.Contoso.Example:443' });
    expect(settings.authority).toBe('radius.contoso.example');
  });

  test('takes the client id of a user-assigned identity', () => {
    expect(readSettings({ ...GOOD, AZURE_CLIENT_ID: 'id' }).identityClientId).toBe('id');
    expect(readSettings({ ...GOOD, AZURE_CLIENT_ID: '' })).not.toHaveProperty('identityClientId');
  });

  test('takes other addresses of Entra, of the MFA connector and of Graph', () => {
    const settings = readSettings({
      ...GOOD,
      AZURE_AUTHORITY_HOST: 'https://127.0.0.1:8443',
      MFA_CONNECTOR_URL: 'https://127.0.0.1:8444/StrongAuthenticationService.svc/Connector',
      GRAPH_URL: 'https://127.0.0.1:8445/v1.0',
      DISABLE_INSTANCE_DISCOVERY: 'true',
    });
    expect(settings).toMatchObject({
      authorityHost: 'https://127.0.0.1:8443',
      mfaConnectorUrl: 'https://127.0.0.1:8444/StrongAuthenticationService.svc/Connector',
      graphUrl: 'https://127.0.0.1:8445/v1.0',
      disableInstanceDiscovery: true,
    });
  });

  test.each([
    'http://secret.example/c',
    'https://secret@host/c',
    'https://:graph.microsoft.com@secret.example/c',
    'https:\\\\secret.example/c',
    'https:secret.example/c',
    ' https://secret.example/c',
    'https://secret.example/c/..',
    'https://host/c?secret',
    'https://host/c/',
    'host/c',
  ])('neither MFA connector nor Graph is called at %s', (url) => {
    for (const setting of ['MFA_CONNECTOR_URL', 'GRAPH_URL']) {
      expect(() => readSettings({ ...GOOD, [setting]: url })).toThrow(
        expect.objectContaining({ code: 'setting-malformed', setting }),
      );
    }
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
      DISABLE_INSTANCE_DISCOVERY: { DISABLE_INSTANCE_DISCOVERY: 'on' },
      MFA_CONNECTOR_URL: { MFA_CONNECTOR_URL: 'http://connector.example' },
      GRAPH_URL: { GRAPH_URL: 'http://graph.example' },
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

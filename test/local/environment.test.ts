import { expect, test } from 'vitest';
import { appEnvironment } from '../../local/environment.ts';

test("the app sees the stand-ins and nothing of the developer's own Azure or proxy", () => {
  const own = {
    PATH: '/bin',
    AZURE_CLIENT_ID: 'x',
    azure_tenant_id: 'x',
    AZURE_AUTHORITY_HOST: 'x',
    DISABLE_INSTANCE_DISCOVERY: 'x',
    MFA_CONNECTOR_URL: 'x',
    GRAPH_URL: 'x',
    IDENTITY_ENDPOINT: 'x',
    MSI_ENDPOINT: 'x',
    BRIDGE_PASSWORD: 'x',
    HTTPS_PROXY: 'x',
    http_proxy: 'x',
    NO_PROXY: 'x',
  };
  expect(
    appEnvironment(own, {
      configurationFile: '/run/bridge.json',
      authority: '127.0.0.1:1',
      caFile: '/run/ca.pem',
      vaultUrl: 'https://127.0.0.1:2',
      identityEndpoint: 'http://127.0.0.1:3/msi/token',
      identityHeader: 'h',
      authorityHost: 'https://127.0.0.1:4',
      connectorUrl: 'https://127.0.0.1:5/Connector',
      graphUrl: 'https://127.0.0.1:6/v1.0',
    }),
  ).toEqual({
    PATH: '/bin',
    BRIDGE_CONFIG: '/run/bridge.json',
    BRIDGE_AUTHORITY: '127.0.0.1:1',
    BRIDGE_STORE: 'memory',
    KEY_VAULT_URL: 'https://127.0.0.1:2',
    IDENTITY_ENDPOINT: 'http://127.0.0.1:3/msi/token',
    IDENTITY_HEADER: 'h',
    DISABLE_CHALLENGE_RESOURCE_VERIFICATION: 'true',
    AZURE_AUTHORITY_HOST: 'https://127.0.0.1:4',
    DISABLE_INSTANCE_DISCOVERY: 'true',
    MFA_CONNECTOR_URL: 'https://127.0.0.1:5/Connector',
    GRAPH_URL: 'https://127.0.0.1:6/v1.0',
    NODE_EXTRA_CA_CERTS: '/run/ca.pem',
  });
});

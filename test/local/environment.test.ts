import { expect, test } from 'vitest';
import { appEnvironment } from '../../local/environment.ts';

const addresses = {
  configuration: '/run/bridge.json',
  authority: '127.0.0.1:1',
  caFile: '/run/ca.pem',
  store: 'https://127.0.0.1:7/devstoreaccount1',
  vaultUrl: 'https://127.0.0.1:2',
  identityEndpoint: 'http://127.0.0.1:3/msi/token',
  identityHeader: 'h',
  authorityHost: 'https://127.0.0.1:4',
  connectorUrl: 'https://127.0.0.1:5/Connector',
  graphUrl: 'https://127.0.0.1:6/v1.0',
  connectionString: 'InstrumentationKey=k;IngestionEndpoint=https://127.0.0.1:8/',
};

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
    BRIDGE_STORE: 'x',
    BRIDGE_CONFIG: 'x',
    WEBSITE_SITE_NAME: 'x',
    FUNCTIONS_WORKER_RUNTIME: 'x',
    AzureWebJobsStorage: 'x',
    AZURITE_ACCOUNTS: 'x',
    APPLICATIONINSIGHTS_CONNECTION_STRING: 'x',
    APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'x',
    APPLICATIONINSIGHTS_CONFIGURATION_CONTENT: 'x',
    APPLICATION_INSIGHTS_NO_STATSBEAT: 'x',
    APPINSIGHTS_INSTRUMENTATIONKEY: 'x',
    OTEL_RESOURCE_ATTRIBUTES: 'x',
    OTEL_SDK_DISABLED: 'x',
    HTTPS_PROXY: 'x',
    http_proxy: 'x',
    NO_PROXY: 'x',
  };
  expect(appEnvironment(own, addresses)).toEqual({
    PATH: '/bin',
    BRIDGE_CONFIG: '/run/bridge.json',
    BRIDGE_AUTHORITY: '127.0.0.1:1',
    BRIDGE_STORE: 'https://127.0.0.1:7/devstoreaccount1',
    KEY_VAULT_URL: 'https://127.0.0.1:2',
    IDENTITY_ENDPOINT: 'http://127.0.0.1:3/msi/token',
    IDENTITY_HEADER: 'h',
    DISABLE_CHALLENGE_RESOURCE_VERIFICATION: 'true',
    AZURE_AUTHORITY_HOST: 'https://127.0.0.1:4',
    DISABLE_INSTANCE_DISCOVERY: 'true',
    MFA_CONNECTOR_URL: 'https://127.0.0.1:5/Connector',
    GRAPH_URL: 'https://127.0.0.1:6/v1.0',
    APPLICATIONINSIGHTS_CONNECTION_STRING: 'InstrumentationKey=k;IngestionEndpoint=https://127.0.0.1:8/',
    APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'Authorization=AAD',
    NODE_EXTRA_CA_CERTS: '/run/ca.pem',
  });
});

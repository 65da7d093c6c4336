/**
 * Settings of the developer's own shell that would lead a program elsewhere than to the stand-ins, or change what it
 * tells: those of the app, of Azure's libraries and host, of OpenTelemetry and of Azurite.
 */
const misleading =
  /^(AZURE_|AZURITE_|AZUREWEBJOBS|IDENTITY_|MSI_|KEY_VAULT|BRIDGE_|WEBSITE_|FUNCTIONS_|APPLICATION_?INSIGHTS_|APPINSIGHTS_|OTEL_|(HTTPS?|ALL|NO)_PROXY$)/i;

/** This process's environment without what would lead a program of the bridge astray. */
export function plainEnvironment(own: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(own).filter(([name]) => !misleading.test(name)));
}

/** The settings of the functions app, under the names that Azure uses. */
export function appEnvironment(
  own: NodeJS.ProcessEnv,
  x: {
    /** The path of bridge.json, or the address of a blob. */
    configuration: string;
    authority: string;
    caFile: string;
    /** `memory`, or the address of tables. */
    store: string;
    vaultUrl: string;
    identityEndpoint: string;
    identityHeader: string;
    authorityHost: string;
    connectorUrl: string;
    graphUrl: string;
    /** Of Application Insights. */
    connectionString: string;
  },
): NodeJS.ProcessEnv {
  return {
    ...plainEnvironment(own),
    BRIDGE_CONFIG: x.configuration,
    BRIDGE_AUTHORITY: x.authority,
    BRIDGE_STORE: x.store,
    KEY_VAULT_URL: x.vaultUrl,
    IDENTITY_ENDPOINT: x.identityEndpoint,
    IDENTITY_HEADER: x.identityHeader,
    DISABLE_CHALLENGE_RESOURCE_VERIFICATION: 'true',
    AZURE_AUTHORITY_HOST: x.authorityHost,
    DISABLE_INSTANCE_DISCOVERY: 'true',
    MFA_CONNECTOR_URL: x.connectorUrl,
    GRAPH_URL: x.graphUrl,
    APPLICATIONINSIGHTS_CONNECTION_STRING: x.connectionString,
    APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'Authorization=AAD',
    NODE_EXTRA_CA_CERTS: x.caFile,
  };
}

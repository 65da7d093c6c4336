/** Settings of the developer's own shell that would lead the app elsewhere than to the stand-ins. */
const misleading =
  /^(AZURE_|IDENTITY_|MSI_|KEY_VAULT|BRIDGE_|WEBSITE_|APPLICATIONINSIGHTS_|(HTTPS?|ALL|NO)_PROXY$)/i;

/** This process's environment without what would lead a program of the bridge astray. */
export function plainEnvironment(own: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(own).filter(([name]) => !misleading.test(name)));
}

/** The settings of the functions app, under the names that Azure uses. */
export function appEnvironment(
  own: NodeJS.ProcessEnv,
  x: {
    configurationFile: string;
    authority: string;
    caFile: string;
    vaultUrl: string;
    identityEndpoint: string;
    identityHeader: string;
    authorityHost: string;
    connectorUrl: string;
    graphUrl: string;
  },
): NodeJS.ProcessEnv {
  return {
    ...plainEnvironment(own),
    BRIDGE_CONFIG: x.configurationFile,
    BRIDGE_AUTHORITY: x.authority,
    BRIDGE_STORE: 'memory',
    KEY_VAULT_URL: x.vaultUrl,
    IDENTITY_ENDPOINT: x.identityEndpoint,
    IDENTITY_HEADER: x.identityHeader,
    DISABLE_CHALLENGE_RESOURCE_VERIFICATION: 'true',
    AZURE_AUTHORITY_HOST: x.authorityHost,
    DISABLE_INSTANCE_DISCOVERY: 'true',
    MFA_CONNECTOR_URL: x.connectorUrl,
    GRAPH_URL: x.graphUrl,
    NODE_EXTRA_CA_CERTS: x.caFile,
  };
}

/** Where the services of one of Microsoft's clouds are (entra.md 1.2, 4; howto-mfa-nps-extension, registry values). */
export interface CloudAddresses {
  /** Where tokens are asked for, `https://host`. */
  readonly authorityHost: string;
  /** What the methods of the MFA connector are appended to, `https://host/path`. */
  readonly connectorUrl: string;
  /** The connector as the audience of a token; not the host it is called at. */
  readonly connectorResource: string;
  /** Microsoft Graph as the audience of a token, `https://host`. */
  readonly graphResource: string;
  /** What Graph's paths are appended to, `https://host/v1.0`. */
  readonly graphUrl: string;
}

const path = '/StrongAuthenticationService.svc/Connector';

/** By `cloud` of bridge.json. */
export const CLOUDS = {
  public: {
    authorityHost: 'https://login.microsoftonline.com',
    connectorUrl: `https://strongauthenticationservice.auth.microsoft.com${path}`,
    connectorResource: `https://adnotifications.windowsazure.com${path}`,
    graphResource: 'https://graph.microsoft.com',
    graphUrl: 'https://graph.microsoft.com/v1.0',
  },
  'us-government': {
    authorityHost: 'https://login.microsoftonline.us',
    connectorUrl: `https://strongauthenticationservice.auth.microsoft.us${path}`,
    connectorResource: `https://adnotifications.windowsazure.us${path}`,
    graphResource: 'https://graph.microsoft.us',
    graphUrl: 'https://graph.microsoft.us/v1.0',
  },
  china: {
    authorityHost: 'https://login.chinacloudapi.cn',
    connectorUrl: `https://strongauthenticationservice.auth.microsoft.cn${path}`,
    connectorResource: `https://adnotifications.windowsazure.cn${path}`,
    graphResource: 'https://microsoftgraph.chinacloudapi.cn',
    graphUrl: 'https://microsoftgraph.chinacloudapi.cn/v1.0',
  },
} as const satisfies Record<string, CloudAddresses>;

/** The client id of "Azure Multi-Factor Auth Client", the same in every tenant. */
export const MFA_CLIENT = '981f26a1-7f43-403b-a875-f8b09b8cd720';

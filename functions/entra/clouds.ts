/** Where the services of one of Microsoft's clouds are (entra.md 1.2; howto-mfa-nps-extension, registry values). */
export interface CloudAddresses {
  /** Where tokens are asked for, `https://host`. */
  readonly authorityHost: string;
  /** What the methods of the MFA connector are appended to, `https://host/path`. */
  readonly connectorUrl: string;
  /** The connector as the audience of a token; not the host it is called at. */
  readonly connectorResource: string;
}

const path = '/StrongAuthenticationService.svc/Connector';

/** By `cloud` of bridge.json. */
export const CLOUDS = {
  public: {
    authorityHost: 'https://login.microsoftonline.com',
    connectorUrl: `https://strongauthenticationservice.auth.microsoft.com${path}`,
    connectorResource: `https://adnotifications.windowsazure.com${path}`,
  },
  'us-government': {
    authorityHost: 'https://login.microsoftonline.us',
    connectorUrl: `https://strongauthenticationservice.auth.microsoft.us${path}`,
    connectorResource: `https://adnotifications.windowsazure.us${path}`,
  },
  china: {
    authorityHost: 'https://login.chinacloudapi.cn',
    connectorUrl: `https://strongauthenticationservice.auth.microsoft.cn${path}`,
    connectorResource: `https://adnotifications.windowsazure.cn${path}`,
  },
} as const satisfies Record<string, CloudAddresses>;

/** The client id of "Azure Multi-Factor Auth Client", the same in every tenant. */
export const MFA_CLIENT = '981f26a1-7f43-403b-a875-f8b09b8cd720';

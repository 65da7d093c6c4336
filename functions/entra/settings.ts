/** What can be wrong with the settings for Entra, in an administrator's words. */
export const ENTRA_SETTING_FAULTS = {
  'authority-wrong': 'The address where tokens are asked for must be https://host, without a path or query.',
  'authority-unknown':
    "The address where tokens are asked for is none of Microsoft's, and passwords would be sent there; DISABLE_INSTANCE_DISCOVERY says that this is meant.",
  'instance-discovery-needed':
    'The check that tokens are asked for at a host of Microsoft may not be switched off for such a host.',
} as const;
export type EntraSettingFault = keyof typeof ENTRA_SETTING_FAULTS;

/** The app's settings for Entra are refused at start. */
export class EntraSettingsRefused extends Error {
  readonly code: EntraSettingFault;
  constructor(code: EntraSettingFault) {
    super(ENTRA_SETTING_FAULTS[code]);
    this.name = 'EntraSettingsRefused';
    this.code = code;
  }
}

/** As Microsoft's own library knows them (its list of authorities for which it asks nobody). */
const hostsOfAzure = new RegExp(
  `(^|\\.)(${[
    'login.microsoftonline.com',
    'login.microsoftonline.us',
    'login.microsoft.com',
    'login.windows.net',
    'login-us.microsoftonline.com',
    'login.usgovcloudapi.net',
    'login.chinacloudapi.cn',
    'login.partner.microsoftonline.cn',
    'sts.windows.net',
  ]
    .map((host) => host.replaceAll('.', '\\.'))
    .join('|')})\\.?$`,
);

/**
 * The authority's address as the SDK wants it. Who asks an unknown host for tokens gives it assertions, and who has it
 * check passwords gives it passwords. For tokens the SDK asks Microsoft first whether the host is one of its own; a
 * stand-in's is not, and then the question is switched off. For hosts that are, it costs nothing and cannot be left out.
 *
 * @throws EntraSettingsRefused
 */
export function checkAuthority(authorityHost: string, disableInstanceDiscovery: boolean): string {
  const url = URL.parse(authorityHost);
  if (url?.protocol !== 'https:' || url.pathname !== '/' || url.search !== '' || url.hash !== '') {
    throw new EntraSettingsRefused('authority-wrong');
  }
  if (url.username !== '' || url.password !== '') throw new EntraSettingsRefused('authority-wrong');
  const ofAzure = hostsOfAzure.test(url.hostname);
  if (disableInstanceDiscovery && ofAzure) throw new EntraSettingsRefused('instance-discovery-needed');
  if (!disableInstanceDiscovery && !ofAzure) throw new EntraSettingsRefused('authority-unknown');
  return url.origin;
}

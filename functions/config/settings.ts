import { canonicalAuthority } from '../../relay-call/authority.ts';

/** What can be wrong with the app's settings (environment variables), in an administrator's words. */
export const SETTING_FAULTS = {
  'setting-missing': 'A setting that the app needs is not there.',
  'setting-malformed': 'A setting does not have the form that it must have.',
} as const;
export type SettingFault = keyof typeof SETTING_FAULTS;

/** The settings of the functions app. */
export interface Settings {
  /** Where bridge.json lies. */
  readonly configuration: ConfigurationPlace;
  /** Host, and port where it is not 443, by which relays call: what `@authority` of a call must be. Lower case. */
  readonly authority: string;
  /** Where shared secrets are kept, `https://name.vault.azure.net`. */
  readonly keyVaultUrl: string;
  /** The client id of a user-assigned managed identity; system-assigned when absent. */
  readonly identityClientId?: string;
  /** For a vault that is none of Azure's; refused for Azure's own. */
  readonly disableChallengeResourceVerification: boolean;
  /** Where tokens are asked for, `https://host`, instead of the cloud's own address. */
  readonly authorityHost?: string;
  /** For an authority that is none of Azure's; refused for Azure's own. */
  readonly disableInstanceDiscovery: boolean;
  /** What the methods of the MFA connector are appended to, instead of the cloud's own address. */
  readonly mfaConnectorUrl?: string;
  /** What the paths of Microsoft Graph are appended to, instead of the cloud's own address. */
  readonly graphUrl?: string;
  readonly store: StorePlace;
}

/** A file, or a versioned blob: `https://ACCOUNT.blob.core.windows.net/CONTAINER/bridge.json`. */
export type ConfigurationPlace =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'blob'; readonly url: string };

/**
 * `memory`: for one instance that forgets everything when it ends. `tables`: Azure Table Storage at
 * `https://ACCOUNT.table.core.windows.net`, for any number of instances.
 */
export type StorePlace = { readonly kind: 'memory' } | { readonly kind: 'tables'; readonly url: string };

/** The app does not start with these settings. `setting` is the variable's name; its value is never told. */
export class SettingsRefused extends Error {
  readonly code: SettingFault;
  readonly setting: string;
  constructor(code: SettingFault, setting: string, expected: string) {
    super(`${setting}: ${SETTING_FAULTS[code]} Expected: ${expected}`);
    this.name = 'SettingsRefused';
    this.code = code;
    this.setting = setting;
  }
}

/**
 * Reads the settings from environment variables.
 *
 * @throws SettingsRefused naming the variable
 */
export function readSettings(environment: Readonly<Record<string, string | undefined>>): Settings {
  const needed = (name: string, expected: string): string => {
    const value = environment[name];
    if (value === undefined || value === '') throw new SettingsRefused('setting-missing', name, expected);
    return value;
  };
  const authorityName = environment['BRIDGE_AUTHORITY'] ? 'BRIDGE_AUTHORITY' : 'WEBSITE_HOSTNAME';
  const authority = canonicalAuthority(needed(authorityName, 'the host name by which the relays call'));
  if (authority === undefined) {
    throw new SettingsRefused('setting-malformed', authorityName, 'host or host:port');
  }
  const isOn = (name: string): boolean => {
    const value = environment[name] ?? 'false';
    if (value === 'true' || value === 'false') return value === 'true';
    throw new SettingsRefused('setting-malformed', name, '"true" or "false"');
  };
  const identityClientId = environment['AZURE_CLIENT_ID'];
  const authorityHost = environment['AZURE_AUTHORITY_HOST'];
  const plainUrl = (name: string): string | undefined => {
    const value = environment[name];
    if (!value || isPlainHttpsUrl(value)) return value;
    const expected = 'https://host/path without a query and a slash at its end';
    throw new SettingsRefused('setting-malformed', name, expected);
  };
  const mfaConnectorUrl = plainUrl('MFA_CONNECTOR_URL');
  const graphUrl = plainUrl('GRAPH_URL');
  return {
    configuration: configurationPlace(needed('BRIDGE_CONFIG', CONFIGURATION_EXPECTED)),
    authority,
    keyVaultUrl: needed('KEY_VAULT_URL', 'https://name.vault.azure.net'),
    ...(identityClientId ? { identityClientId } : {}),
    disableChallengeResourceVerification: isOn('DISABLE_CHALLENGE_RESOURCE_VERIFICATION'),
    ...(authorityHost ? { authorityHost } : {}),
    disableInstanceDiscovery: isOn('DISABLE_INSTANCE_DISCOVERY'),
    ...(mfaConnectorUrl ? { mfaConnectorUrl } : {}),
    ...(graphUrl ? { graphUrl } : {}),
    store: storePlace(needed('BRIDGE_STORE', STORE_EXPECTED)),
  };
}

const CONFIGURATION_EXPECTED =
  'the path of bridge.json, or https://ACCOUNT.blob.core.windows.net/CONTAINER/bridge.json';
const STORE_EXPECTED = '"memory", or https://ACCOUNT.table.core.windows.net, the address of a table service';

function configurationPlace(text: string): ConfigurationPlace {
  if (!/^[a-z][a-z0-9+.-]+:\/\//i.test(text)) return { kind: 'file', path: text };
  // The account may be the first segment of the path, as an emulator has it.
  const isBlob = isPlainHttpsUrl(text) && /^https:\/\/[^/]+\/[^/]+\/[^/]/i.test(text);
  const ofAnother = /^https:\/\/[^/]+\.(?!blob\.)[a-z]+\.core\./i.test(text);
  if (isBlob && !ofAnother && isDecodable(text)) return { kind: 'blob', url: text };
  throw new SettingsRefused('setting-malformed', 'BRIDGE_CONFIG', CONFIGURATION_EXPECTED);
}

function isDecodable(text: string): boolean {
  try {
    return decodeURIComponent(text) !== '';
  } catch {
    return false;
  }
}

function storePlace(text: string): StorePlace {
  if (text === 'memory') return { kind: 'memory' };
  // Azure itself writes this address with a slash at its end.
  const url = text.replace(/\/$/, '');
  if (isPlainHttpsUrl(url) && isTableService(url)) return { kind: 'tables', url };
  throw new SettingsRefused('setting-malformed', 'BRIDGE_STORE', STORE_EXPECTED);
}

/** Of an account of Azure its table service alone; an emulator has the account as the one segment of its path. */
function isTableService(url: string): boolean {
  const [host = '', ...path] = url.slice('https://'.length).split('/');
  const service = /\.([a-z]+)\.core\./i.exec(host)?.[1];
  return service === undefined ? path.length <= 1 : service.toLowerCase() === 'table' && path.length === 0;
}

/** Tokens and user names go there: neither in clear, nor to a place hidden behind a user name. */
function isPlainHttpsUrl(text: string): boolean {
  const url = URL.parse(text);
  const plain = url?.protocol === 'https:' && url.username === '' && url.password === '';
  // What the parser would mend is not what was meant: a backslash, a space, two dots.
  return plain && /^https:\/\/[^\s\\?#]*[^\s\\?#/]$/i.test(text) && !text.includes('/..');
}

/** Why there is no telemetry, though the settings ask for it. What they hold is never told. */
export const TELEMETRY_SETTING_FAULTS = {
  'connection-string-malformed':
    'APPLICATIONINSIGHTS_CONNECTION_STRING is no connection string of Application Insights with an https address; no telemetry is sent.',
  'authentication-string-malformed':
    'APPLICATIONINSIGHTS_AUTHENTICATION_STRING is neither "Authorization=AAD" nor "ClientId=<client id>;Authorization=AAD"; no telemetry is sent.',
} as const;

export type TelemetrySettingFault = keyof typeof TELEMETRY_SETTING_FAULTS;

/** Where telemetry goes and how the app shows who it is. */
export interface TelemetrySettings {
  readonly connectionString: string;
  /** There where the app's managed identity must be shown; `clientId` of a user-assigned one. */
  readonly authentication?: { readonly clientId?: string };
  readonly role: TelemetryRole;
}

/** Whose telemetry it is, as Application Insights shows it. */
export interface TelemetryRole {
  /** The app's name in Azure. */
  readonly name: string;
  /** Which of its instances; Azure's own id, never the machine's name. */
  readonly instance: string;
}

const guid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

/**
 * Reads the settings that Azure's own tools write
 * (https://learn.microsoft.com/azure/azure-functions/functions-app-settings#applicationinsights_connection_string).
 *
 * @returns undefined where no telemetry is wanted; a fault where it is not known to where: no sign-in should fail for
 * that, so nothing is thrown
 */
export function readTelemetrySettings(
  environment: Readonly<Record<string, string | undefined>>,
): TelemetrySettings | TelemetrySettingFault | undefined {
  const connection = environment['APPLICATIONINSIGHTS_CONNECTION_STRING']?.trim() ?? '';
  if (connection === '') return undefined;
  const connectionString = canonical(connection);
  if (connectionString === undefined) return 'connection-string-malformed';
  const role = {
    name: environment['WEBSITE_SITE_NAME'] || 'radius-bridge',
    instance: environment['WEBSITE_INSTANCE_ID'] || 'local',
  };
  const text = environment['APPLICATIONINSIGHTS_AUTHENTICATION_STRING']?.trim() ?? '';
  if (text === '') return { connectionString, role };
  const authentication = authenticationOf(text);
  return authentication ? { connectionString, authentication, role } : 'authentication-string-malformed';
}

/**
 * A connection string with nothing in it that is not needed. The SDK would make https of an http address, and send to
 * Microsoft's own address what it cannot read; that is refused instead.
 */
function canonical(text: string): string | undefined {
  const parts = partsOf(text);
  const key = parts?.get('instrumentationkey');
  if (parts === undefined || key === undefined || !guid.test(key)) return undefined;
  const endpoint = endpointOf(parts);
  const audience = parts.get('aadaudience');
  if (endpoint === undefined) return undefined;
  const needed = [`InstrumentationKey=${key.toLowerCase()}`, `IngestionEndpoint=${endpoint}`];
  return [...needed, ...(audience ? [`AADAudience=${audience}`] : [])].join(';');
}

/** (https://learn.microsoft.com/azure/azure-monitor/app/connection-strings#schema) */
function endpointOf(parts: ReadonlyMap<string, string>): string | undefined {
  const [location, suffix] = [parts.get('location'), parts.get('endpointsuffix')];
  const made = suffix && `https://${location ? `${location}.` : ''}dc.${suffix}`;
  const url = URL.parse(parts.get('ingestionendpoint') || made || 'https://dc.services.visualstudio.com');
  if (url?.protocol !== 'https:' || url.username !== '' || url.password !== '') return undefined;
  // A path is no part of it: the SDK appends its own.
  return url.pathname === '/' && url.search === '' && url.hash === '' ? url.origin : undefined;
}

function authenticationOf(text: string): { clientId?: string } | undefined {
  const parts = partsOf(text);
  if (parts?.get('authorization')?.toLowerCase() !== 'aad') return undefined;
  const clientId = parts.get('clientid');
  if (parts.size > (clientId === undefined ? 1 : 2)) return undefined;
  if (clientId === undefined) return {};
  return guid.test(clientId) ? { clientId } : undefined;
}

/** `Name=value;Name=value`, the names in lower case; undefined where it is not that, or says something twice. */
function partsOf(text: string): ReadonlyMap<string, string> | undefined {
  const parts = text
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => /^([A-Za-z]+)\s*=\s*([^=]*)$/.exec(part));
  const known = new Map(
    parts.flatMap((part) => (part ? [[part[1]?.toLowerCase() ?? '', part[2] ?? '']] : [])),
  );
  return known.size === parts.length ? known : undefined;
}

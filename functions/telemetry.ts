import packageJson from '../package.json' with { type: 'json' };
import { systemClock } from '../relay-call/clock.ts';
import { managedIdentity } from './keyvault/credential.ts';
import { insights } from './records/insights.ts';
import type { Log } from './records/log.ts';
import { noTelemetry, type Telemetry } from './records/telemetry.ts';
import { readTelemetrySettings, TELEMETRY_SETTING_FAULTS } from './records/telemetry-settings.ts';

/**
 * Where the app's events go besides its log, by its settings (environment variables, docs/reference/settings.md).
 * Apart from the bridge's own settings: what is wrong with those must be told, too, and no sign-in fails for want of
 * telemetry.
 *
 * @param log is told what does not go
 */
export function connectTelemetry(
  environment: Readonly<Record<string, string | undefined>>,
  log: Log,
): Telemetry {
  const settings = readTelemetrySettings(environment);
  if (settings === undefined) return noTelemetry;
  if (typeof settings === 'string') {
    log({ event: 'telemetry-off', code: settings, sentence: TELEMETRY_SETTING_FAULTS[settings] });
    return noTelemetry;
  }
  const { authentication, connectionString, role } = settings;
  return insights({
    connectionString,
    role,
    version: packageJson.version,
    credential: authentication && managedIdentity(authentication.clientId),
    clock: systemClock,
    log,
    after: (milliseconds, run) => void setTimeout(run, milliseconds).unref(),
  });
}

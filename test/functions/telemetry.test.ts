import { describe, expect, test } from 'vitest';
import type { LogEvent } from '../../functions/records/log.ts';
import { noTelemetry } from '../../functions/records/telemetry.ts';
import { connectTelemetry } from '../../functions/telemetry.ts';

const KEY = '00000000-0000-0000-0000-0000000abcde';

function connected(environment: Record<string, string>) {
  const told: LogEvent[] = [];
  return { telemetry: connectTelemetry(environment, (event) => told.push(event)), told };
}

describe('telemetry by the settings', () => {
  test('without a connection string there is none, and nothing is told', () => {
    const { telemetry, told } = connected({});
    expect(telemetry).toBe(noTelemetry);
    expect(told).toEqual([]);
  });

  test('telemetry-off: settings that cannot be read are told without what they hold, and the app goes on', () => {
    const connection = `InstrumentationKey=${KEY};IngestionEndpoint=http://secret.example`;
    const { telemetry, told } = connected({ APPLICATIONINSIGHTS_CONNECTION_STRING: connection });
    expect(telemetry).toBe(noTelemetry);
    expect(told).toMatchObject([{ event: 'telemetry-off', code: 'connection-string-malformed' }]);
    expect(JSON.stringify(told)).not.toContain('secret');
    expect(JSON.stringify(told)).not.toContain(KEY);
  });

  test('with one, events are taken at once and nothing is loaded or sent for that', () => {
    const connection = `InstrumentationKey=${KEY};IngestionEndpoint=https://127.0.0.1:1`;
    const { telemetry, told } = connected({ APPLICATIONINSIGHTS_CONNECTION_STRING: connection });
    expect(telemetry).not.toBe(noTelemetry);
    telemetry.tell({ event: 'decision', id: 'x' });
    expect(told).toEqual([]);
  });
});

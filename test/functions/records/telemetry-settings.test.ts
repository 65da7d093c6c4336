import { describe, expect, test } from 'vitest';
import {
  readTelemetrySettings,
  TELEMETRY_SETTING_FAULTS,
} from '../../../functions/records/telemetry-settings.ts';

const key = '11111111-2222-3333-4444-55555555abcd';
const endpoint = 'https://westeurope-1.in.applicationinsights.azure.com';
const connection = `InstrumentationKey=${key};IngestionEndpoint=${endpoint}/;LiveEndpoint=https://live.example/`;
const role = { name: 'radius-bridge', instance: 'local' };

function read(connectionString: string | undefined, authentication?: string, more = {}) {
  return readTelemetrySettings({
    APPLICATIONINSIGHTS_CONNECTION_STRING: connectionString,
    APPLICATIONINSIGHTS_AUTHENTICATION_STRING: authentication,
    ...more,
  });
}

function canonicalOf(connectionString: string): string {
  const settings = read(connectionString);
  return typeof settings === 'object' ? settings.connectionString : `${settings}`;
}

describe('the settings of telemetry', () => {
  test.each([
    ['no connection string', undefined],
    ['an empty one', ' '],
  ])('ask for none with %s', (_, text) => {
    expect(read(text, 'Authorization=AAD')).toBeUndefined();
  });

  test('have what is needed of a connection string', () => {
    expect(read(connection)).toEqual({
      connectionString: `InstrumentationKey=${key};IngestionEndpoint=${endpoint}`,
      role,
    });
  });

  test.each([
    ['names in another case, blanks and a semicolon at the end', `instrumentationkey = ${key} ; `],
    ['a key in upper case', `InstrumentationKey=${key.toUpperCase()}`],
  ])('forgive %s, and know Azure’s own address', (_, text) => {
    expect(canonicalOf(text)).toBe(
      `InstrumentationKey=${key};IngestionEndpoint=https://dc.services.visualstudio.com`,
    );
  });

  test('have an address made of a suffix and a location', () => {
    const suffix = `InstrumentationKey=${key};EndpointSuffix=applicationinsights.us`;
    expect(canonicalOf(suffix)).toContain('IngestionEndpoint=https://dc.applicationinsights.us');
    expect(canonicalOf(`${suffix};Location=usgovvirginia`)).toContain(
      '=https://usgovvirginia.dc.applicationinsights.us',
    );
  });

  test('keep the audience of another cloud', () => {
    expect(canonicalOf(`${connection};AADAudience=https://monitor.azure.us//.default`)).toMatch(
      /;AADAudience=https:\/\/monitor\.azure\.us\/\/\.default$/,
    );
  });

  test.each([
    ['no key', `IngestionEndpoint=${endpoint}`],
    ['a key that is none', 'InstrumentationKey=secret-of-mine'],
    ['no pairs', key],
    ['a part without a value', `${connection};secret-of-mine`],
    ['the key twice', `${connection};InstrumentationKey=${key}`],
    ['http', `InstrumentationKey=${key};IngestionEndpoint=http://secret-of-mine`],
    ['no address', `InstrumentationKey=${key};IngestionEndpoint=secret-of-mine`],
    ['a user name', `InstrumentationKey=${key};IngestionEndpoint=https://secret-of-mine@example`],
    ['a path', `InstrumentationKey=${key};IngestionEndpoint=https://example/secret-of-mine`],
    ['a query', `InstrumentationKey=${key};IngestionEndpoint=https://example/?secret-of-mine`],
  ])('do not take a connection string with %s', (_, text) => {
    expect(read(text)).toBe('connection-string-malformed');
    expect(Object.values(TELEMETRY_SETTING_FAULTS).join(' ')).not.toContain('secret-of-mine');
  });

  test.each([
    ['nothing', undefined, undefined],
    ['an empty string', '', undefined],
    ['the system’s identity', 'Authorization=AAD', {}],
    ['the system’s identity, in another case', 'authorization=aad;', {}],
    ['a user’s identity', `ClientId=${key};Authorization=AAD`, { clientId: key }],
    ['a user’s identity, the other way round', `Authorization=AAD; ClientId=${key}`, { clientId: key }],
  ])('show the app by %s', (_, text, authentication) => {
    expect(read(connection, text)).toMatchObject(authentication ? { authentication } : { role });
    expect(read(connection, text)).toHaveProperty('connectionString');
    if (authentication === undefined) expect(read(connection, text)).not.toHaveProperty('authentication');
  });

  test.each([
    ['a client id alone', `ClientId=${key}`],
    ['another way', 'Authorization=Basic'],
    ['a client id that is none', 'ClientId=me;Authorization=AAD'],
    ['an empty client id', 'ClientId=;Authorization=AAD'],
    ['something more', 'Authorization=AAD;Secret=x'],
    ['something twice', 'Authorization=AAD;Authorization=AAD'],
    ['no pairs', 'AAD'],
  ])('do not take an authentication string with %s', (_, text) => {
    expect(read(connection, text)).toBe('authentication-string-malformed');
  });

  test('say whose telemetry it is', () => {
    const more = { WEBSITE_SITE_NAME: 'contoso-radius', WEBSITE_INSTANCE_ID: 'abc' };
    expect(read(connection, undefined, more)).toMatchObject({
      role: { name: 'contoso-radius', instance: 'abc' },
    });
  });
});

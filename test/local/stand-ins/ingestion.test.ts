import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { MONITOR_AUDIENCE, STORAGE_AUDIENCE } from '../../../local/stand-ins/tokens.ts';
import type { LocalTls } from '../../../local/tls.ts';
import { ask } from './ask.ts';
import { loopbackTls, running } from './running.ts';

type Running = Awaited<ReturnType<typeof running>>;
let tls: LocalTls;
let standIns: Running;
let open: Running;

beforeAll(async () => {
  tls = await loopbackTls();
  standIns = await running(tls);
  open = await running(tls, { telemetryAuthenticated: false });
});
afterEach(() => standIns.ingestion.script(undefined));
afterAll(() => Promise.all([standIns.close(), open.close()]));

function partsOf({ connectionString }: Running): Record<string, string> {
  return Object.fromEntries(connectionString.split(';').map((part) => part.split('=')));
}

function tokenFor(audience: string, lifetime = 3600): string {
  return standIns.issuer.issue({ audience, appId: 'app', lifetime }).token;
}

function event(x: { item?: object; data?: object; baseData?: object } = {}): object {
  return {
    ver: 1,
    name: 'Microsoft.ApplicationInsights.Event',
    time: '2026-01-02T03:04:05.678Z',
    iKey: partsOf(standIns)['InstrumentationKey'],
    tags: { 'ai.cloud.role': 'bridge' },
    data: {
      baseType: 'EventData',
      baseData: {
        ver: 2,
        name: 'decision',
        properties: { id: '1' },
        measurements: { duration: 5 },
        ...x.baseData,
      },
      ...x.data,
    },
    ...x.item,
  };
}

function track(
  body: string | Buffer | object,
  x: { of?: Running; path?: string; method?: string; headers?: Record<string, string> } = {},
) {
  const { of = standIns, path = '/v2.1/track', method = 'POST' } = x;
  return ask(partsOf(of)['IngestionEndpoint'] ?? '', {
    ca: tls.ca,
    method,
    path,
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${tokenFor(MONITOR_AUDIENCE)}`,
      ...x.headers,
    },
    body: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body),
  });
}

describe('the ingestion of Application Insights', () => {
  test.each(['/v2.1/track', '/v2/track'])('takes items at %s and keeps them', async (path) => {
    const before = standIns.counts().ingestion.accepted;
    const { status, body } = await track([event(), event({ baseData: { name: 'store-swept' } })], { path });
    expect([status, body]).toEqual([200, { itemsReceived: 2, itemsAccepted: 2, errors: [] }]);
    expect(standIns.ingestion.items().at(-1)).toMatchObject({ data: { baseData: { name: 'store-swept' } } });
    expect(standIns.counts().ingestion.accepted).toBe(before + 2);
  });

  test('takes what is packed, one item alone, and items line by line', async () => {
    const packed = gzipSync(JSON.stringify([event()]));
    expect((await track(packed, { headers: { 'content-encoding': 'gzip' } })).status).toBe(200);
    expect((await track(event())).status).toBe(200);
    const lines = `${JSON.stringify(event())}\n${JSON.stringify(event())}\n`;
    const { body } = await track(lines, { headers: { 'content-type': 'application/x-json-stream' } });
    expect(body).toMatchObject({ itemsAccepted: 2 });
  });

  test('takes messages, and more than other stand-ins at once', async () => {
    const message = event({
      data: { baseType: 'MessageData', baseData: { ver: 2, message: 'x'.repeat(30_000) } },
    });
    const { status, body } = await track(Array.from({ length: 100 }, () => message));
    expect([status, body]).toMatchObject([200, { itemsAccepted: 100 }]);
    expect((await track('x'.repeat(5_000_000))).status).toBe(413);
  });

  test('keeps the last thousand', async () => {
    const batch = Array.from({ length: 600 }, () => event());
    await track(batch);
    await track(batch);
    expect(standIns.ingestion.items()).toHaveLength(1000);
  });

  test.each([
    ['no token', ''],
    ['no bearer', 'Basic YTpi'],
    ['no JWT', 'Bearer x'],
    ['a token for storage', () => `Bearer ${tokenFor(STORAGE_AUDIENCE)}`],
    ['a token that has expired', () => `Bearer ${tokenFor(MONITOR_AUDIENCE, -10)}`],
  ])('answers 401 where there is %s', async (_, given) => {
    const before = standIns.counts().ingestion;
    const authorization = typeof given === 'string' ? given : given();
    const { status, body } = await track([event()], { headers: { authorization } });
    expect([status, body]).toMatchObject([401, { itemsAccepted: 0, errors: [{ statusCode: 401 }] }]);
    expect(standIns.counts().ingestion).toEqual({ ...before, unauthorized: before.unauthorized + 1 });
  });

  test('takes the managed identity’s token', async () => {
    const query = new URLSearchParams({
      'api-version': '2019-08-01',
      resource: MONITOR_AUDIENCE,
      client_id: standIns.clientId,
    });
    const given = await ask(`${standIns.identityEndpoint}?${query}`, {
      headers: { 'x-identity-header': standIns.identityHeader },
    });
    const { access_token: token } = given.body as { access_token: string };
    expect((await track([event()], { headers: { authorization: `Bearer ${token}` } })).status).toBe(200);
  });

  test('needs no token where local authentication is on', async () => {
    const { InstrumentationKey: iKey } = partsOf(open);
    const mine = await track([event({ item: { iKey } })], { of: open, headers: { authorization: '' } });
    expect(mine.status).toBe(200);
  });

  test.each([
    ['another path', 404, [event], { path: '/v3/track' }],
    ['another method', 405, [event], { method: 'PUT' }],
    ['another encoding', 415, [event], { headers: { 'content-encoding': 'br' } }],
    ['what is not packed', 415, [event], { headers: { 'content-encoding': 'gzip' } }],
    ['another type', 400, [event], { headers: { 'content-type': 'text/plain' } }],
    ['no JSON', 400, '[', {}],
    ['no items', 400, [], {}],
  ])('refuses %s with %i', async (_, status, body, x) => {
    const before = standIns.counts().ingestion.invalid;
    const text = typeof body === 'string' ? body : JSON.stringify(body.map((make) => make()));
    expect((await track(text, x)).status).toBe(status);
    expect(standIns.counts().ingestion.invalid).toBe(before + 1);
  });

  const wrong: Array<[string, unknown]> = [
    ['no object', 5],
    ['null', null],
    ['a list', []],
    ['no name', () => event({ item: { name: '' } })],
    ['no time', () => event({ item: { time: 'yesterday' } })],
    ['a time that does not exist', () => event({ item: { time: '2026-13-02T03:04:05Z' } })],
    ['another key', () => event({ item: { iKey: '00000000-0000-0000-0000-000000000000' } })],
    ['tags that are not text', () => event({ item: { tags: { a: 1 } } })],
    ['no data', () => event({ item: { data: undefined } })],
    ['an unknown type', () => event({ data: { baseType: 'ProfileData' } })],
    ['a name of an object’s own', () => event({ data: { baseType: 'constructor' } })],
    ['no base data', () => event({ data: { baseData: [] } })],
    ['another version', () => event({ baseData: { ver: 1 } })],
    ['an event without a name', () => event({ baseData: { name: undefined } })],
    ['an event with a long name', () => event({ baseData: { name: 'x'.repeat(513) } })],
    ['a property that is no text', () => event({ baseData: { properties: { a: 1 } } })],
    ['a property that is too long', () => event({ baseData: { properties: { a: 'x'.repeat(8193) } } })],
    ['a property with a long name', () => event({ baseData: { properties: { ['x'.repeat(151)]: '' } } })],
    ['properties that are a list', () => event({ baseData: { properties: [] } })],
    ['a measurement that is text', () => event({ baseData: { measurements: { a: '1' } } })],
    [
      'an item that is too long',
      () =>
        event({
          baseData: {
            properties: Object.fromEntries(Array.from({ length: 9 }, (_, i) => [i, 'x'.repeat(8000)])),
          },
        }),
    ],
  ];
  test.each(wrong)('rejects an item that has %s, and takes its neighbour', async (_, make) => {
    const item = typeof make === 'function' ? make() : make;
    const { status, body } = await track([event(), item]);
    expect([status, body]).toMatchObject([
      206,
      { itemsReceived: 2, itemsAccepted: 1, errors: [{ index: 1, statusCode: 400 }] },
    ]);
    expect((await track([item])).status).toBe(400);
  });

  test('plays scripts, once who calls is known', async () => {
    await standIns.script('ingestion', { state: 'throttled', retryAfter: 7, times: 1 });
    expect((await track([event()], { headers: { authorization: '' } })).status).toBe(401);
    const throttled = await track([event()]);
    expect([throttled.status, throttled.headers['retry-after']]).toEqual([429, '7']);
    await standIns.script('ingestion', { state: 'failing', status: 403, times: 1 });
    expect((await track([event()])).status).toBe(403);
    await standIns.script('ingestion', { state: 'resetting', times: 1 });
    await expect(track([event()])).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect((await track([event()])).status).toBe(200);
  });

  test('says that the quota is used up, and takes a part', async () => {
    standIns.ingestion.script({ state: 'quota', status: 402, times: 1 });
    expect((await track([event()])).status).toBe(402);
    standIns.ingestion.script({ state: 'quota', status: 439, retryAfter: 60, times: 1 });
    const full = await track([event()]);
    expect([full.status, full.headers['retry-after']]).toEqual([439, '60']);
    standIns.ingestion.script({ state: 'partial', status: 500, of: [0, 2], times: 1 });
    const { status, body } = await track([event(), event(), event()]);
    expect([status, body]).toMatchObject([
      206,
      { itemsAccepted: 1, errors: [{ index: 0, statusCode: 500 }, { index: 2 }] },
    ]);
    expect((await track([event()])).status).toBe(200);
  });
});

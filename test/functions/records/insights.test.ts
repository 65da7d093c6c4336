import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import type { TokenCredential } from '@azure/identity';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { insights } from '../../../functions/records/insights.ts';
import type { LogEvent } from '../../../functions/records/log.ts';
import { MONITOR_AUDIENCE, STORAGE_AUDIENCE } from '../../../local/stand-ins/tokens.ts';
import { loopbackTls, running } from '../../local/stand-ins/running.ts';
import { manualTime } from '../store/time.ts';

// The SDK is real, so it takes its time to load.
const timeout = 30_000;
type Running = Awaited<ReturnType<typeof running>>;
let standIns: Running;
let open: Running;

beforeAll(async () => {
  const tls = await loopbackTls();
  setDefaultCACertificates([...getCACertificates('default'), tls.ca]);
  standIns = await running(tls);
  open = await running(tls, { telemetryAuthenticated: false });
});
afterEach(async () => {
  await standIns.script('ingestion', { state: 'well' });
  standIns.ingestion.script(undefined);
});
afterAll(() => Promise.all([standIns.close(), open.close()]));

const traceId = '0af7651916cd43dd8448eb211c80319c';
const spanId = 'b7ad6b7169203331';
const traceParent = `00-${traceId}-${spanId}-00`;

function identity(audience = MONITOR_AUDIENCE): TokenCredential {
  return {
    async getToken(scopes) {
      expect(scopes).toEqual([`${MONITOR_AUDIENCE}/.default`]);
      const { token, expires } = standIns.issuer.issue({ audience, appId: 'app', lifetime: 3600 });
      return { token, expiresOnTimestamp: expires * 1000 };
    },
  };
}

/** Telemetry to the stand-in whose timers are run by hand. */
function rig(x: { of?: Running; credential?: TokenCredential | undefined; patience?: number } = {}) {
  const { of = standIns, credential = 'credential' in x ? undefined : identity(), patience = 20_000 } = x;
  const time = manualTime();
  const log: LogEvent[] = [];
  const timers: Array<{ milliseconds: number; run: () => void }> = [];
  const before = of.ingestion.items().length;
  const telemetry = insights({
    connectionString: of.connectionString,
    credential,
    patience,
    role: { name: 'contoso-radius', instance: 'one' },
    version: '1.2.3',
    clock: time.clock,
    log: (event) => log.push(event),
    after: (milliseconds, run) => timers.push({ milliseconds, run }),
  });
  return { time, log, timers, telemetry, arrived: () => of.ingestion.items().slice(before) };
}

describe('an event', { timeout }, () => {
  test('arrives with its own fields, whose it is, and what it belongs to, and nothing else', async () => {
    const { time, telemetry, arrived, log } = rig();
    const at = new Date(time.clock.now()).toISOString();
    telemetry.tell({ event: 'decision', id: 'a', duration: 12.5, user: { id: 'alice' } }, traceParent);
    telemetry.tell({ event: 'store-swept', rows: 3 });
    await time.advance(60_000);
    await telemetry.flush();
    const [decision, swept, ...more] = arrived();
    const tags = {
      'ai.cloud.role': 'contoso-radius',
      'ai.cloud.roleInstance': 'one',
      'ai.application.ver': '1.2.3',
      'ai.internal.sdkVersion': expect.stringMatching(/^node\d+:otel[\d.]+:\w+[\d.]+(-beta\.\d+)?$/),
    };
    expect(decision).toEqual({
      ver: 1,
      name: 'Microsoft.ApplicationInsights.Event',
      time: at,
      sampleRate: 100,
      iKey: /=([^;]*)/.exec(standIns.connectionString)?.[1],
      tags: { ...tags, 'ai.operation.id': traceId, 'ai.operation.parentId': spanId },
      data: {
        baseType: 'EventData',
        baseData: {
          ver: 2,
          name: 'decision',
          properties: { id: 'a', duration: '12.5', user: '{"id":"alice"}' },
          measurements: { duration: 12.5 },
        },
      },
    });
    expect(swept).toMatchObject({ time: at, data: { baseData: { name: 'store-swept' } } });
    expect(swept?.tags).toEqual(tags);
    expect([more, log]).toEqual([[], []]);
  });

  test('arrives whatever its fields are called and hold', async () => {
    const { telemetry, arrived } = rig();
    const names = ['url.full', 'session.id', 'microsoft.custom_event.name', '_MS.baseType', 'exception.type'];
    const fields = Object.fromEntries(names.map((name) => [name, '😀'.repeat(5000)]));
    telemetry.tell({ event: 'hostile', ...fields, list: Array.from({ length: 900 }, () => 'äöü\u0000"') });
    await telemetry.flush();
    const [item, ...more] = arrived();
    const { properties = {} } = item?.data.baseData ?? { ver: 2 };
    expect([item?.data.baseData['name'], more]).toEqual(['hostile', []]);
    expect(Object.keys(properties).sort()).toEqual([
      '_MS_baseType',
      '_microsoft_custom_event_name',
      'cutFields',
      'exception_type',
      'list',
      'session_id',
      'url_full',
    ]);
    expect(properties['url_full']).toBe('😀'.repeat(2048));
    expect(JSON.parse(properties['list'] ?? '').length).toBeGreaterThan(300);
  });

  test('arrives without a token where none is wanted', async () => {
    const { telemetry, log, arrived } = rig({ of: open, credential: undefined });
    telemetry.tell({ event: 'e' });
    await telemetry.flush();
    expect([arrived().length, log]).toEqual([1, []]);
  });

  test('does not arrive without one where it is wanted', async () => {
    const { telemetry, log } = rig({ credential: undefined });
    telemetry.tell({ event: 'e' });
    await telemetry.flush();
    expect(log).toEqual([{ event: 'telemetry-unavailable', detail: '401', waiting: 1 }]);
  });
});

describe('an event that cannot go', { timeout }, () => {
  test('waits while nobody listens, and arrives once', async () => {
    const { telemetry, arrived, log } = rig();
    await standIns.script('ingestion', { state: 'refusing' });
    telemetry.tell({ event: 'e' });
    await telemetry.flush();
    expect(log).toEqual([{ event: 'telemetry-unavailable', detail: 'ECONNREFUSED', waiting: 1 }]);
    await standIns.script('ingestion', { state: 'well' });
    await telemetry.flush();
    await telemetry.flush();
    expect(arrived()).toHaveLength(1);
  });

  test.each([
    ['breaks connections off', { state: 'resetting' }, 'ECONNRESET'],
    ['forbids it', { state: 'failing', status: 403 }, '403'],
    ['fails', { state: 'failing', status: 500 }, '500'],
    ['is not there', { state: 'failing', status: 503 }, '503'],
  ] as const)('waits while the service %s', async (_, script, detail) => {
    const { telemetry, arrived, log } = rig();
    await standIns.script('ingestion', { ...script, times: 1 });
    telemetry.tell({ event: 'e' });
    await telemetry.flush();
    expect([arrived(), log]).toEqual([[], [{ event: 'telemetry-unavailable', detail, waiting: 1 }]]);
    await telemetry.flush();
    expect(arrived()).toHaveLength(1);
  });

  test('waits as long as the service says', async () => {
    const { time, telemetry, arrived, log } = rig();
    await standIns.script('ingestion', { state: 'throttled', retryAfter: 30, times: 1 });
    telemetry.tell({ event: 'e' });
    await telemetry.flush();
    await telemetry.flush();
    expect([arrived(), log]).toMatchObject([[], [{ event: 'telemetry-unavailable', detail: '429' }]]);
    await time.advance(30_000);
    await telemetry.flush();
    expect(arrived()).toHaveLength(1);
  });

  test.each([402, 439] as const)('waits for another day’s quota: %i', async (status) => {
    const { telemetry, arrived, log } = rig();
    standIns.ingestion.script({ state: 'quota', status, times: 1 });
    telemetry.tell({ event: 'e' });
    await telemetry.flush();
    expect(log).toMatchObject([{ event: 'telemetry-unavailable', detail: String(status) }]);
    await telemetry.flush();
    expect(arrived()).toHaveLength(1);
  });

  test('goes again alone where the others went, and not where it is refused for good', async () => {
    const { telemetry, arrived, log } = rig();
    standIns.ingestion.script({ state: 'partial', status: 500, of: [1], times: 1 });
    for (const n of [0, 1, 2]) telemetry.tell({ event: 'e', n });
    await telemetry.flush();
    standIns.ingestion.script({ state: 'partial', status: 400, of: [0], times: 1 });
    telemetry.tell({ event: 'e', n: 3 });
    await telemetry.flush();
    expect(arrived().map(({ data }) => data.baseData.properties?.['n'])).toEqual(['0', '2', '3']);
    expect(log).toEqual([
      { event: 'telemetry-unavailable', detail: '206 500', waiting: 1 },
      { event: 'telemetry-refused', detail: '206 400', refused: 1 },
    ]);
  });

  test('waits where the app cannot show who it is, or not to this service', async () => {
    const credentials: TokenCredential[] = [
      {
        getToken: () =>
          Promise.reject(
            Object.assign(new Error('https://secret.example'), { name: 'CredentialUnavailableError' }),
          ),
      },
      identity(STORAGE_AUDIENCE),
    ];
    const details = ['CredentialUnavailableError', '401'];
    for (const [index, credential] of credentials.entries()) {
      const { telemetry, log } = rig({ credential });
      telemetry.tell({ event: 'e' });
      await telemetry.flush();
      expect(log).toEqual([{ event: 'telemetry-unavailable', detail: details[index], waiting: 1 }]);
    }
  });

  test('waits where no answer comes', async () => {
    const { telemetry, arrived, log } = rig({ patience: 50 });
    await standIns.script('ingestion', { state: 'hanging', times: 1 });
    telemetry.tell({ event: 'e' });
    await telemetry.flush();
    expect(log).toEqual([{ event: 'telemetry-unavailable', detail: 'timeout', waiting: 1 }]);
    const before = arrived().length;
    await standIns.script('ingestion', { state: 'well' });
    await telemetry.flush();
    expect(arrived().length).toBeGreaterThan(before);
  });

  test('does not hold up who flushes, nor anybody who tells more', async () => {
    const { telemetry, timers, arrived, log } = rig();
    await standIns.script('ingestion', { state: 'hanging', times: 1 });
    telemetry.tell({ event: 'first' });
    const flushed = telemetry.flush();
    telemetry.tell({ event: 'second' });
    timers.find(({ milliseconds }) => milliseconds === 5000)?.run();
    await flushed;
    expect(arrived()).toEqual([]);
    await standIns.script('ingestion', { state: 'well' });
    await telemetry.flush();
    expect(arrived().map(({ data }) => data.baseData['name'])).toEqual(['first', 'second']);
    expect(log).toEqual([]);
  });
});

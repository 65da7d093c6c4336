import { HttpRequest, InvocationContext } from '@azure/functions';
import { describe, expect, test } from 'vitest';
import type { Bridge } from '../../../functions/bridge.ts';
import { createBridge } from '../../../functions/bridge.ts';
import type { CallAnswer } from '../../../functions/exchange/answer.ts';
import { type LogEvent, limitedLog } from '../../../functions/records/log.ts';
import { radiusHandler } from '../../../functions/triggers/radius.ts';
import { systemClock } from '../../../relay-call/clock.ts';
import type { ReceivedCall } from '../../../relay-call/signature.ts';
import { type Told, telemetryInto } from '../records/told.ts';

type Exchange = Bridge['exchange'];

const TRACE = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

/** Calls the handler as the library does. */
async function call(
  bridge: Parameters<typeof radiusHandler>[0],
  init: { headers?: Record<string, string>; bytes?: Uint8Array; url?: string } = {},
  told: Told[] = [],
  handler = radiusHandler(bridge, telemetryInto(told), quiet()),
) {
  const lines: string[] = [];
  const context = new InvocationContext({
    functionName: 'radius',
    traceContext: { traceParent: TRACE },
    logHandler: (_level, ...texts) => lines.push(texts.join(' ')),
  });
  const request = new HttpRequest({
    method: 'POST',
    url: init.url ?? 'https://bridge.example/api/radius',
    headers: init.headers ?? {},
    body: { bytes: init.bytes ?? new Uint8Array([1, 2, 3]) },
  });
  const response = await handler(request, context);
  if (response === undefined || !('status' in response)) throw new Error('no response');
  return {
    response,
    lines,
    told,
    problem: () => JSON.parse(Buffer.from(response.body as Uint8Array).toString()),
  };
}

/** A limiter of its own, so that no test hears of another. */
function quiet(late: (event: LogEvent) => void = () => undefined) {
  return limitedLog({ clock: systemClock, after: () => undefined, late });
}

function bridgeWith(exchange: Exchange): Bridge {
  return {
    exchange,
    store: {} as Bridge['store'],
    prepare: async () => undefined,
    flush: () => undefined,
  };
}

const done: CallAnswer = { status: 204, headers: {} };

describe('the door for packets', () => {
  test('hands on method, path, query, headers and body as they came', async () => {
    const seen: ReceivedCall[] = [];
    const { response } = await call(
      bridgeWith(async (received) => {
        seen.push(received);
        return done;
      }),
      { headers: { 'Signature-Input': 'x', 'X-Other': 'y' }, url: 'https://other.example/api/radius?x=1' },
    );
    expect(response.status).toBe(204);
    expect(seen).toMatchObject([{ method: 'POST', path: '/api/radius', query: '?x=1' }]);
    expect(seen[0]?.header('signature-input')).toBe('x');
    expect(seen[0]?.header('signature')).toBeUndefined();
    expect(Buffer.from(seen[0]?.body ?? [])).toEqual(Buffer.from([1, 2, 3]));
  });

  test('body-too-large: a declared length above a packet’s is refused before the body is read', async () => {
    const { response, problem } = await call(
      bridgeWith(() => Promise.reject(new Error('was asked'))),
      { headers: { 'content-length': '4097' } },
    );
    expect(response.status).toBe(413);
    expect(problem().code).toBe('body-too-large');
  });

  test('settings-refused: told at start and at every call, by the variable’s name', async () => {
    const events: LogEvent[] = [];
    const bridge = createBridge({ KEY_VAULT_URL: 'https://x.example' }, (event) => events.push(event));
    expect(events).toMatchObject([{ event: 'settings-refused', code: 'setting-missing' }]);
    const { response, problem, lines } = await call(bridge);
    expect(response.status).toBe(503);
    expect(problem()).toMatchObject({ code: 'settings-refused', begun: false });
    expect(lines.join()).toContain('WEBSITE_HOSTNAME');
  });

  test('settings-refused: strangers who call again and again do not fill the log', async () => {
    const bridge = createBridge({ BRIDGE_CONFIG: 'ftp://x', WEBSITE_HOSTNAME: 'x.example' }, () => undefined);
    const told: Told[] = [];
    const kept: LogEvent[] = [];
    const limited = quiet((event) => kept.push(event));
    const handler = radiusHandler(bridge, telemetryInto(told), limited);
    const lines = [];
    for (let n = 0; n < 20; n += 1) lines.push(...(await call(bridge, {}, told, handler)).lines);
    expect(lines).toHaveLength(1);
    expect(told).toHaveLength(1);
    limited.flush();
    expect(kept).toMatchObject([{ event: 'settings-refused', leftOut: 18 }]);
  });

  const azure = {
    BRIDGE_CONFIG: 'bridge.json',
    BRIDGE_STORE: 'memory',
    BRIDGE_AUTHORITY: 'bridge.example',
    KEY_VAULT_URL: 'https://name.vault.azure.net',
  };
  test.each<[string, string, string, Record<string, string>]>([
    [
      'the check of the vault’s challenge cannot be switched off for a vault of Azure',
      'challenge-check-needed',
      'KEY_VAULT_URL',
      { DISABLE_CHALLENGE_RESOURCE_VERIFICATION: 'true' },
    ],
    [
      'the discovery of instances cannot be switched off for Entra',
      'instance-discovery-needed',
      'AZURE_AUTHORITY_HOST',
      { DISABLE_INSTANCE_DISCOVERY: 'true' },
    ],
    [
      'Entra is asked over https',
      'authority-wrong',
      'AZURE_AUTHORITY_HOST',
      { AZURE_AUTHORITY_HOST: 'http://127.0.0.1' },
    ],
  ])('settings-refused: %s', (_, code, setting, change) => {
    const events: LogEvent[] = [];
    createBridge({ ...azure, ...change }, (event) => events.push(event));
    expect(events).toMatchObject([{ event: 'settings-refused', code, setting }]);
  });

  test('unexpected-fault: silence, and a log that has the kind and the place but not the message', async () => {
    const { response, problem, lines } = await call(
      bridgeWith(() => Promise.reject(new TypeError('the password was hunter2'))),
    );
    expect(response.status).toBe(503);
    expect(problem()).toMatchObject({ code: 'unexpected-fault', begun: true });
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ event: 'unexpected-fault', fault: 'TypeError' });
    expect(lines[0]).toContain('radius.test.ts');
    expect(lines[0]).not.toContain('hunter2');
  });

  test('what a call tells goes to the log and, with the trace of the invocation, to telemetry', async () => {
    const event = { event: 'decision', id: 'x' };
    const { lines, told } = await call(
      bridgeWith(async (_received, log) => {
        log(event);
        return done;
      }),
    );
    expect(lines.map((line) => JSON.parse(line))).toEqual([event]);
    expect(told).toEqual([{ event, trace: TRACE }]);
  });

  test('a fault of our own is told to telemetry as it is told to the log', async () => {
    const { lines, told } = await call(bridgeWith(() => Promise.reject(new TypeError('hunter2'))));
    expect(told.map(({ event }) => event)).toEqual(lines.map((line) => JSON.parse(line)));
  });
});

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { CLOUDS } from '../../../functions/entra/clouds.ts';
import type { TokenEvent, TokenSource } from '../../../functions/entra/token.ts';
import { coded, startVault } from '../keyvault/vault-rig.ts';
import { dateClock, type SourceOptions, sourceOf } from './token-rig.ts';

// The SDKs are real, so they take their time to load.
const timeout = 30_000;
const minutes = 60_000;
const never = new AbortController().signal;

let rig: Awaited<ReturnType<typeof startVault>>;
let events: TokenEvent[];

beforeAll(async () => {
  rig = await startVault({ certificates: [{ name: 'nps-mfa' }], clock: dateClock });
});
afterAll(() => rig.standIns.close());
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
  await rig.standIns.script('keyVault', { state: 'well' });
  await rig.standIns.script('entra', { state: 'well' });
  events = [];
  rig.mark();
});
afterEach(() => {
  vi.useRealTimers();
});

function advance(ms: number): void {
  vi.setSystemTime(Date.now() + ms);
}

function source(x: SourceOptions = {}): TokenSource {
  return sourceOf(rig, { log: (event) => events.push(event), ...x });
}

const once = { challenged: 2, certificateRead: 1, keyRead: 1, signed: 1 };

describe('a token', { timeout }, () => {
  test.each(['PS256', 'RS256'] as const)('is had with an assertion that %s signs', async (algorithm) => {
    const token = await source({ algorithm }).get(never);
    expect(rig.standIns.issuer.check(token, CLOUDS.public.connectorResource)).toBeUndefined();
    expect(rig.counted()).toEqual(once);
    expect(rig.entra()).toEqual({ discovered: 1, issued: 1 });
  });

  test('is kept: the second get calls neither the vault nor Entra', async () => {
    const tokens = source();
    const token = await tokens.get(never);
    rig.mark();
    expect(await tokens.get(never)).toBe(token);
    expect(rig.counted()).toEqual({});
    expect(rig.entra()).toEqual({});
  });

  test('is asked for once for all who want one at the same time', async () => {
    const tokens = source();
    const all = await Promise.all(Array.from({ length: 20 }, () => tokens.get(never)));
    expect(new Set(all).size).toBe(1);
    expect(rig.counted()).toEqual(once);
    expect(rig.entra().issued).toBe(1);
  });

  test('is refreshed behind the back in its last five minutes', async () => {
    const tokens = source();
    const first = await tokens.get(never);
    advance(3_599_000 - 5 * minutes - 2_000);
    expect(await tokens.get(never)).toBe(first);
    expect(rig.entra().issued).toBe(1);
    advance(2_000);
    await rig.standIns.script('entra', { state: 'slow', delay: 50 });
    expect(await Promise.all([tokens.get(never), tokens.get(never)])).toEqual([first, first]);
    await vi.waitFor(async () => expect(await tokens.get(never)).not.toBe(first));
    expect(rig.entra().issued).toBe(2);
  });

  test('is waited for when the kept one has less than half a minute left', async () => {
    const tokens = source();
    const first = await tokens.get(never);
    advance(3_599_000 - 30_000 + 1_000);
    expect(await tokens.get(never)).not.toBe(first);
    expect(rig.entra().issued).toBe(2);
  });

  test('token-kept: serves on while Entra is down, which is not asked at each turn', async () => {
    const tokens = source();
    const first = await tokens.get(never);
    advance(3_599_000 - 4 * minutes);
    await rig.standIns.script('entra', { state: 'failing', status: 503 });
    expect(await tokens.get(never)).toBe(first);
    await vi.waitFor(() => expect(events).toHaveLength(1));
    expect(events).toEqual([
      { event: 'token-kept', code: 'entra-failing', detail: 'AADSTS90033', left: expect.any(Number) },
    ]);
    rig.mark();
    advance(4_999);
    expect(await tokens.get(never)).toBe(first);
    expect(rig.entra()).toEqual({});
    advance(4 * minutes);
    await expect(tokens.get(never)).rejects.toThrow(coded('entra-failing', 'AADSTS90033'));
  });

  test('that does not live long is not asked for again at each turn', async () => {
    const certificates = [{ name: 'nps-mfa' }];
    const other = await startVault({ certificates, clock: dateClock, entraTokenLifetime: 240 }, rig.tls);
    try {
      const tokens = sourceOf(other);
      const first = await tokens.get(never);
      advance(118_000);
      expect(await tokens.get(never)).toBe(first);
      expect(other.entra().issued).toBe(1);
      advance(4_000);
      await tokens.get(never);
      await vi.waitFor(() => expect(other.entra().issued).toBe(2));
    } finally {
      await other.standIns.close();
    }
  });
});

describe('a token that was refused where it was used', { timeout }, () => {
  test('is replaced by one request to Entra, and none to the vault', async () => {
    const tokens = source();
    const first = await tokens.get(never);
    rig.mark();
    tokens.discard(first);
    const next = await tokens.get(never);
    expect(next).not.toBe(first);
    expect(rig.counted()).toEqual({});
    expect(rig.entra()).toEqual({ discovered: 1, issued: 1 });
    expect(await tokens.get(never)).toBe(next);
  });

  test('costs one signature once the assertion is older than five minutes', async () => {
    const tokens = source();
    const first = await tokens.get(never);
    rig.mark();
    advance(5 * minutes);
    tokens.discard(first);
    await tokens.get(never);
    expect(rig.counted()).toEqual({ signed: 1 });
    expect(rig.entra().issued).toBe(1);
  });

  test('is replaced once for all who had it', async () => {
    const tokens = source();
    const first = await tokens.get(never);
    tokens.discard(first);
    const next = await tokens.get(never);
    tokens.discard(first);
    expect(await tokens.get(never)).toBe(next);
    expect(rig.entra().issued).toBe(2);
  });

  test('right after another stays for half a minute: a third would not be taken either', async () => {
    const tokens = source();
    tokens.discard(await tokens.get(never));
    const second = await tokens.get(never);
    tokens.discard(second);
    expect(await tokens.get(never)).toBe(second);
    advance(30_000);
    tokens.discard(second);
    expect(await tokens.get(never)).not.toBe(second);
    expect(rig.entra().issued).toBe(3);
  });

  test('or that nobody knows: nothing changes', async () => {
    const tokens = source();
    tokens.discard('');
    const first = await tokens.get(never);
    tokens.discard('eyJ');
    expect(await tokens.get(never)).toBe(first);
  });
});

describe('what passes by itself', { timeout }, () => {
  test('entra-throttled: Retry-After is obeyed, without waiting for it', async () => {
    await rig.standIns.script('entra', { state: 'throttled', retryAfter: 120 });
    const tokens = source();
    await expect(tokens.get(never)).rejects.toMatchObject({
      code: 'entra-throttled',
      detail: 'AADSTS90055',
      temporary: true,
      retryAfter: 120_000,
    });
    await rig.standIns.script('entra', { state: 'well' });
    advance(119_999);
    await expect(tokens.get(never)).rejects.toThrow(coded('entra-throttled'));
    expect(rig.entra()).toEqual({ discovered: 1, scripted: 1 });
    advance(1);
    await expect(tokens.get(never)).resolves.toMatch(/^eyJ/);
  });

  test('throttled once for a moment: the same get brings the token', async () => {
    await rig.standIns.script('entra', { state: 'throttled', retryAfter: 0, times: 1 });
    await expect(source().get(never)).resolves.toMatch(/^eyJ/);
    expect(rig.counted().signed).toBe(1);
  });

  test.each([
    ['entra-failing', 'AADSTS90033', { state: 'failing', status: 500 }],
    ['entra-unreachable', 'ECONNREFUSED', { state: 'refusing' }],
    ['entra-unreachable', 'ECONNRESET', { state: 'resetting' }],
  ] as const)('%s: %s', async (code, detail, script) => {
    await rig.standIns.script('entra', script);
    const tokens = source();
    await expect(tokens.get(never)).rejects.toMatchObject({ code, detail, temporary: true });
    rig.mark();
    await expect(tokens.get(never)).rejects.toThrow(coded(code));
    expect(rig.entra()).toEqual({});
    await rig.standIns.script('entra', { state: 'well' });
    advance(5_000);
    await expect(tokens.get(never)).resolves.toMatch(/^eyJ/);
  });

  test('entra-unreachable: no answer within patience', async () => {
    await rig.standIns.script('entra', { state: 'hanging' });
    const tokens = source({ patience: 200, assertion: async () => 'assertion' });
    await expect(tokens.get(never)).rejects.toMatchObject({ code: 'entra-unreachable', detail: '' });
  });

  test('the signal ends one wait, not the request of the others', async () => {
    await rig.standIns.script('entra', { state: 'hanging' });
    const tokens = source();
    const aborter = new AbortController();
    const one = tokens.get(aborter.signal);
    const other = tokens.get(never);
    aborter.abort(new Error('too late'));
    await expect(one).rejects.toThrow('too late');
    await vi.waitFor(() => expect(rig.counted().signed).toBe(1));
    await rig.standIns.script('entra', { state: 'well' });
    await expect(other).resolves.toMatch(/^eyJ/);
    expect(rig.entra().issued).toBe(1);
    await expect(tokens.get(AbortSignal.abort(new Error('gone')))).rejects.toThrow('gone');
  });
});

import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { TokenSource } from '../../../functions/entra/token.ts';
import type { Clock } from '../../../relay-call/clock.ts';
import { coded, odd, startVault } from '../keyvault/vault-rig.ts';
import { assertionsOf, dateClock, type SourceOptions, sourceOf } from './token-rig.ts';

// The SDKs are real, so they take their time to load.
const timeout = 30_000;
const minutes = 60_000;
const never = new AbortController().signal;

let rig: Awaited<ReturnType<typeof startVault>>;

beforeAll(async () => {
  const certificates = [
    { name: 'nps-mfa' },
    { name: 'unregistered', registered: false },
    { name: 'off', enabled: false },
  ];
  rig = await startVault({ certificates, clock: dateClock });
});
afterAll(() => rig.standIns.close());
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
  await rig.standIns.script('keyVault', { state: 'well' });
  await rig.standIns.script('entra', { state: 'well' });
  rig.mark();
});
afterEach(() => {
  vi.useRealTimers();
});

function advance(ms: number): void {
  vi.setSystemTime(Date.now() + ms);
}

const source = (x: SourceOptions = {}): TokenSource => sourceOf(rig, x);

describe('what Entra refuses', { timeout }, () => {
  test.each<[string, string, SourceOptions]>([
    ['certificate-not-registered', 'AADSTS700027', { certificate: 'unregistered' }],
    ['client-missing', 'AADSTS700016', { clientId: randomUUID() }],
    ['tenant-unknown', 'AADSTS90002', { tenantId: randomUUID() }],
    ['resource-missing', 'AADSTS500011', { resource: 'https://graph.microsoft.com' }],
    [
      'token-refused',
      'AADSTS700023',
      { assertion: () => assertionsOf(rig).assertion('https://elsewhere.example/token') },
    ],
    ['token-refused', 'AADSTS50027', { assertion: async () => 'not an assertion' }],
  ])('%s: %s', async (code, detail, x) => {
    const fault: unknown = await source(x)
      .get(never)
      .catch((error: unknown) => error);
    expect(fault).toMatchObject({ code, detail, temporary: false });
    expect((fault as Error).cause).toBeUndefined();
    expect(JSON.stringify(fault, Object.getOwnPropertyNames(fault))).not.toMatch(/eyJ|Trace|Correlation/);
    expect(rig.entra().issued).toBeUndefined();
  });

  test('clock-wrong: our clock runs late', async () => {
    const late: Clock = { now: () => Date.now() - 20 * minutes, monotonic: dateClock.monotonic };
    await expect(source({ assertionClock: late }).get(never)).rejects.toThrow(
      coded('clock-wrong', 'AADSTS700024'),
    );
  });

  test('is refused again without asking: after 5 s, 10 s, 20 s and so on up to a minute', async () => {
    const tokens = source({ certificate: 'unregistered' });
    const asked: boolean[] = [];
    for (const pause of [0, 4_999, 1, 9_999, 1, 19_999, 1, 39_999, 1, 59_999, 1, 59_999, 1]) {
      advance(pause);
      rig.mark();
      await expect(tokens.get(never)).rejects.toThrow(coded('certificate-not-registered'));
      asked.push(rig.entra().assertionRefused === 1);
    }
    const [first, ...rest] = asked;
    expect(first).toBe(true);
    expect(rest).toEqual(Array.from({ length: 6 }, () => [false, true]).flat());
  });

  test('is had with the newer certificate once there is one that Entra knows', async () => {
    const tokens = source({ certificate: 'unregistered' });
    await expect(tokens.get(never)).rejects.toThrow(coded('certificate-not-registered'));
    await rig.standIns.certificates.add({ name: 'unregistered' });
    advance(35_000);
    await expect(tokens.get(never)).rejects.toThrow(coded('certificate-not-registered'));
    advance(10_000);
    await expect(tokens.get(never)).resolves.toMatch(/^eyJ/);
  });
});

describe('what the vault does not sign', { timeout }, () => {
  test('signing-unavailable: the vault is down', async () => {
    await rig.standIns.script('keyVault', { state: 'refusing' });
    const tokens = source();
    await expect(tokens.get(never)).rejects.toMatchObject({
      code: 'signing-unavailable',
      detail: 'vault-unreachable',
      temporary: true,
    });
    await rig.standIns.script('keyVault', { state: 'well' });
    await expect(tokens.get(never)).rejects.toThrow(coded('signing-unavailable'));
    advance(2_000);
    await expect(tokens.get(never)).resolves.toMatch(/^eyJ/);
  });

  test('signing-unavailable: the vault refuses us', async () => {
    await rig.standIns.script('keyVault', { state: 'failing', status: 403 });
    await expect(source().get(never)).rejects.toThrow(coded('signing-unavailable', 'vault-refused'));
  });

  test('signing-unavailable: the vault does not answer within patience', async () => {
    await rig.standIns.script('keyVault', { state: 'hanging' });
    await source({ assertion: async () => '' })
      .get(never)
      .catch(() => undefined);
    await expect(source({ patience: 1_000 }).get(never)).rejects.toThrow(
      coded('signing-unavailable', 'vault-unreachable'),
    );
  });

  test.each([
    ['absent', 'certificate-missing'],
    ['off', 'certificate-disabled'],
  ])('certificate-unusable: %s', async (certificate, detail) => {
    await expect(source({ certificate }).get(never)).rejects.toMatchObject({
      code: 'certificate-unusable',
      detail,
      temporary: false,
    });
    expect(rig.entra().issued).toBeUndefined();
  });

  test('token-fault: an error that nobody foresaw is told by its name, and not tried again at once', async () => {
    const assertion = vi.fn(() => Promise.reject(new RangeError('secret text')));
    const tokens = source({ assertion });
    const fault = { code: 'token-fault', detail: 'RangeError', temporary: false };
    const refusal = await tokens.get(never).catch((error: unknown) => error);
    expect(refusal).toMatchObject(fault);
    expect(String(refusal)).not.toContain('secret text');
    const tried = assertion.mock.calls.length;
    await expect(tokens.get(never)).rejects.toMatchObject(fault);
    expect(assertion).toHaveBeenCalledTimes(tried);
  });
});

describe('an Entra that answers oddly', { timeout }, () => {
  async function answered(x: {
    readonly status: number;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body: unknown;
  }): Promise<unknown> {
    const { tenant } = rig.standIns.issuer;
    const server = await odd(rig.tls, ({ method }, url) => {
      if (method === 'POST') return x;
      const [issuer, token] = [`${url}/${tenant}/v2.0`, `${url}/${tenant}/oauth2/v2.0/token`];
      const rest = { authorization_endpoint: `${url}/${tenant}/authorize`, jwks_uri: `${issuer}/keys` };
      return { status: 200, body: { issuer, token_endpoint: token, ...rest } };
    });
    try {
      return await source({ authorityHost: server.url })
        .get(never)
        .catch((error: unknown) => error);
    } finally {
      await server.close();
    }
  }

  test.each([
    null,
    [],
    'text',
    {},
    { token_type: 'Bearer', expires_in: 3599 },
    { token_type: 'Bearer', access_token: '', expires_in: 3599 },
    { token_type: 'Bearer', access_token: 'eyJ' },
    { token_type: 'Bearer', access_token: 'eyJ', expires_in: 0 },
    { token_type: 'Bearer', access_token: 'eyJ', expires_in: 20 },
    { token_type: 'Bearer', access_token: 'eyJ', expires_in: -3599 },
  ])('token-unusable: 200 %j', async (body) => {
    expect(await answered({ status: 200, body })).toMatchObject({ code: 'token-unusable', temporary: false });
  });

  test.each([
    [{ error: 'invalid_client' }, 'token-refused', 'HTTP 400'],
    ['<html>', 'token-refused', 'HTTP 400'],
    [{ error: 'x', error_codes: ['700027; rm'] }, 'token-refused', 'HTTP 400'],
    [{ error: 'x', error_codes: [-1] }, 'token-refused', 'HTTP 400'],
    [{ error: 'x', error_codes: {}, error_description: 7 }, 'token-refused', 'HTTP 400'],
    [{ error: 'x', error_description: 'see AADSTS700027' }, 'token-refused', 'HTTP 400'],
    [
      { error: 'x', error_description: 'AADSTS700027: not known' },
      'certificate-not-registered',
      'AADSTS700027',
    ],
    [{ error: 'x', error_codes: [50196], error_description: 'AADSTS1: y' }, 'client-loop', 'AADSTS50196'],
  ])('400 %j: %s', async (body, code, detail) => {
    expect(await answered({ status: 400, body })).toMatchObject({ code, detail });
  });

  test('a Retry-After that is neither seconds nor a date is not obeyed', async () => {
    const headers = { 'retry-after': 'soon' };
    const fault = await answered({ status: 400, headers, body: {} });
    expect(fault).toMatchObject({ code: 'token-refused', retryAfter: 0 });
  });

  test('a Retry-After may be a date', async () => {
    const headers = { 'retry-after': new Date(Date.now() + 3_600_000).toUTCString() };
    const fault = await answered({ status: 400, headers, body: {} });
    const hour = expect.toSatisfy((ms: number) => ms > 3_500_000 && ms <= 3_600_000);
    expect(fault).toMatchObject({ code: 'token-refused', retryAfter: hour });
  });
});

test('instance-discovery-needed, authority-wrong: refused when it is made', () => {
  expect(() => source({ authorityHost: 'https://login.microsoftonline.com' })).toThrow(
    coded('instance-discovery-needed'),
  );
  expect(() => source({ authorityHost: 'http://127.0.0.1' })).toThrow(coded('authority-wrong'));
});

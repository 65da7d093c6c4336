import { X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type StandInProgram, startStandInProgram } from '../../local/stand-in-programs.ts';
import type { LocalTls } from '../../local/tls.ts';
import { ask } from './stand-ins/ask.ts';
import { loopbackTls } from './stand-ins/running.ts';

const tenant = '11111111-2222-3333-4444-555555555555';
let tls: LocalTls;
let standIns: StandInProgram;

beforeAll(async () => {
  tls = await loopbackTls();
  standIns = await startStandInProgram({
    tls,
    secrets: { 'rdg-secret': 'correct horse' },
    tenant,
    certificates: [{ name: 'nps-mfa' }],
    phone: { mode: 'ring', ringFor: 1_000 },
    env: process.env,
    started: () => undefined,
    read: () => undefined,
  });
}, 30_000);
afterAll(() => standIns.program.stop(20_000));

/** As the managed identity, then the vault, gives it. */
async function read(path: string): Promise<unknown> {
  const { identityEndpoint, identityHeader, vaultUrl } = standIns;
  const query = 'api-version=2019-08-01&resource=https%3A%2F%2Fvault.azure.net';
  const headers = { 'x-identity-header': identityHeader };
  const { body } = await ask(`${identityEndpoint}?${query}`, { headers });
  const { access_token: token } = body as { access_token: string };
  const authorization = `Bearer ${token}`;
  return (await ask(`${vaultUrl}${path}?api-version=7.6`, { ca: tls.ca, headers: { authorization } })).body;
}

test('the program serves what it was started with', async () => {
  expect(await read('/secrets/rdg-secret/')).toMatchObject({ value: 'correct horse' });
  const { cer } = (await read('/certificates/nps-mfa/')) as { cer: string };
  expect(new X509Certificate(Buffer.from(cer, 'base64')).subject).toContain(`CN=${tenant}`);
  const document = `${standIns.authorityHost}/${tenant}/v2.0/.well-known/openid-configuration`;
  expect((await ask(document, { ca: tls.ca })).status).toBe(200);
  expect(standIns.graphUrl).toMatch(/^https:\/\/127\.0\.0\.1:\d+\/v1\.0$/);
  expect((await ask(`${standIns.graphUrl}/users/nobody`, { ca: tls.ca })).status).toBe(401);
});

test('its calls and prompts are told apart', async () => {
  const { keyVault, entra, mfaConnector, graph } = await standIns.counts();
  for (const kinds of [keyVault, entra, mfaConnector, graph]) {
    expect(Object.values(kinds).every((count) => typeof count === 'number')).toBe(true);
  }
  expect(await standIns.prompts()).toEqual({});
});

test('telemetry is taken from those who bring a token and our key, and shown', async () => {
  expect(await standIns.telemetry()).toEqual([]);
  const [, key = '', endpoint = ''] =
    /InstrumentationKey=([^;]+);IngestionEndpoint=([^;]+)/.exec(standIns.connectionString) ?? [];
  const { identityEndpoint, identityHeader } = standIns;
  const query = 'api-version=2019-08-01&resource=https%3A%2F%2Fmonitor.azure.com';
  const identity = { headers: { 'x-identity-header': identityHeader } };
  const { body } = await ask(`${identityEndpoint}?${query}`, identity);
  const { access_token: token } = body as { access_token: string };
  const item = {
    name: 'decision',
    time: '2026-01-01T00:00:00.000Z',
    iKey: key,
    data: { baseType: 'EventData', baseData: { ver: 2, name: 'decision' } },
  };
  const send = (headers: Record<string, string>) =>
    ask(`${endpoint.replace(/\/$/, '')}/v2.1/track`, {
      ca: tls.ca,
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify([item]),
    });
  expect((await send({})).status).toBe(401);
  expect((await send({ authorization: `Bearer ${token}` })).status).toBe(200);
  expect(await standIns.telemetry()).toEqual([item]);
});

test('its blobs are written and deleted', async () => {
  const { identityEndpoint, identityHeader, blobUrl } = standIns;
  const query = 'api-version=2019-08-01&resource=https%3A%2F%2Fstorage.azure.com';
  const identity = { headers: { 'x-identity-header': identityHeader } };
  const { body } = await ask(`${identityEndpoint}?${query}`, identity);
  const { access_token: token } = body as { access_token: string };
  const headers = { authorization: `Bearer ${token}`, 'x-ms-version': '2026-02-06' };
  const read = () => ask(`${blobUrl}/config/bridge.json`, { ca: tls.ca, headers });
  await standIns.setBlob('config', 'bridge.json', '{"a": "ü"}');
  expect(await read()).toMatchObject({ status: 200, body: { a: 'ü' } });
  await standIns.setBlob('config', 'bridge.json', undefined);
  // What is not there is told in XML.
  await expect(read()).rejects.toThrow(SyntaxError);
  expect((await standIns.counts()).blobs).toMatchObject({ read: 1, missing: 1 });
});

test('its phone is looked at, answered and set', async () => {
  expect(await standIns.phone.state()).toEqual({ mode: 'ring', ringFor: 1000, prompts: [] });
  expect(await standIns.phone.answer('no-such-prompt', 'approve')).toBe(false);
  await standIns.phone.set('approve');
  expect(await standIns.phone.state()).toEqual({ mode: 'approve', ringFor: 1000, prompts: [] });
});

test('its parts play scripts', async () => {
  const token = `${standIns.authorityHost}/${tenant}/oauth2/v2.0/token`;
  await standIns.script('entra', { state: 'failing', status: 503, times: 1 });
  expect((await ask(token, { ca: tls.ca, method: 'POST' })).status).toBe(503);
  expect((await standIns.counts()).entra.scripted).toBe(1);
});

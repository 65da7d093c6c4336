import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { FromStandIns, ToStandIns } from '../../../local/stand-ins/messages.ts';
import type { LocalTls } from '../../../local/tls.ts';
import { ask } from './ask.ts';
import { loopbackTls } from './running.ts';

const timeout = 30_000;
const children: ChildProcess[] = [];
let tls: LocalTls;
const tenant = '11111111-2222-3333-4444-555555555555';
const alice = {
  upn: 'alice@contoso.com',
  objectId: '22222222-2222-3333-4444-555555555555',
  password: 'right',
};
const clientId = '00001111-aaaa-2222-bbbb-3333cccc4444';

beforeAll(async () => {
  tls = await loopbackTls();
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

function spawn(): ChildProcess {
  const child = fork(new URL('../../../local/stand-ins/main.ts', import.meta.url), { execArgv: [] });
  children.push(child);
  return child;
}

async function tell(child: ChildProcess, message: ToStandIns): Promise<FromStandIns> {
  const answered = once(child, 'message');
  child.send(message);
  const [answer] = await answered;
  return answer;
}

function start(ports = {}): ToStandIns {
  const { key, cert } = tls;
  return {
    type: 'start',
    options: {
      tls: { key, cert },
      secrets: { 'rdg-secret': 'correct horse' },
      ports,
      tenant,
      certificates: [{ name: 'nps-mfa' }],
      people: [alice],
      applications: [{ clientId, publicClient: true }],
    },
  };
}

async function ready(child: ChildProcess): Promise<Extract<FromStandIns, { type: 'ready' }>> {
  const answer = await tell(child, start());
  if (answer.type !== 'ready') throw new Error(JSON.stringify(answer));
  return answer;
}

describe('the stand-ins as a process of their own', () => {
  test('start, count, play scripts, take secrets and stop', { timeout }, async () => {
    const child = spawn();
    const { vaultUrl, identityEndpoint, identityHeader } = await ready(child);
    const query = 'api-version=2019-08-01&resource=https%3A%2F%2Fvault.azure.net';
    const given = await ask(`${identityEndpoint}?${query}`, {
      headers: { 'x-identity-header': identityHeader },
    });
    const { access_token: token } = given.body as { access_token: string };
    const read = (name: string) =>
      ask(`${vaultUrl}/secrets/${name}/?api-version=7.6`, {
        ca: tls.ca,
        headers: { authorization: `Bearer ${token}` },
      });
    expect((await read('rdg-secret')).body).toMatchObject({ value: 'correct horse' });
    const count = { keyVault: { read: 1, challenged: 0 }, managedIdentity: { issued: 1 } };
    expect(await tell(child, { type: 'count' })).toMatchObject({ type: 'counts', counts: count });
    expect(await tell(child, { type: 'secret', name: 'other', seed: 'new' })).toEqual({ type: 'done' });
    expect((await read('other')).body).toMatchObject({ value: 'new' });
    const script = { type: 'script', name: 'keyVault', script: { state: 'refusing' } } as const;
    expect(await tell(child, script)).toEqual({ type: 'done' });
    await expect(read('other')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    const ended = once(child, 'exit');
    child.send({ type: 'stop' } satisfies ToStandIns);
    expect(await ended).toEqual([0, null]);
  });

  test('have one tenant, and a phone that can be answered', { timeout }, async () => {
    const child = spawn();
    const { authorityHost, connectorUrl } = await ready(child);
    expect(new URL(connectorUrl).pathname).toBe('/StrongAuthenticationService.svc/Connector');
    const document = `${authorityHost}/${tenant}/v2.0/.well-known/openid-configuration`;
    expect((await ask(document, { ca: tls.ca })).body).toMatchObject({
      issuer: `${authorityHost}/${tenant}/v2.0`,
    });
    expect(await tell(child, { type: 'phone' })).toEqual({
      type: 'phone',
      state: { mode: 'phone', ringFor: 60_000, prompts: [] },
    });
    expect(await tell(child, { type: 'phone-mode', mode: 'deny', ringFor: 5 })).toEqual({ type: 'done' });
    expect(await tell(child, { type: 'phone' })).toMatchObject({ state: { mode: 'deny' } });
    const answer = { type: 'phone-answer', id: 'no-such-prompt', action: 'approve' } as const;
    expect(await tell(child, answer)).toMatchObject({ type: 'failed' });
    expect(await tell(child, { type: 'count' })).toMatchObject({ type: 'counts', prompts: {} });
  });

  test('have people whose passwords and objects can be asked for', { timeout }, async () => {
    const child = spawn();
    const { authorityHost, graphUrl } = await ready(child);
    const form = { client_id: clientId, grant_type: 'password', scope: 'openid', username: alice.upn };
    const signIn = (password: string) =>
      ask(`${authorityHost}/${tenant}/oauth2/v2.0/token`, {
        ca: tls.ca,
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ ...form, password }).toString(),
      });
    expect((await signIn('right')).status).toBe(200);
    expect((await signIn('wrong')).body).toMatchObject({ error_codes: [50126] });
    expect((await ask(`${graphUrl}/users/${alice.upn}`, { ca: tls.ca })).status).toBe(401);
    const counts = { entra: { passwordRight: 1, passwordWrong: 1 }, graph: { unauthorized: 1 } };
    expect(await tell(child, { type: 'count' })).toMatchObject({ type: 'counts', counts });
  });

  test('have an Application Insights whose items can be read', { timeout }, async () => {
    const child = spawn();
    const { connectionString } = await ready(child);
    const [, iKey, url = ''] =
      /^InstrumentationKey=([^;]+);IngestionEndpoint=([^;]+)/.exec(connectionString) ?? [];
    expect(iKey).toMatch(/^[\da-f-]{36}$/);
    expect(await tell(child, { type: 'telemetry' })).toEqual({ type: 'telemetry', items: [] });
    expect((await ask(url, { ca: tls.ca, method: 'POST', path: '/v2.1/track', body: '[]' })).status).toBe(
      401,
    );
    expect(await tell(child, { type: 'count' })).toMatchObject({
      counts: { ingestion: { unauthorized: 1 } },
    });
  });

  test('say that a port is taken and end with 1', { timeout }, async () => {
    const { vaultUrl } = await ready(spawn());
    const second = spawn();
    const ended = once(second, 'exit');
    const answer = await tell(
      second,
      start({ managedIdentity: 0, keyVault: Number(new URL(vaultUrl).port) }),
    );
    expect(answer).toMatchObject({ type: 'failed', message: expect.stringContaining('EADDRINUSE') });
    expect(await ended).toEqual([1, null]);
  });

  test('end when their supervisor has gone', { timeout }, async () => {
    const child = spawn();
    await ready(child);
    const ended = once(child, 'exit');
    child.disconnect();
    expect(await ended).toEqual([0, null]);
  });

  test('refuse to do anything before they have started', { timeout }, async () => {
    const child = spawn();
    const ended = once(child, 'exit');
    expect(await tell(child, { type: 'count' })).toMatchObject({ type: 'failed' });
    expect(await ended).toEqual([1, null]);
  });
});

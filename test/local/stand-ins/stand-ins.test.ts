import { randomUUID } from 'node:crypto';
import { request } from 'node:https';
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { CLOUDS, MFA_CLIENT } from '../../../functions/entra/clouds.ts';
import type { LocalTls } from '../../../local/tls.ts';
import { ask } from './ask.ts';
import { loopbackTls, running } from './running.ts';

type Running = Awaited<ReturnType<typeof running>>;

const alice = { upn: 'alice@contoso.com', objectId: '22222222-2222-3333-4444-555555555555' };
let tls: LocalTls;
let standIns: Running;

beforeAll(async () => {
  tls = await loopbackTls();
});
beforeEach(async () => {
  standIns = await running(tls, { people: [alice] });
});
afterEach(() => standIns.close());

/** Entra.md 1.5, sample A. */
function beginRequest(upn: string): string {
  return [
    '<BeginTwoWayAuthenticationRequest>',
    '<Version>1.0</Version>',
    `<UserPrincipalName>${upn}</UserPrincipalName>`,
    '<Lcid>en-us</Lcid>',
    '<AuthenticationMethodProperties xmlns:a="http://schemas.microsoft.com/2003/10/Serialization/Arrays">',
    '<a:KeyValueOfstringstring><a:Key>OverrideNumberMatchingWithOTP</a:Key><a:Value>false</a:Value>',
    '</a:KeyValueOfstringstring></AuthenticationMethodProperties>',
    '<ContextId>5a4a3dc8-6dcb-408a-a2c3-3e87c332de5f</ContextId>',
    '<SyncCall>true</SyncCall>',
    '<RequireUserMatch>true</RequireUserMatch>',
    '<CallerName>radius</CallerName>',
    '<CallerIP>UNKNOWN:</CallerIP>',
    '</BeginTwoWayAuthenticationRequest>',
  ].join('');
}

function prompt(
  audience: string = CLOUDS.public.connectorResource,
): Promise<{ status?: number; text: string }> {
  const { token } = standIns.issuer.issue({ audience, appId: MFA_CLIENT, lifetime: 60 });
  return new Promise((resolve, reject) => {
    const asked = request(`${standIns.connectorUrl}/BeginTwoWayAuthentication`, {
      agent: false,
      ca: tls.ca,
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/xml' },
    });
    asked.once('error', reject);
    asked.once('response', async (response) => {
      const text = (await response.setEncoding('utf8').toArray()).join('');
      resolve({ ...(response.statusCode !== undefined && { status: response.statusCode }), text });
    });
    asked.end(beginRequest(alice.upn));
  });
}

async function ringing(): Promise<string> {
  const open = await vi.waitUntil(() => standIns.phone.state().prompts[0], { interval: 5 });
  return open.id;
}

describe('the MFA connector among the stand-ins', () => {
  test('rings the phone of whom it knows, with a token for its cloud’s resource', async () => {
    const answer = prompt();
    expect(standIns.phone.answer(await ringing(), 'approve')).toBe(true);
    const { status, text } = await answer;
    expect(status).toBe(200);
    expect(text).toContain('<Value>Success</Value>');
    expect(standIns.phone.prompts()).toEqual({ [alice.upn]: 1 });
    expect(standIns.counts().mfaConnector).toMatchObject({ rang: 1 });
    expect((await prompt('https://vault.azure.net')).status).toBe(401);
  });

  test('plays the scripts that all stand-ins have, and its own', async () => {
    await standIns.script('mfaConnector', { state: 'failing', status: 503, times: 1 });
    expect((await prompt()).status).toBe(503);
    standIns.connector.script({ answer: 'status', status: 403, times: 1 });
    expect((await prompt()).status).toBe(403);
    expect(standIns.phone.prompts()).toEqual({});
  });

  test('stops ringing when the stand-ins close', async () => {
    const ended = prompt().then(
      ({ text }) => text,
      () => 'broken off',
    );
    await ringing();
    await standIns.close();
    expect(standIns.phone.state().prompts).toEqual([]);
    expect(await ended).not.toContain('<Value>Success</Value>');
  });
});

/** A token of the managed identity. */
async function identityToken(of: Running, resource: string): Promise<string> {
  const query = new URLSearchParams({ 'api-version': '2019-08-01', resource, client_id: of.clientId });
  const headers = { 'x-identity-header': of.identityHeader };
  const { body } = await ask(`${of.identityEndpoint}?${query}`, { headers });
  return String((body as Record<string, unknown>)['access_token']);
}

describe('Blob Storage among the stand-ins', () => {
  test('has what was put there, for the managed identity’s token alone', async () => {
    const etag = standIns.blobs.put('config', 'bridge.json', Buffer.from('{"a": 1}'));
    const read = (token: string) =>
      ask(`${standIns.blobUrl}/config/bridge.json`, {
        ca: tls.ca,
        headers: { authorization: `Bearer ${token}`, 'x-ms-version': '2026-02-06' },
      });
    const token = await identityToken(standIns, 'https://storage.azure.com');
    const { status, headers, body } = await read(token);
    expect([status, headers.etag, body]).toEqual([200, `"${etag}"`, { a: 1 }]);
    expect(standIns.counts().blobs).toMatchObject({ read: 1 });
    await standIns.script('blobs', { state: 'refusing' });
    await expect(read(token)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await standIns.script('blobs', { state: 'well' });
    expect((await read(token)).status).toBe(200);
  });
});

describe('Graph among the stand-ins', () => {
  const group = {
    objectId: '33333333-2222-3333-4444-555555555555',
    displayName: 'VPN',
    members: [alice.objectId],
  };
  const { graphResource } = CLOUDS.public;

  async function graph(of: Running, path: string, token: string, groupIds?: readonly string[]) {
    const asked = randomUUID();
    const headers = { authorization: `Bearer ${token}`, 'client-request-id': asked };
    const answer = await ask(`${of.graphUrl}/${path}`, {
      ca: tls.ca,
      headers: { ...headers, 'content-type': 'application/json' },
      ...(groupIds && { method: 'POST', body: JSON.stringify({ groupIds }) }),
    });
    expect(of.graph.requestIds().at(-1)).toBe(asked);
    return answer;
  }

  test('knows the people and groups, to the managed identity’s token alone', async () => {
    const of = await running(tls, { people: [alice], groups: [group] });
    try {
      const token = await identityToken(of, graphResource);
      const { status, body } = await graph(of, `users/${alice.upn}?$select=id,userPrincipalName`, token);
      expect([status, body]).toMatchObject([200, { id: alice.objectId, userPrincipalName: alice.upn }]);
      const path = `users/${alice.objectId}/checkMemberGroups`;
      expect((await graph(of, path, token, [group.objectId])).body).toMatchObject({
        value: [group.objectId],
      });
      for (const resource of ['https://vault.azure.net', CLOUDS.public.connectorResource]) {
        const { token: other } = of.issuer.issue({ audience: resource, appId: 'app', lifetime: 60 });
        expect((await graph(of, `users/${alice.upn}`, other)).status).toBe(401);
      }
      const secret = `${of.vaultUrl}/secrets/rdg-secret/?api-version=7.6`;
      const headers = { authorization: `Bearer ${token}` };
      expect((await ask(secret, { ca: tls.ca, headers })).status).toBe(401);
      expect(of.counts().graph).toMatchObject({ userRead: 1, membersChecked: 1 });
    } finally {
      await of.close();
    }
  });

  test('lets the managed identity read as much as it has roles for', async () => {
    const of = await running(tls, { people: [alice], groups: [group], managedIdentityGraph: 'no-groups' });
    try {
      const token = await identityToken(of, graphResource);
      expect((await graph(of, `users/${alice.upn}`, token)).status).toBe(200);
      const path = `users/${alice.objectId}/checkMemberGroups`;
      expect((await graph(of, path, token, [group.objectId])).status).toBe(403);
    } finally {
      await of.close();
    }
  });

  test('plays the scripts that all stand-ins have', async () => {
    const token = await identityToken(standIns, graphResource);
    await standIns.script('graph', { state: 'throttled', retryAfter: 3, times: 1 });
    const { status, headers } = await graph(standIns, `users/${alice.upn}`, token);
    expect([status, headers['retry-after']]).toEqual([429, '3']);
    await standIns.script('graph', { state: 'refusing' });
    await expect(ask(standIns.graphUrl, { ca: tls.ca })).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await standIns.script('graph', { state: 'well' });
    expect((await graph(standIns, `users/${alice.upn}`, token)).status).toBe(200);
  });
});

import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { CLOUDS } from '../../../functions/entra/clouds.ts';
import { tokenIssuer, VAULT_AUDIENCE } from '../../../local/stand-ins/tokens.ts';
import { systemClock } from '../../../relay-call/clock.ts';
import { errorOf, guid, type ServedGraph, servingGraph } from './graph-serving.ts';

const path = '/users/alice@contoso.example';
const uuid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;
let served: ServedGraph;

beforeAll(async () => {
  served = await servingGraph({ people: [{ upn: 'alice@contoso.example', objectId: guid(1) }] });
});
afterAll(() => served.close());
afterEach(() => served.script.set({ state: 'well' }));

describe('authentication', () => {
  test('comes first, whatever is asked and scripted', async () => {
    served.script.set({ state: 'failing', status: 500 });
    for (const asked of [path, '/nothing', '/users?$filter=x']) {
      const before = served.counts();
      const response = await fetch(`${served.url()}${asked}`);
      expect(response.status).toBe(401);
      expect(response.headers.get('www-authenticate')).toMatch(/^Bearer realm=""/);
      expect(await response.json()).toMatchObject({
        error: { code: 'InvalidAuthenticationToken', message: 'Access token is empty.' },
      });
      expect(served.counts()).toEqual({ ...before, unauthorized: before.unauthorized + 1 });
    }
  });

  test.each([
    ['the vault’s', () => served.token(VAULT_AUDIENCE)],
    ['the connector’s', () => served.token(CLOUDS.public.connectorResource)],
    ['another cloud’s', () => served.token(CLOUDS.china.graphResource)],
    ['one for the address', () => served.token(served.url())],
    ['one for the scope', () => served.token(`${CLOUDS.public.graphResource}/.default`)],
    ['one with a slash', () => served.token(`${CLOUDS.public.graphResource}/`)],
    ['an expired one', () => served.token(CLOUDS.public.graphResource, -1)],
    ['a changed one', () => `${served.token().slice(0, -6)}AAAAAA`],
    ['one of another issuer', () => foreign()],
    ['none at all', () => 'not-a-token'],
  ])('a token is refused: %s', async (_, token) => {
    const bearer = token();
    const reply = await served.ask(path, { token: bearer });
    expect(errorOf(reply)).toEqual([401, 'InvalidAuthenticationToken']);
    expect(JSON.stringify(reply.body)).not.toContain(bearer);
  });

  test.each(['Basic', 'PoP', 'Bearer,'])('a scheme is refused: %s', async (scheme) => {
    const headers = { authorization: `${scheme} ${served.token()}` };
    expect((await served.ask(path, { headers })).status).toBe(401);
  });
});

function foreign(): string {
  const { graphResource: audience } = CLOUDS.public;
  return tokenIssuer(systemClock).issue({ audience, appId: 'app', lifetime: 60 }).token;
}

describe('the envelope', () => {
  const given = '539da3bd-942f-25db-636b-27f6f6e8eae4';

  test('of an error names the call as the caller did', async () => {
    const { headers, body } = await served.ask('/users/nobody@contoso.example', {
      headers: { 'client-request-id': given },
    });
    expect(body).toEqual({
      error: {
        code: 'Request_ResourceNotFound',
        message: expect.stringContaining("Resource 'nobody@contoso.example' does not exist"),
        innerError: {
          date: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/),
          'request-id': headers.get('request-id'),
          'client-request-id': given,
        },
      },
    });
    expect(headers.get('client-request-id')).toBe(given);
    expect(headers.get('request-id')).toMatch(uuid);
    expect(headers.get('request-id')).not.toBe(given);
  });

  test('of a success is OData, and names the call as well', async () => {
    const { status, headers } = await served.ask(path, { headers: { 'client-request-id': given } });
    expect([status, headers.get('odata-version'), headers.get('client-request-id')]).toEqual([
      200,
      '4.0',
      given,
    ]);
    expect(headers.get('content-type')).toMatch(/^application\/json;odata\.metadata=minimal/);
  });

  test.each([undefined, 'not-a-guid', '<script>'])('names a call by itself for %s', async (id) => {
    const headers = id === undefined ? {} : { 'client-request-id': id };
    const reply = await served.ask(path, { headers });
    expect(reply.headers.get('client-request-id')).toBe(reply.headers.get('request-id'));
  });

  test('keeps the last hundred ids that callers gave, refused calls’, too', async () => {
    await served.ask(path);
    const ids = Array.from({ length: 101 }, (_, index) => guid(index));
    for (const id of ids) {
      await served.ask(path, { headers: { 'client-request-id': id }, ...(id === ids[50] && { token: 'x' }) });
    }
    await served.ask(path);
    expect(served.requestIds()).toEqual(ids.slice(1));
  });
});

describe('a path or method', () => {
  test.each([
    ['/v2.0/users', 'BadRequest'],
    ['/beta/users', 'BadRequest'],
    ['/users', 'BadRequest'],
    ['/v1.0/me', 'BadRequest'],
    ['/v1.0/groups', 'BadRequest'],
  ])('elsewhere is refused: %s', async (where, code) => {
    const before = served.counts();
    expect(errorOf(await served.ask(served.url().replace('/v1.0', where)))).toEqual([400, code]);
    expect(served.counts()).toEqual({ ...before, refused: before.refused + 1 });
  });

  test('of users that would write is refused', async () => {
    const reply = await served.ask('/users', { method: 'POST', body: '{}' });
    expect(errorOf(reply)).toEqual([405, 'Request_BadRequest']);
  });
});

describe('a script', () => {
  test('throttles with the seconds to wait, for as many calls as it says', async () => {
    served.script.set({ state: 'throttled', retryAfter: 7, times: 2 });
    const before = served.counts();
    for (let n = 0; n < 2; n += 1) {
      const { status, headers, body } = await served.ask(path);
      expect([status, headers.get('retry-after')]).toEqual([429, '7']);
      expect(body).toMatchObject({
        error: {
          code: 'TooManyRequests',
          message: 'Please retry again later.',
          innerError: { code: '429', status: '429', 'request-id': headers.get('request-id') },
        },
      });
    }
    expect((await served.ask(path)).status).toBe(200);
    expect(served.counts()).toMatchObject({
      scripted: before.scripted + 2,
      userRead: before.userRead + 1,
    });
  });

  test.each([
    [403, 'Authorization_RequestDenied'],
    [500, 'UnknownError'],
    [503, 'serviceNotAvailable'],
  ] as const)('fails with %i', async (status, code) => {
    const before = served.counts();
    served.script.set({ state: 'failing', status, times: 1 });
    expect(errorOf(await served.ask(path))).toEqual([status, code]);
    expect(served.counts()).toEqual({ ...before, scripted: before.scripted + 1 });
    expect((await served.ask(path)).status).toBe(200);
  });

  test('breaks connections off', async () => {
    const before = served.counts();
    served.script.set({ state: 'resetting' });
    await expect(served.ask(path)).rejects.toThrow();
    expect(served.counts().scripted).toBeGreaterThan(before.scripted);
    served.script.set({ state: 'well' });
    expect((await served.ask(path)).status).toBe(200);
  });

  test('holds an answer back until the next one', async () => {
    served.script.set({ state: 'hanging' });
    const pending = served.ask(path);
    expect((await served.ask(path, { token: 'x' })).status).toBe(401);
    served.script.set({ state: 'well' });
    expect((await pending).status).toBe(200);
  });
});

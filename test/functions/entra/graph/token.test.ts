import { inspect } from 'node:util';
import { expect, test, vi } from 'vitest';
import { graphToken } from '../../../../functions/entra/graph/token.ts';
import { fault } from './server.ts';

const RESOURCE = 'https://graph.microsoft.com';
const given = { token: 'token-1', expiresOnTimestamp: 0 };

test('a token is asked for Graph as a whole', async () => {
  const getToken = vi.fn(async () => given);
  expect(await graphToken({ getToken }, RESOURCE)()).toBe('token-1');
  expect(getToken).toHaveBeenCalledExactlyOnceWith('https://graph.microsoft.com/.default');
});

test('one request serves all who ask while it lasts, and the next asks again', async () => {
  const answer = Promise.withResolvers<typeof given>();
  const getToken = vi.fn(() => answer.promise);
  const token = graphToken({ getToken }, RESOURCE);
  const all = Promise.all([token(), token(), token()]);
  answer.resolve(given);
  expect(await all).toEqual(['token-1', 'token-1', 'token-1']);
  expect(getToken).toHaveBeenCalledTimes(1);
  await token();
  expect(getToken).toHaveBeenCalledTimes(2);
});

test.each([
  ['an error', new Error('secret'), ''],
  [
    'an answer',
    Object.assign(new Error('secret'), { statusCode: 400, request: { headers: 'secret' } }),
    'HTTP 400',
  ],
  ['no error', 'secret', ''],
])('graph-token-unavailable: %s is told without what it holds, and not kept', async (_, thrown, detail) => {
  const getToken = vi.fn(async () => given).mockRejectedValueOnce(thrown);
  const token = graphToken({ getToken }, RESOURCE);
  const error: unknown = await token().catch((reason) => reason);
  expect(error).toMatchObject(fault('graph-token-unavailable', detail));
  expect(inspect(error, { depth: 9 })).not.toContain('secret');
  expect(await token()).toBe('token-1');
});

test('graph-token-unavailable: an identity that gives none', async () => {
  const token = graphToken({ getToken: async () => null }, RESOURCE);
  await expect(token()).rejects.toMatchObject(fault('graph-token-unavailable'));
});

test('graph-token-unavailable: an identity that never answers holds up nobody after', async () => {
  const getToken = vi.fn(async () => given).mockReturnValueOnce(new Promise(() => undefined));
  const token = graphToken({ getToken }, RESOURCE, 10);
  await expect(token()).rejects.toMatchObject(fault('graph-token-unavailable'));
  expect(await token()).toBe('token-1');
});

import { describe, expect, test } from 'vitest';
import { type Answer, fault, guid, QUESTION, question, refuses, rigged, says, userJson } from './server.ts';

/** A page with one user and a link, made of where the request went. */
function page(number: number, link: (request: { host: string; url: string }) => unknown): Answer {
  return (response, request) => {
    const { host = '' } = request.headers;
    const next = link({ host, url: request.url });
    return says({ value: [userJson({ id: guid(number) })], '@odata.nextLink': next })(response, request);
  };
}

const last = (number: number) => says({ value: [userJson({ id: guid(number) })] });
const unusable = fault('graph-answer-unusable');

describe('pages of users', () => {
  test('are read to the end, each with the same headers', async () => {
    const { graph, server } = await rigged([
      page(
        1,
        ({ host }) => `http://${host}/v1.0/users?$count=true&$select=id%2cuserPrincipalName&$skiptoken=A%2BB`,
      ),
      page(2, ({ host }) => `http://${host}/v1.0/users?$skiptoken=C`),
      last(3),
    ]);
    const users = await graph.usersBySamAccountName('alice', question());
    expect(users.map(({ id }) => id)).toEqual([guid(1), guid(2), guid(3)]);
    expect(server.received.slice(1).map(({ url }) => url)).toEqual([
      '/v1.0/users?$count=true&$select=id%2cuserPrincipalName&$skiptoken=A%2BB',
      '/v1.0/users?$skiptoken=C',
    ]);
    for (const { headers } of server.received) {
      expect(headers).toMatchObject({
        authorization: 'Bearer token-1',
        consistencylevel: 'eventual',
        'client-request-id': QUESTION,
      });
    }
  });

  test('a user who stands on two of them is one', async () => {
    const { graph } = await rigged([page(1, ({ host, url }) => `http://${host}${url}`), last(1)]);
    expect(await graph.usersBySamAccountName('alice', question())).toHaveLength(1);
  });

  test('a page that Graph refuses is no end, whatever the name', async () => {
    const { graph } = await rigged([
      page(1, ({ host, url }) => `http://${host}${url}`),
      refuses(400, 'Request_BadRequest'),
    ]);
    await expect(graph.usersBySamAccountName('"><x>', question())).rejects.toMatchObject(
      fault('graph-refused', 'HTTP 400'),
    );
  });

  test('without an end are no answer', async () => {
    const { graph, server } = await rigged([page(1, ({ host, url }) => `http://${host}${url}`)]);
    await expect(graph.usersBySamAccountName('alice', question())).rejects.toMatchObject(unusable);
    expect(server.received).toHaveLength(10);
  });

  test.each([
    ['another host', () => 'https://graph.example/v1.0/users?$skiptoken=A'],
    ['another port', () => 'http://127.0.0.1:1/v1.0/users?$skiptoken=A'],
    ['another scheme', ({ host }: { host: string }) => `https://${host}/v1.0/users?$skiptoken=A`],
    ['another path', ({ host }: { host: string }) => `http://${host}/beta/users?$skiptoken=A`],
    ['a path below', ({ host }: { host: string }) => `http://${host}/v1.0/users/x?$skiptoken=A`],
    ['a path beside', ({ host }: { host: string }) => `http://${host}/v1.0/usersx?$skiptoken=A`],
    ['dots', ({ host }: { host: string }) => `http://${host}/v1.0/users/../groups?$skiptoken=A`],
    ['dots in escape', ({ host }: { host: string }) => `http://${host}/v1.0/users/%2e%2e%2fgroups`],
    ['a user name', ({ host }: { host: string }) => `http://x@${host}/v1.0/users?$skiptoken=A`],
    ['a password', ({ host }: { host: string }) => `http://:x@${host}/v1.0/users?$skiptoken=A`],
    ['a host in front of @', ({ host }: { host: string }) => `http://${host}@graph.example/v1.0/users`],
    ['a path alone', () => '/v1.0/users?$skiptoken=A'],
    ['no URL', () => 'next'],
    ['nothing', () => ''],
    ['null', () => null],
    ['a number', () => 2],
    ['an object', () => ({})],
  ])('the next one is not looked for at %s', async (_, link) => {
    const { graph, server } = await rigged([page(1, link)]);
    await expect(graph.usersBySamAccountName('alice', question())).rejects.toMatchObject(unusable);
    expect(server.received).toHaveLength(1);
  });
});

import { describe, expect, test } from 'vitest';
import {
  ALICE,
  type Answer,
  breaksOff,
  fault,
  guid,
  noSuchThing,
  QUESTION,
  question,
  refuses,
  rigged,
  says,
} from './server.ts';
import { askedFor, askedIds, badRequest, groupAskedFor, ids, notByGraph, tenant } from './tenant.ts';

/** The tenant, but what is asked about any of these groups is answered so, whether they exist or not. */
const refusing = (about: readonly string[], answer: Answer, x: Parameters<typeof tenant>[0] = {}): Answer => {
  const otherwise = tenant(x);
  return (response, request) => {
    const hit = request.method === 'POST' && askedIds(request).some((id) => about.includes(id));
    return (hit ? answer : otherwise)(response, request);
  };
};

describe('the groups a user is in', () => {
  test('are asked for by one POST', async () => {
    const { graph, server } = await rigged([tenant({ member: [guid(2)] })]);
    expect(await graph.memberOf(ALICE, ids(3), question())).toEqual(new Set([guid(2)]));
    expect(server.received).toHaveLength(1);
    expect(server.received[0]).toMatchObject({
      method: 'POST',
      url: `/v1.0/users/${ALICE}/checkMemberGroups`,
      headers: {
        authorization: 'Bearer token-1',
        'content-type': 'application/json',
        'client-request-id': QUESTION,
        'x-ms-throttle-priority': 'high',
      },
      body: JSON.stringify({ groupIds: ids(3) }),
    });
  });

  test('nobody is asked about none', async () => {
    const { graph, server } = await rigged([tenant({})]);
    expect(await graph.memberOf(ALICE, [], question())).toEqual(new Set());
    expect(server.received).toEqual([]);
  });

  test('each is asked about once', async () => {
    const { graph, server } = await rigged([tenant({ member: [guid(1)] })]);
    expect(await graph.memberOf(ALICE, [guid(1), guid(1), guid(2)], question())).toEqual(new Set([guid(1)]));
    expect(server.received.map(askedIds)).toEqual([[guid(1), guid(2)]]);
  });

  test.each([
    [20, [20]],
    [21, [20, 1]],
    [100, [20, 20, 20, 20, 20]],
  ])('%i are asked about in batches', async (count, batches) => {
    const member = [guid(1), guid(count)];
    const { graph, server } = await rigged([tenant({ member })]);
    expect(await graph.memberOf(ALICE, ids(count), question())).toEqual(new Set(member));
    const asked = server.received.map(askedIds);
    expect(asked.map(({ length }) => length).sort((one, other) => other - one)).toEqual(batches);
    expect(new Set(asked.flat())).toEqual(new Set(ids(count)));
  });

  test('batches do not wait for each other', async () => {
    const all = Promise.withResolvers<void>();
    let asked = 0;
    const { graph } = await rigged([
      async (response, request) => {
        asked += 1;
        if (asked === 3) all.resolve();
        await all.promise;
        return says({ value: [] })(response, request);
      },
    ]);
    expect(await graph.memberOf(ALICE, ids(50), question())).toEqual(new Set());
  });

  test('one batch without an answer is no answer', async () => {
    const { graph } = await rigged([says({ value: [] }), refuses(403, 'Authorization_RequestDenied')]);
    await expect(graph.memberOf(ALICE, ids(40), question())).rejects.toMatchObject(
      fault('graph-forbidden', 'HTTP 403'),
    );
  });

  test.each([
    ['about other groups', says({ value: [guid(9)] })],
    ['of HTML', says('<html></html>')],
    ['without a list', says({})],
  ])('an answer %s is none', async (_, answer) => {
    const { graph } = await rigged([answer]);
    await expect(graph.memberOf(ALICE, ids(2), question())).rejects.toMatchObject(
      fault('graph-answer-unusable'),
    );
  });
});

describe('graph-refused: what Graph refuses about groups that all exist is not known', () => {
  test.each([
    ['404, as a replica does that does not know the user yet', noSuchThing, 'HTTP 404'],
    ['404 of another than Graph', notByGraph, 'HTTP 404'],
    ['404 with another code', refuses(404, 'itemNotFound'), 'HTTP 404'],
    ['400 Request_BadRequest', badRequest, 'HTTP 400'],
    ['400 Request_ResourceNotFound', refuses(400, 'Request_ResourceNotFound'), 'HTTP 400'],
    ['400 Directory_ObjectNotFound', refuses(400, 'Directory_ObjectNotFound'), 'HTTP 400'],
    ['400 of another than Graph', says('<html>Bad Request</html>', 400), 'HTTP 400'],
  ])('%s', async (_, answer, detail) => {
    const one = await rigged([refusing([guid(1)], answer, { member: [guid(1)] })]);
    await expect(one.graph.memberOf(ALICE, [guid(1)], question())).rejects.toMatchObject(
      fault('graph-refused', detail),
    );
    expect(one.server.received.map(askedFor)).toEqual([[guid(1)], `users/${ALICE}`, `groups/${guid(1)}`]);

    // The other batches are answered, so the user exists for somebody.
    const several = await rigged([refusing([guid(25)], answer, { member: [guid(1), guid(25)] })]);
    await expect(several.graph.memberOf(ALICE, ids(60), question())).rejects.toMatchObject(
      fault('graph-refused', detail),
    );
    expect(several.server.received).toHaveLength(3 + 1 + 20);
  });

  test('nor when it refuses them again without those that are missing', async () => {
    const answer = refusing([guid(1)], noSuchThing, { member: [guid(1)], missing: [guid(2)] });
    const { graph, server } = await rigged([answer]);
    await expect(graph.memberOf(ALICE, ids(3), question())).rejects.toMatchObject(
      fault('graph-refused', 'HTTP 404'),
    );
    expect(server.received.map(askedFor).at(-1)).toEqual([guid(1), guid(3)]);
  });

  test('nor when one batch of two is mended', async () => {
    const { graph } = await rigged([refusing([guid(30)], noSuchThing, { missing: [guid(2)] })]);
    await expect(graph.memberOf(ALICE, ids(30), question())).rejects.toMatchObject(
      fault('graph-refused', 'HTTP 404'),
    );
  });

  test('and what Graph answers again is known', async () => {
    const { graph } = await rigged([noSuchThing, tenant({ member: [guid(1)], missing: [guid(2)] })]);
    expect(await graph.memberOf(ALICE, ids(2), question())).toEqual(new Set([guid(1)]));
  });
});

describe('a look at a group is no reason to leave it out, when it ends with', () => {
  test.each([
    ['404 of another than Graph', notByGraph, fault('graph-refused', 'HTTP 404')],
    ['404 with another code', refuses(404, 'itemNotFound'), fault('graph-refused', 'HTTP 404')],
    ['404 without an envelope', says({}, 404), fault('graph-refused', 'HTTP 404')],
    ['400', refuses(400, 'Request_ResourceNotFound'), fault('graph-refused', 'HTTP 400')],
    ['a page of HTML', says('<html></html>'), fault('graph-answer-unusable')],
    ['another group', says({ id: guid(7) }), fault('graph-answer-unusable')],
    ['nothing', says({}), fault('graph-answer-unusable')],
    [
      'an error with 200',
      says({ error: { code: 'Request_ResourceNotFound' } }),
      fault('graph-answer-unusable'),
    ],
    ['another page', says('', 302, { location: '/' }), fault('graph-answer-unusable', 'HTTP 302')],
    ['401', refuses(401, 'InvalidAuthenticationToken'), fault('graph-unauthorized', 'HTTP 401')],
    ['403', refuses(403, 'Authorization_RequestDenied'), fault('graph-forbidden', 'HTTP 403')],
    ['410', refuses(410, 'Request_ResourceNotFound'), fault('graph-refused', 'HTTP 410')],
    ['429', refuses(429, 'TooManyRequests', { 'retry-after': '7' }), fault('graph-throttled', 'HTTP 429')],
    ['503', refuses(503, 'serviceNotAvailable'), fault('graph-failing', 'HTTP 503')],
    ['no answer', breaksOff, { code: 'graph-unreachable' }],
  ])('%s', async (_, group, expected) => {
    const answer = refusing([guid(2)], noSuchThing, { member: [guid(2)], group });
    const { graph } = await rigged([answer]);
    await expect(graph.memberOf(ALICE, [guid(2)], question())).rejects.toMatchObject(expected);
  });
});

describe('a user who is no more', () => {
  test.each([1, 20, 100])('is gone, with one look more, for %i groups', async (count) => {
    const { graph, server } = await rigged([tenant({ missing: ids(count), user: noSuchThing })]);
    expect(await graph.memberOf(ALICE, ids(count), question())).toBe('gone');
    expect(server.received).toHaveLength(Math.ceil(count / 20) + 1);
  });

  test('is gone, when a batch has still been answered', async () => {
    const { graph } = await rigged([
      refusing([guid(21)], noSuchThing, { member: ids(40), user: noSuchThing }),
    ]);
    expect(await graph.memberOf(ALICE, ids(40), question())).toBe('gone');
  });

  test('is looked at once for all batches', async () => {
    const { graph, server } = await rigged([tenant({ missing: [guid(1), guid(21), guid(41)] })]);
    await graph.memberOf(ALICE, ids(60), question());
    expect(server.received.filter(({ url }) => url.startsWith(`/v1.0/users/${ALICE}?`))).toHaveLength(1);
  });

  test.each([
    ['another user', says({ id: guid(7) }), fault('graph-answer-unusable')],
    ['nothing', says({}), fault('graph-answer-unusable')],
    ['a page of HTML', says('<html></html>'), fault('graph-answer-unusable')],
    ['403', refuses(403, 'Authorization_RequestDenied'), fault('graph-forbidden', 'HTTP 403')],
    ['400', badRequest, fault('graph-refused', 'HTTP 400')],
    ['404 of another than Graph', notByGraph, fault('graph-refused', 'HTTP 404')],
    ['no answer', breaksOff, { code: 'graph-unreachable' }],
  ])('is not known to be gone by %s', async (_, user, expected) => {
    const { graph, server } = await rigged([tenant({ missing: ids(2), user })]);
    await expect(graph.memberOf(ALICE, ids(2), question())).rejects.toMatchObject(expected);
    expect(server.received.filter((one) => groupAskedFor(one) !== undefined)).toEqual([]);
  });
});

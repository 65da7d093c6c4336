import { describe, expect, test } from 'vitest';
import type { GraphEvent } from '../../../../functions/entra/graph/faults.ts';
import {
  ALICE,
  type Answer,
  breaksOff,
  fault,
  guid,
  noSuchThing,
  QUESTION,
  question,
  type Received,
  refuses,
  rigged,
  says,
} from './server.ts';

const ids = (count: number) => Array.from({ length: count }, (_, index) => guid(index + 1));
const bad = refuses(400, 'Request_BadRequest');

function askedIds({ body }: Received): string[] {
  const json: { groupIds: string[] } = JSON.parse(body);
  return json.groupIds;
}

/** A tenant with these groups that Alice is in, and these that are no more and spoil whatever names them. */
function tenant(x: {
  member?: readonly string[];
  missing?: readonly string[];
  spoilt?: Answer;
  user?: Answer;
}): Answer {
  const { member = [], missing = [], spoilt = noSuchThing, user = says({ id: ALICE }) } = x;
  return (response, request) => {
    if (request.method === 'GET') return user(response, request);
    const asked = askedIds(request);
    if (asked.length > 20) return bad(response, request);
    if (asked.some((id) => missing.includes(id))) return spoilt(response, request);
    return says({ value: asked.filter((id) => member.includes(id)) })(response, request);
  };
}

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

  test('an answer about other groups is none', async () => {
    const { graph } = await rigged([says({ value: [guid(9)] })]);
    await expect(graph.memberOf(ALICE, ids(2), question())).rejects.toMatchObject(
      fault('graph-answer-unusable'),
    );
  });
});

describe('a group that is no more', () => {
  test.each([
    ['404', noSuchThing],
    ['400', bad],
  ])('is left out, where Graph says %s to its batch', async (_, spoilt) => {
    const { graph, server } = await rigged([
      tenant({ member: [guid(1), guid(25)], missing: [guid(3)], spoilt }),
    ]);
    expect(await graph.memberOf(ALICE, ids(25), question())).toEqual(new Set([guid(1), guid(25)]));
    // Two batches, then the twenty of the spoilt one; the user is known to be there.
    expect(server.received.map(({ method }) => method)).toEqual(Array(22).fill('POST'));
    expect(server.received.slice(2).flatMap(askedIds).sort()).toEqual(ids(20));
  });

  test('is left out, where Graph does not mind it', async () => {
    const { graph, server } = await rigged([tenant({ member: [guid(1)] })]);
    expect(await graph.memberOf(ALICE, ids(3), question())).toEqual(new Set([guid(1)]));
    expect(server.received).toHaveLength(1);
  });

  test('is left out of each batch', async () => {
    const { graph } = await rigged([
      tenant({ member: [guid(1), guid(22)], missing: [guid(3), guid(23), guid(41)] }),
    ]);
    expect(await graph.memberOf(ALICE, ids(41), question())).toEqual(new Set([guid(1), guid(22)]));
  });

  test('may be the only one', async () => {
    const { graph, server } = await rigged([tenant({ missing: ids(1) })]);
    expect(await graph.memberOf(ALICE, ids(1), question())).toEqual(new Set());
    expect(server.received.map(({ method, url }) => `${method} ${url}`)).toEqual([
      `POST /v1.0/users/${ALICE}/checkMemberGroups`,
      `GET /v1.0/users/${ALICE}?$select=id`,
    ]);
  });

  test('group-missing: is told to the log, once', async () => {
    const events: GraphEvent[] = [];
    const { graph } = await rigged([tenant({ member: [guid(1)], missing: [guid(3)] })], {
      log: (event) => events.push(event),
    });
    await graph.memberOf(ALICE, ids(3), question());
    await graph.memberOf(ALICE, ids(3), question());
    expect(events).toEqual([{ event: 'group-missing', group: guid(3) }]);
  });

  test('may be all of them', async () => {
    const { graph } = await rigged([tenant({ missing: ids(30) })]);
    expect(await graph.memberOf(ALICE, ids(30), question())).toEqual(new Set());
  });

  test.each([
    ['the only one', 1, 1],
    ['every one', 3, 4],
  ])('graph-refused: is none, where Graph finds the question about %s wrong', async (_, count, requests) => {
    const { graph, server } = await rigged([tenant({ missing: ids(count), spoilt: bad })]);
    await expect(graph.memberOf(ALICE, ids(count), question())).rejects.toMatchObject(
      fault('graph-refused', 'HTTP 400'),
    );
    expect(server.received).toHaveLength(requests);
  });

  test('graph-refused: is none, where another than Graph says 404', async () => {
    const spoilt = says('<html>Not Found</html>', 404);
    const { graph } = await rigged([tenant({ missing: [guid(3)], spoilt })]);
    await expect(graph.memberOf(ALICE, ids(25), question())).rejects.toMatchObject(
      fault('graph-refused', 'HTTP 404'),
    );
  });

  test('is not found by a fault', async () => {
    const { graph } = await rigged([noSuchThing, says({ id: ALICE }), breaksOff]);
    await expect(graph.memberOf(ALICE, ids(2), question())).rejects.toMatchObject({
      code: 'graph-unreachable',
    });
  });
});

describe('a user who is no more', () => {
  test.each([1, 20, 100])('is gone, with one look more, for %i groups', async (count) => {
    const { graph, server } = await rigged([tenant({ missing: ids(count), user: noSuchThing })]);
    expect(await graph.memberOf(ALICE, ids(count), question())).toBe('gone');
    expect(server.received).toHaveLength(Math.ceil(count / 20) + 1);
  });

  test.each([
    ['another user', says({ id: guid(7) }), fault('graph-answer-unusable')],
    ['nothing', says({}), fault('graph-answer-unusable')],
    ['403', refuses(403, 'Authorization_RequestDenied'), fault('graph-forbidden', 'HTTP 403')],
    ['400', bad, fault('graph-refused', 'HTTP 400')],
    ['404 of another than Graph', says('Not Found', 404), fault('graph-refused', 'HTTP 404')],
  ])('is not known to be gone by %s', async (_, user, expected) => {
    const { graph } = await rigged([tenant({ missing: ids(2), user })]);
    await expect(graph.memberOf(ALICE, ids(2), question())).rejects.toMatchObject(expected);
  });
});

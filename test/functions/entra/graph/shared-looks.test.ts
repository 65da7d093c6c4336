import { describe, expect, test } from 'vitest';
import { ALICE, fault, guid, question, type Received } from './server.ts';
import { askedFor, badRequest, groupAskedFor, ids, logged, notByGraph, tells, tenant } from './tenant.ts';

/** How long what Graph says of a group serves, in milliseconds. */
const EXISTENCE_FOR = 10_000;

describe('what Graph said of a group', () => {
  /** The groups that were looked for since so many requests. */
  const looks = (received: readonly Received[], since = 0) =>
    received.slice(since).flatMap((one) => groupAskedFor(one) ?? []);

  test('serves whomever for ten seconds, and then costs one look', async () => {
    const { server, time, told, graph } = await logged([tenant({ member: [guid(1)], missing: [guid(3)] })]);
    const users = [ALICE, guid(8), guid(9)];
    await graph.memberOf(ALICE, ids(3), question());
    for (const passed of [EXISTENCE_FOR - 1, 1, EXISTENCE_FOR, EXISTENCE_FOR - 1, 600_000]) {
      const before = server.received.length;
      await time.advance(passed);
      for (const user of users) {
        expect(await graph.memberOf(user, ids(3), question())).toEqual(new Set([guid(1)]));
      }
      const asked = server.received.slice(before).map(askedFor);
      const look = passed === EXISTENCE_FOR - 1 ? [] : [`groups/${guid(3)}`];
      expect(asked).toEqual([...look, ids(2), ids(2), ids(2)]);
    }
    expect(told).toEqual(tells(guid(3), guid(3)));
  });

  test('that a replica did not know yet hides it for ten seconds, and for nobody longer', async () => {
    const missing = [guid(2)];
    const { server, time, graph } = await logged([tenant({ member: ids(3), missing })]);
    expect(await graph.memberOf(ALICE, ids(3), question())).toEqual(new Set([guid(1), guid(3)]));
    missing.pop();
    await time.advance(EXISTENCE_FOR - 1);
    expect(await graph.memberOf(guid(8), ids(3), question())).toEqual(new Set([guid(1), guid(3)]));
    const before = server.received.length;
    await time.advance(1);
    const users = [ALICE, ...Array.from({ length: 10 }, (_, index) => guid(100 + index))];
    const found = await Promise.all(users.map((user) => graph.memberOf(user, ids(3), question())));
    expect(found).toEqual(users.map(() => new Set(ids(3))));
    expect(looks(server.received, before)).toEqual([guid(2)]);
    expect(server.received).toHaveLength(before + 1 + users.length);
  });

  test('is asked once for all who sign in at once', async () => {
    const users = Array.from({ length: 200 }, (_, index) => guid(1_000 + index));
    const missing = guid(50);
    const looked: string[] = [];
    // All are refused before any of them looks, without a thousand sockets.
    const posted = Promise.withResolvers<void>();
    let posts = 0;
    const { graph, told } = await logged([], {
      async fetch(url, { body = '' } = {}) {
        const [kind, id = ''] = String(url).split(/[/?]/).slice(4);
        posts += body === '' ? 0 : 1;
        if (posts === users.length * 5) posted.resolve();
        await posted.promise;
        if (kind === 'groups') looked.push(id);
        if (id === missing || String(body).includes(missing)) {
          return Response.json({ error: { code: 'Request_ResourceNotFound' } }, { status: 404 });
        }
        return Response.json({ id, value: String(body).includes(guid(1)) ? [guid(1)] : [] });
      },
    });
    const found = await Promise.all(users.map((user) => graph.memberOf(user, ids(100), question())));
    expect(found).toEqual(users.map(() => new Set([guid(1)])));
    expect(looked.sort()).toEqual(ids(100).slice(40, 60));
    expect(told).toEqual(tells(missing));
  });

  test('costs nothing for ten seconds where all are there and a batch is refused all the same', async () => {
    const there = tenant({});
    const { memberOf, server, time } = await logged([
      (response, request) => (request.method === 'POST' ? badRequest : there)(response, request),
    ]);
    const refused = fault('graph-refused', 'HTTP 400');
    await expect(memberOf(ids(3))).rejects.toMatchObject(refused);
    expect(looks(server.received)).toHaveLength(3);
    await time.advance(EXISTENCE_FOR - 1);
    await expect(memberOf(ids(3))).rejects.toMatchObject(refused);
    expect(looks(server.received)).toHaveLength(3);
    await time.advance(1);
    await expect(memberOf(ids(3))).rejects.toMatchObject(refused);
    expect(looks(server.received)).toHaveLength(6);
  });

  test('that it is there makes the rest unknown for ten seconds, when it has gone since', async () => {
    const missing = [guid(3)];
    const { memberOf, time } = await logged([tenant({ member: [guid(1)], missing })]);
    expect(await memberOf(ids(3))).toEqual(new Set([guid(1)]));
    missing.push(guid(2));
    await expect(memberOf(ids(3))).rejects.toMatchObject(fault('graph-refused', 'HTTP 404'));
    await time.advance(EXISTENCE_FOR);
    expect(await memberOf(ids(3))).toEqual(new Set([guid(1)]));
  });

  test('is looked for again side by side', async () => {
    const again = Promise.withResolvers<void>();
    let looked = 0;
    const answered = tenant({ missing: ids(30) });
    const { memberOf, time } = await logged([
      async (response, request) => {
        if (groupAskedFor(request) !== undefined) looked += 1;
        if (looked === 60) again.resolve();
        if (looked > 30) await again.promise;
        return answered(response, request);
      },
    ]);
    expect(await memberOf(ids(30))).toEqual(new Set());
    await time.advance(EXISTENCE_FOR);
    expect(await memberOf(ids(30))).toEqual(new Set());
  });

  test('is awaited by others when the first who asked has gone', async () => {
    const looked = Promise.withResolvers<void>();
    const go = Promise.withResolvers<void>();
    const answered = tenant({ member: [guid(1)], missing: [guid(3)] });
    const { memberOf, graph, server } = await logged([
      async (response, request) => {
        if (groupAskedFor(request) === guid(3)) {
          looked.resolve();
          await go.promise;
        }
        return answered(response, request);
      },
    ]);
    const over = new AbortController();
    const first = graph.memberOf(ALICE, ids(3), question(over.signal));
    await looked.promise;
    const others = [memberOf(ids(3)), memberOf(ids(3))];
    over.abort(new Error('too late'));
    await expect(first).rejects.toThrow('too late');
    go.resolve();
    expect(await Promise.all(others)).toEqual([new Set([guid(1)]), new Set([guid(1)])]);
    expect(looks(server.received).sort()).toEqual(ids(3));
  });

  test('is not known when a suspect cannot be looked for', async () => {
    const missing = [guid(3)];
    let answer = tenant({ member: [guid(1)], missing });
    const { memberOf, time, told } = await logged([(response, request) => answer(response, request)]);
    expect(await memberOf(ids(3))).toEqual(new Set([guid(1)]));
    await time.advance(EXISTENCE_FOR);
    const before = answer;
    answer = notByGraph;
    const both = await Promise.allSettled([memberOf(ids(3)), memberOf(ids(3))]);
    const reason = expect.objectContaining(fault('graph-refused', 'HTTP 404'));
    expect(both).toEqual(Array(2).fill({ status: 'rejected', reason }));
    answer = before;
    expect(await memberOf(ids(3))).toEqual(new Set([guid(1)]));
    expect(told).toEqual(tells(guid(3)));
  });

  test('is of no use for what was only refused', async () => {
    const { memberOf, server, told } = await logged([
      badRequest,
      tenant({}),
      tenant({}),
      tenant({ member: ids(1) }),
    ]);
    await expect(memberOf(ids(1))).rejects.toMatchObject(fault('graph-refused', 'HTTP 400'));
    expect(await memberOf(ids(1))).toEqual(new Set(ids(1)));
    expect([server.received.length, told]).toEqual([4, []]);
  });
});

import { describe, expect, test } from 'vitest';
import { ALICE, breaksOff, fault, guid, question, type Received, refuses } from './server.ts';
import {
  askedFor,
  askedIds,
  badRequest,
  groupAskedFor,
  ids,
  logged,
  notByGraph,
  tells,
  tenant,
} from './tenant.ts';

describe('a group that Graph calls missing', () => {
  test.each([
    ['404', undefined],
    ['400', badRequest],
    ['404 of another than Graph', notByGraph],
  ])('is left out, whether its batch was refused with %s', async (_, spoilt) => {
    const missing = [guid(3)];
    const { memberOf, server, told } = await logged([
      tenant({ member: [guid(1), guid(25)], missing, ...(spoilt && { spoilt }) }),
    ]);
    expect(await memberOf(ids(25))).toEqual(new Set([guid(1), guid(25)]));
    expect(told).toEqual(tells(guid(3)));
    // Two batches, the user, the twenty of the spoilt batch, and what is left of it.
    expect(server.received).toHaveLength(2 + 1 + 20 + 1);
    expect(server.received.map(askedFor)[2]).toBe(`users/${ALICE}`);
    expect(server.received.flatMap((one) => groupAskedFor(one) ?? []).sort()).toEqual(ids(20));
    expect(server.received.map(askedFor).at(-1)).toEqual(ids(20).filter((id) => id !== guid(3)));
  });

  test('is not looked for, where Graph does not mind it', async () => {
    const { memberOf, server, told } = await logged([tenant({ member: [guid(1)] })]);
    expect(await memberOf(ids(3))).toEqual(new Set([guid(1)]));
    expect([server.received.length, told]).toEqual([1, []]);
  });

  test('is left out of each batch', async () => {
    const missing = [guid(3), guid(23), guid(41)];
    const { memberOf, told } = await logged([tenant({ member: [guid(1), guid(22)], missing })]);
    expect(await memberOf(ids(41))).toEqual(new Set([guid(1), guid(22)]));
    expect(told).toEqual(tells(...missing));
  });

  test('may be the only one', async () => {
    const { memberOf, server } = await logged([tenant({ missing: ids(1) })]);
    expect(await memberOf(ids(1))).toEqual(new Set());
    expect(server.received.map(askedFor)).toEqual([ids(1), `users/${ALICE}`, `groups/${guid(1)}`]);
    expect(server.received.at(-1)).toMatchObject({
      method: 'GET',
      url: `/v1.0/groups/${guid(1)}?$select=id`,
      headers: { authorization: 'Bearer token-1', 'x-ms-throttle-priority': 'high' },
      body: '',
    });
  });

  test('may be all of them', async () => {
    const { memberOf, server } = await logged([tenant({ missing: ids(30) })]);
    expect(await memberOf(ids(30))).toEqual(new Set());
    expect(server.received).toHaveLength(2 + 1 + 30);
    expect(await memberOf(ids(30))).toEqual(new Set());
    expect(server.received).toHaveLength(2 + 1 + 30);
  });

  test('is looked for with those of its batch, batches one after another', async () => {
    let most = 0;
    const looks = new Set<unknown>();
    const { memberOf } = await logged([tenant({ missing: ids(60) })], {
      async fetch(url, init) {
        if (!String(url).includes('/groups/')) return fetch(url, init);
        looks.add(url);
        most = Math.max(most, looks.size);
        return fetch(url, init).finally(() => looks.delete(url));
      },
    });
    expect(await memberOf(ids(60))).toEqual(new Set());
    expect(most).toBe(20);
  });
});

describe('a fault in the middle is told as what it is', () => {
  const throttled = refuses(429, 'TooManyRequests', { 'retry-after': '7' });
  const places: [string, (request: Received) => boolean][] = [
    ['the look at the user', ({ method, url }) => method === 'GET' && url.includes('/users/')],
    ['a look at a group', (request) => groupAskedFor(request) === guid(2)],
    ['the rest of a batch', (request) => request.method === 'POST' && askedIds(request).length === 2],
  ];

  test.each(places)('graph-throttled: at %s', async (_, at) => {
    const answer = tenant({ member: ids(1), missing: [guid(3)] });
    let over = false;
    const { memberOf, server, time } = await logged([
      (response, request) => {
        const now = !over && at(request);
        over ||= now;
        return (now ? throttled : answer)(response, request);
      },
    ]);
    await expect(memberOf(ids(3))).rejects.toMatchObject(fault('graph-throttled', 'HTTP 429'));
    const before = server.received.length;
    await expect(memberOf(ids(3))).rejects.toMatchObject(fault('graph-throttled', 'HTTP 429'));
    expect(server.received).toHaveLength(before);
    await time.advance(7_000);
    expect(await memberOf(ids(3))).toEqual(new Set(ids(1)));
  });

  test.each(places)('graph-unreachable: at %s', async (_, at) => {
    const answer = tenant({ member: ids(1), missing: [guid(3)] });
    const { memberOf } = await logged([
      (response, request) => (at(request) ? breaksOff : answer)(response, request),
    ]);
    await expect(memberOf(ids(3))).rejects.toMatchObject({ code: 'graph-unreachable' });
  });

  test('the signal’s reason is thrown', async () => {
    const over = new AbortController();
    const reason = new Error('too late');
    const answer = tenant({ missing: [guid(3)] });
    const { graph } = await logged([
      (response, request) => {
        if (groupAskedFor(request) === guid(2)) return over.abort(reason);
        return answer(response, request);
      },
    ]);
    await expect(graph.memberOf(ALICE, ids(3), question(over.signal))).rejects.toBe(reason);
  });
});

import { describe, expect, test } from 'vitest';
import { type Answer, fault, guid, question, refuses, rigged, says, userJson } from './server.ts';

const fine = says(userJson());
const throttled = (seconds: string, status = 429) =>
  refuses(status, 'TooManyRequests', { 'retry-after': seconds });
const refused = fault('graph-throttled', 'HTTP 429');

describe('graph-throttled', () => {
  test('nothing is asked until Retry-After has passed, whatever it is', async () => {
    const { alice, graph, server, time } = await rigged([throttled('7'), fine]);
    await expect(alice()).rejects.toMatchObject(refused);
    await time.advance(6_999);
    await expect(alice()).rejects.toMatchObject(refused);
    await expect(graph.usersBySamAccountName('alice', question())).rejects.toMatchObject(refused);
    await expect(graph.usersByOnPremisesPrincipalName('a@b', question())).rejects.toMatchObject(refused);
    await expect(graph.memberOf(guid(1), [guid(2)], question())).rejects.toMatchObject(refused);
    expect(server.received).toHaveLength(1);
    await time.advance(1);
    expect(await alice()).toMatchObject({ accountEnabled: true });
    expect(server.received).toHaveLength(2);
  });

  test('no token is asked for either', async () => {
    let tokens = 0;
    const token = async () => {
      tokens += 1;
      return 'token-1';
    };
    const { alice } = await rigged([throttled('7')], { token });
    await expect(alice()).rejects.toMatchObject(refused);
    await expect(alice()).rejects.toMatchObject(refused);
    expect(tokens).toBe(1);
  });

  test('503 with Retry-After is obeyed like 429, and not tried again', async () => {
    const { alice, server, time } = await rigged([throttled('3', 503), fine]);
    await expect(alice()).rejects.toMatchObject(fault('graph-throttled', 'HTTP 503'));
    await time.advance(2_999);
    await expect(alice()).rejects.toMatchObject(fault('graph-throttled', 'HTTP 503'));
    expect(server.received).toHaveLength(1);
    await time.advance(1);
    expect(await alice()).toBeDefined();
  });

  test('503 without it stops nobody', async () => {
    const { alice, server } = await rigged([refuses(503, 'said'), refuses(503, 'said'), fine]);
    await expect(alice()).rejects.toMatchObject(fault('graph-failing', 'HTTP 503'));
    expect(await alice()).toBeDefined();
    expect(server.received).toHaveLength(3);
  });

  test.each([
    ['a date', new Date(Date.UTC(2026, 0, 5, 0, 0, 30)).toUTCString(), 30_000],
    ['more than a minute', '3600', 60_000],
    ['a date far away', 'Fri, 31 Dec 9999 23:59:59 GMT', 60_000],
    ['more digits than anybody counts', '99999999999999999999', 2_000],
    ['nonsense', 'soon', 2_000],
    ['less than nothing', '-5', 2_000],
    ['half a second', '0.5', 2_000],
    ['another sort of date', '2026-01-05T00:00:30Z', 2_000],
    ['nothing', '', 2_000],
  ])('Retry-After is %s', async (_, retryAfter, wait) => {
    const { alice, server, time } = await rigged([throttled(retryAfter), fine]);
    await expect(alice()).rejects.toMatchObject(refused);
    await time.advance(wait - 1);
    await expect(alice()).rejects.toMatchObject(refused);
    await time.advance(1);
    expect(await alice()).toBeDefined();
    expect(server.received).toHaveLength(2);
  });

  test.each([
    ['no time', '0'],
    ['a date that has passed', 'Sun, 04 Jan 2026 23:59:59 GMT'],
  ])('Retry-After of %s lets the next one ask', async (_, retryAfter) => {
    const { alice } = await rigged([throttled(retryAfter), fine]);
    await expect(alice()).rejects.toMatchObject(refused);
    expect(await alice()).toBeDefined();
  });

  test('a wall clock that is set changes nothing', async () => {
    const { alice, server, time } = await rigged([throttled('7'), fine]);
    await expect(alice()).rejects.toMatchObject(refused);
    time.step(3_600_000);
    await expect(alice()).rejects.toMatchObject(refused);
    time.step(-7_200_000);
    await time.advance(7_000);
    expect(await alice()).toBeDefined();
    expect(server.received).toHaveLength(2);
  });

  test('of two the longer wait counts', async () => {
    const both = Promise.withResolvers<void>();
    let asked = 0;
    const together =
      (answer: Answer): Answer =>
      async (response, request) => {
        asked += 1;
        if (asked === 2) both.resolve();
        await both.promise;
        return answer(response, request);
      };
    const { alice, time } = await rigged([together(throttled('20')), together(throttled('2')), fine]);
    const outcomes = await Promise.allSettled([alice(), alice()]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await time.advance(19_999);
    await expect(alice()).rejects.toMatchObject(refused);
    await time.advance(1);
    expect(await alice()).toBeDefined();
  });

  test('whoever waited for a token meanwhile does not ask', async () => {
    const slow = Promise.withResolvers<string>();
    const given = [slow.promise, Promise.resolve('token-1')];
    const { alice, server } = await rigged([throttled('7')], { token: () => given.shift() ?? slow.promise });
    const waiting = alice();
    await expect(alice()).rejects.toMatchObject(refused);
    slow.resolve('token-1');
    await expect(waiting).rejects.toMatchObject(refused);
    expect(server.received).toHaveLength(1);
  });
});

import { inspect } from 'node:util';
import { describe, expect, test, vi } from 'vitest';
import { graphClient } from '../../../../functions/entra/graph/client.ts';
import { GraphUnavailable } from '../../../../functions/entra/graph/faults.ts';
import { LARGEST_ANSWER } from '../../../../functions/entra/graph/json.ts';
import { manualTime } from '../../store/time.ts';
import {
  breaksOff,
  fault,
  graphServer,
  guid,
  never,
  question,
  refuses,
  rigged,
  says,
  userJson,
} from './server.ts';

const fine = says(userJson());

describe('statuses', () => {
  test.each([
    [401, 'graph-unauthorized', 1],
    [403, 'graph-forbidden', 1],
    [429, 'graph-throttled', 1],
    [405, 'graph-refused', 1],
    [410, 'graph-refused', 1],
    [414, 'graph-refused', 1],
    [500, 'graph-failing', 2],
    [502, 'graph-failing', 2],
    [503, 'graph-failing', 2],
    [504, 'graph-failing', 2],
    [201, 'graph-answer-unusable', 1],
    [204, 'graph-answer-unusable', 1],
    [304, 'graph-answer-unusable', 1],
  ] as const)('HTTP %i is %s, after %i requests', async (status, code, requests) => {
    const { alice, server } = await rigged([refuses(status, 'said')]);
    await expect(alice()).rejects.toMatchObject(fault(code, `HTTP ${status}`));
    expect(server.received).toHaveLength(requests);
  });

  test.each([301, 302, 307, 308])('HTTP %i is not followed', async (status) => {
    const elsewhere = await graphServer([fine]);
    const { alice, server } = await rigged([says('', status, { location: `${elsewhere.url}/users/alice` })]);
    await expect(alice()).rejects.toMatchObject(fault('graph-answer-unusable', `HTTP ${status}`));
    expect([server.received.length, elsewhere.received.length]).toEqual([1, 0]);
    await elsewhere.close();
  });

  test('what is refused is not left open', async () => {
    const closed = Promise.withResolvers<void>();
    const { alice } = await rigged([
      (response) => {
        response.on('close', closed.resolve).writeHead(400).write('{');
      },
    ]);
    await expect(alice()).rejects.toMatchObject(fault('graph-refused', 'HTTP 400'));
    await closed.promise;
  });

  test('a GET that Graph has failed once is sent again', async () => {
    const { alice, server } = await rigged([refuses(502, 'UnknownError'), fine]);
    expect(await alice()).toMatchObject({ accountEnabled: true });
    expect(server.received).toHaveLength(2);
  });

  test('a POST is not', async () => {
    const { graph, server } = await rigged([refuses(502, 'UnknownError'), says({ value: [] })]);
    await expect(graph.memberOf(guid(1), [guid(2)], question())).rejects.toMatchObject(
      fault('graph-failing', 'HTTP 502'),
    );
    expect(server.received).toHaveLength(1);
  });
});

describe('connections', () => {
  test('a broken one is replaced once, for a POST too', async () => {
    const { alice, graph, server } = await rigged([breaksOff, fine, breaksOff, says({ value: [] })]);
    expect(await alice()).toMatchObject({ accountEnabled: true });
    expect(await graph.memberOf(guid(1), [guid(2)], question())).toEqual(new Set());
    expect(server.received).toHaveLength(4);
  });

  test('graph-unreachable: one that breaks again', async () => {
    const { alice, server } = await rigged([breaksOff]);
    await expect(alice()).rejects.toMatchObject({
      code: 'graph-unreachable',
      detail: expect.stringMatching(/^(UND_ERR_SOCKET|ECONNRESET)$/),
    });
    expect(server.received).toHaveLength(2);
  });

  test('one that breaks in the middle of an answer is replaced once', async () => {
    const { alice, server } = await rigged([
      (response) => {
        response.writeHead(200, { 'content-length': '1000' });
        response.write('{"id":', () => response.socket?.destroy());
      },
      fine,
    ]);
    expect(await alice()).toMatchObject({ accountEnabled: true });
    expect(server.received).toHaveLength(2);
  });

  test('graph-unreachable: one that nobody accepts', async () => {
    const { alice, server } = await rigged([fine]);
    await server.close();
    await expect(alice()).rejects.toMatchObject(fault('graph-unreachable', 'ECONNREFUSED'));
  });

  test('graph-unreachable: a host without an address', async () => {
    const graph = graphClient({
      graphUrl: 'http://graph.invalid/v1.0',
      token: async () => 'token-1',
      clock: manualTime().clock,
      fetch: () => Promise.reject(new TypeError('fetch failed', { cause: errorWith('ENOTFOUND') })),
    });
    await expect(graph.userByPrincipalName('a@b', question())).rejects.toMatchObject(
      fault('graph-unreachable', 'ENOTFOUND'),
    );
  });

  test('of several addresses the first is told', async () => {
    const cause = new AggregateError([errorWith('ETIMEDOUT'), errorWith('ENETUNREACH')]);
    const { alice } = await rigged([], {
      fetch: () => Promise.reject(new TypeError('fetch failed', { cause })),
    });
    await expect(alice()).rejects.toMatchObject(fault('graph-unreachable', 'ETIMEDOUT'));
  });

  test.each([
    ['text', new TypeError('Bearer token-1 is no header')],
    ['a code that is none', new TypeError('failed', { cause: errorWith('Bearer token-1') })],
    ['no error', 'Bearer token-1'],
  ])('nothing of what fetch throws is kept: %s', async (_, thrown) => {
    const { alice } = await rigged([], { fetch: () => Promise.reject(thrown) });
    const error: unknown = await alice().catch((reason) => reason);
    expect(error).toMatchObject(fault('graph-unreachable'));
    expect(inspect(error, { depth: 9 })).not.toContain('token-1');
  });
});

describe('time', () => {
  test.each([
    ['an answer', never],
    [
      'the rest of an answer',
      (response: Parameters<typeof never>[0]) => response.writeHead(200).write('{"id":'),
    ],
  ])('graph-unreachable: %s is not waited for longer than patience lasts', async (_, answer) => {
    const { alice } = await rigged([answer], { patience: 50 });
    await expect(alice()).rejects.toMatchObject(fault('graph-unreachable', 'ETIMEDOUT'));
  });

  test('graph-token-unavailable: nor is a token', async () => {
    const { alice, server } = await rigged([fine], {
      patience: 10,
      token: () => new Promise(() => undefined),
    });
    await expect(alice()).rejects.toMatchObject(fault('graph-token-unavailable', 'ETIMEDOUT'));
    expect(server.received).toEqual([]);
  });

  test('the signal’s reason is thrown, whenever it comes', async () => {
    const reason = new Error('too late');
    const { graph, server } = await rigged([never]);
    const over = new AbortController();
    const asking = graph.userByPrincipalName('alice@contoso.com', question(over.signal));
    await server.asked;
    over.abort(reason);
    await expect(asking).rejects.toBe(reason);
    await expect(graph.memberOf(guid(1), [guid(2)], question(over.signal))).rejects.toBe(reason);
    expect(server.received).toHaveLength(1);
  });

  test('the signal’s reason is thrown in a wait for a token', async () => {
    const reason = new Error('too late');
    const over = new AbortController();
    const token = () => {
      queueMicrotask(() => over.abort(reason));
      return new Promise<string>(() => undefined);
    };
    const { graph, server } = await rigged([fine], { token });
    await expect(graph.usersBySamAccountName('alice', question(over.signal))).rejects.toBe(reason);
    expect(server.received).toEqual([]);
  });

  test('a request whose wait has ended is not sent again', async () => {
    const over = new AbortController();
    const { graph, server } = await rigged([
      (response, request) => {
        over.abort(new Error('too late'));
        return refuses(500, 'said')(response, request);
      },
    ]);
    await expect(graph.userByPrincipalName('a@b', question(over.signal))).rejects.toThrow('too late');
    expect(server.received).toHaveLength(1);
  });
});

describe('without a token nothing is sent', () => {
  test.each([
    ['its own fault is told', new GraphUnavailable('graph-token-unavailable', 'HTTP 400'), 'HTTP 400'],
    ['another is not', new Error('secret'), ''],
  ])('graph-token-unavailable: %s', async (_, thrown, detail) => {
    const { alice, server } = await rigged([fine], { token: () => Promise.reject(thrown) });
    const error: unknown = await alice().catch((reason) => reason);
    expect(error).toMatchObject(fault('graph-token-unavailable', detail));
    expect(inspect(error)).not.toContain('secret');
    expect(server.received).toEqual([]);
  });

  test.each([
    ['nothing', ''],
    ['a line of its own', 'token\r\nx: y'],
    ['a space', 'token 1'],
    ['no ASCII', 'tökén'],
  ])('graph-token-unavailable: a token of %s', async (_, token) => {
    const { alice, server } = await rigged([fine], { token: async () => token });
    await expect(alice()).rejects.toMatchObject(fault('graph-token-unavailable'));
    expect(server.received).toEqual([]);
  });

  test('every request asks for one', async () => {
    const token = vi.fn(async () => 'token-1');
    const { alice } = await rigged([fine], { token });
    await alice();
    await alice();
    expect(token).toHaveBeenCalledTimes(2);
  });
});

describe('graph-answer-unusable: an answer that is', () => {
  test.each([
    ['empty', ''],
    ['HTML', '<!doctype html><title>Sign in</title>'],
    ['cut off', JSON.stringify(userJson()).slice(0, -1)],
    ['followed by more', `${JSON.stringify(userJson())}{}`],
    ['not UTF-8', Buffer.from(JSON.stringify(userJson({ displayName: 'é' })), 'latin1')],
    ['UTF-16', Buffer.from(JSON.stringify(userJson()), 'utf16le')],
    ['too large', JSON.stringify(userJson({ x: 'x'.repeat(LARGEST_ANSWER) }))],
    ['nested without end', '['.repeat(LARGEST_ANSWER)],
  ])('%s', async (_, body) => {
    const { alice } = await rigged([says(body)]);
    await expect(alice()).rejects.toMatchObject(fault('graph-answer-unusable'));
  });
});

function errorWith(code: string): Error {
  return Object.assign(new Error(`${code} at Bearer token-1`), { code });
}

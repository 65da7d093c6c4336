import { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { describe, expect, test, vi } from 'vitest';
import { LARGEST_ANSWER } from '../../../../../functions/mfa/providers/connector/response.ts';
import { loopbackTls } from '../../../../local/stand-ins/running.ts';
import { answerXml } from './answers.ts';
import { PATIENCE, rigged, tokens } from './rig.ts';
import { type Answer, connectorServer, says } from './server.ts';

const approval = says(answerXml());
const unauthorized = says('', 401);

describe('a token that is refused', () => {
  test('is discarded, and a new one is tried', async () => {
    const token = tokens('token-1', 'token-2');
    const { ask, server } = await rigged([unauthorized, approval], { token });
    expect(await ask()).toMatchObject({ outcome: { kind: 'approved' } });
    expect(token.discarded).toEqual(['token-1']);
    expect(server.received.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer token-1',
      'Bearer token-2',
    ]);
    expect(server.received[1]?.body).toBe(server.received[0]?.body);
  });

  test('twice: it is not tried a third time', async () => {
    const { ask, server } = await rigged([unauthorized], { token: tokens('token-1', 'token-2', 'token-3') });
    expect(await ask()).toEqual({ kind: 'not-begun', code: 'connector-unauthorized' });
    expect(server.received).toHaveLength(2);
  });

  test('without a new one to be had', async () => {
    const { ask, server } = await rigged([unauthorized], { token: tokens('token-1') });
    expect(await ask()).toEqual({
      kind: 'not-begun',
      code: 'token-unavailable',
      detail: 'entra-unreachable',
    });
    expect(server.received).toHaveLength(1);
  });

  test('whose successor is not there in time: nothing has begun', async () => {
    const asked = Promise.withResolvers<void>();
    let first = true;
    const { begin, time } = await rigged([unauthorized], {
      token: {
        get: async (signal) => {
          if (first) return 'token-1';
          asked.resolve();
          return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
        },
        discard: () => {
          first = false;
        },
      },
    });
    const begun = await begin();
    await asked.promise;
    await time.advance(PATIENCE);
    expect(await begun.watch()).toEqual({ kind: 'not-begun', code: 'given-up' });
  });

  test('the second answer counts, whatever it is', async () => {
    const { ask } = await rigged([unauthorized, says('', 503)]);
    expect(await ask()).toEqual({ kind: 'lost', code: 'connector-failed', detail: 'HTTP 503' });
  });
});

describe('a status other than 200', () => {
  test.each([
    [403, 'connector-forbidden'],
    [429, 'connector-throttled'],
  ])('%i: nothing has begun, whatever its body says', async (status, code) => {
    const { ask, server } = await rigged([says(answerXml(), status)]);
    expect(await ask()).toEqual({ kind: 'not-begun', code });
    expect(server.received).toHaveLength(1);
  });

  test.each([201, 202, 203, 204, 205, 206, 400, 404, 408, 413, 421, 500, 502, 503, 504])(
    '%i is lost, whatever its body says, and nothing is sent twice',
    async (status) => {
      const { ask, server } = await rigged([says(answerXml(), status)]);
      expect(await ask()).toEqual({ kind: 'lost', code: 'connector-failed', detail: `HTTP ${status}` });
      expect(server.received).toHaveLength(1);
    },
  );

  test('407, which fetch keeps for itself, is lost too', async () => {
    const { ask, server } = await rigged([says(answerXml(), 407)]);
    expect(await ask()).toMatchObject({ kind: 'lost' });
    expect(server.received).toHaveLength(1);
  });

  test.each([301, 302, 303, 307, 308])('%i is not followed', async (status) => {
    const elsewhere = await rigged([approval]);
    const { ask } = await rigged([says('', status, { location: elsewhere.server.url })]);
    expect(await ask()).toEqual({ kind: 'lost', code: 'connector-failed', detail: `HTTP ${status}` });
    expect(elsewhere.server.received).toEqual([]);
  });

  test('whose body never ends ends at once', async () => {
    const { ask, server } = await rigged([
      (response) => {
        response.writeHead(500).write('x');
      },
    ]);
    expect(await ask()).toMatchObject({ code: 'connector-failed' });
    await server.gone();
  });
});

function* endless(): Generator<string> {
  for (;;) yield 'x'.repeat(1024);
}

describe('an answer with 200 that nobody can read is lost', () => {
  test.each<[string, Answer]>([
    ['nothing', says('')],
    [
      'the page of a proxy',
      says('<html><body>Please log in</body></html>', 200, { 'content-type': 'text/html' }),
    ],
    ['an answer cut short, but ended well', says(answerXml().slice(0, -9))],
    ['too much', says(answerXml().replace('<Version>', `<P>${'x'.repeat(LARGEST_ANSWER)}</P><Version>`))],
    [
      'without end',
      (response) => {
        Readable.from(endless()).pipe(response);
      },
    ],
    [
      'little that unpacks to much',
      says(gzipSync(answerXml().replace('<Version>', `<P>${'x'.repeat(1e7)}</P><Version>`)), 200, {
        'content-encoding': 'gzip',
      }),
    ],
  ])('%s', async (_, answer) => {
    const { ask, server } = await rigged([answer]);
    expect(await ask()).toEqual({ kind: 'lost', code: 'answer-unreadable' });
    expect(server.received).toHaveLength(1);
  });
});

describe('a connection that breaks', () => {
  const breaks: [string, Answer][] = [
    ['before the answer', (response) => void response.destroy()],
    [
      'with a reset',
      (response) => {
        response.socket?.resetAndDestroy();
      },
    ],
    [
      'after the headers',
      (response) => {
        response.writeHead(200, { 'content-length': 1000 }).flushHeaders();
        response.socket?.end();
      },
    ],
    [
      'within an approval that had all but its last octet',
      (response) => {
        const body = answerXml();
        response.writeHead(200, { 'content-length': body.length });
        response.write(body.slice(0, -1), () => response.destroy());
      },
    ],
    [
      'after an approval without its end',
      (response) => {
        response.writeHead(200);
        response.write(answerXml(), () => response.destroy());
      },
    ],
    [
      'with what is no HTTP',
      (response) => {
        response.socket?.end('SSH-2.0-OpenSSH_9.9\r\n');
      },
    ],
  ];

  test.each(breaks)('%s is lost, and nothing is sent twice', async (_, answer) => {
    const { ask, server } = await rigged([answer, approval]);
    expect(await ask()).toEqual({ kind: 'lost', code: 'connection-broken' });
    expect(server.received).toHaveLength(1);
    expect(server.connections()).toBe(1);
  });

  test('though it had served another before: nothing is sent twice either', async () => {
    const { ask, server } = await rigged([says('kept'), (response) => void response.destroy(), approval]);
    await (await fetch(server.url)).text();
    // The connection goes back to its pool a moment after the answer's end.
    await setImmediate();
    expect(await ask()).toEqual({ kind: 'lost', code: 'connection-broken' });
    expect(server.received).toHaveLength(2);
    expect(server.connections()).toBe(1);
  });
});

describe('without a connection nothing has begun', () => {
  test('when nobody listens', async () => {
    const { url, close } = await connectorServer([approval]);
    await close();
    const { ask } = await rigged([approval], { connectorUrl: url });
    expect(await ask()).toEqual({ kind: 'not-begun', code: 'connector-unreachable', detail: 'ECONNREFUSED' });
  });

  test('when the certificate is nobody’s whom we trust', async () => {
    const { ask, server } = await rigged([approval], { tls: await loopbackTls() });
    expect(await ask()).toEqual({
      kind: 'not-begun',
      code: 'connector-unreachable',
      detail: 'SELF_SIGNED_CERT_IN_CHAIN',
    });
    expect(server.received).toEqual([]);
  });

  function failing(cause: unknown) {
    return vi.fn<typeof fetch>(() => Promise.reject(new TypeError('fetch failed', { cause })));
  }
  function fault(code: string, syscall?: string): Error {
    return Object.assign(new Error('secret text'), { code, ...(syscall && { syscall }) });
  }

  test.each([
    ['a name without an address', fault('ENOTFOUND', 'getaddrinfo'), 'ENOTFOUND'],
    ['a name server that fails', fault('EAI_AGAIN', 'getaddrinfo'), 'EAI_AGAIN'],
    ['an unreachable network', fault('ENETUNREACH', 'connect'), 'ENETUNREACH'],
    ['a host that does not answer', fault('ETIMEDOUT', 'connect'), 'ETIMEDOUT'],
    ['undici’s own limit', fault('UND_ERR_CONNECT_TIMEOUT'), 'UND_ERR_CONNECT_TIMEOUT'],
    ['a certificate out of date', fault('CERT_HAS_EXPIRED'), 'CERT_HAS_EXPIRED'],
    ['a certificate of another host', fault('ERR_TLS_CERT_ALTNAME_INVALID'), 'ERR_TLS_CERT_ALTNAME_INVALID'],
    [
      'every address of the host',
      new AggregateError([fault('ECONNREFUSED', 'connect'), fault('ENETUNREACH', 'connect')]),
      'ECONNREFUSED',
    ],
  ])('%s', async (_, cause, detail) => {
    const fetch = failing(cause);
    const { ask } = await rigged([], { fetch });
    expect(await ask()).toEqual({ kind: 'not-begun', code: 'connector-unreachable', detail });
    expect(fetch).toHaveBeenCalledTimes(1);
  });

  test.each([
    ['a reset', fault('ECONNRESET', 'read')],
    ['a timeout of reading', fault('ETIMEDOUT', 'read')],
    ['a broken pipe', fault('EPIPE', 'write')],
    ['a closed socket', fault('UND_ERR_SOCKET')],
    ['no code', new Error('secret text')],
    ['a code that is none', Object.assign(new Error(), { code: 7 })],
    ['no attempt at all', new AggregateError([])],
    ['an attempt that went further', new AggregateError([fault('ECONNREFUSED', 'connect'), fault('EPIPE')])],
    ['no error', 'secret text'],
    ['nothing', undefined],
  ])('but of %s nobody can say so', async (_, cause) => {
    const { ask } = await rigged([], { fetch: failing(cause) });
    expect(await ask()).toEqual({ kind: 'lost', code: 'connection-broken' });
  });

  test('a fetch that throws something at once is lost', async () => {
    const { ask } = await rigged([], {
      fetch: () => {
        throw 'secret text';
      },
    });
    expect(await ask()).toEqual({ kind: 'lost', code: 'connection-broken' });
  });
});

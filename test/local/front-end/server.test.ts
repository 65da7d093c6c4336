import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { ClientHttp2Session } from 'node:http2';
import { connect } from 'node:http2';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { FrontEnd, FrontEndLimits } from '../../../local/front-end/server.ts';
import { PLATFORM_LIMITS, startFrontEnd } from '../../../local/front-end/server.ts';
import { listen } from '../../../local/listen.ts';
import type { LocalTls } from '../../../local/tls.ts';
import { localTls } from '../../../local/tls.ts';

let tls: LocalTls;
beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'front-end-'));
  tls = await localTls(join(folder, 'tls.json'), Date.now());
  await rm(folder, { recursive: true });
});

const endings: Array<() => unknown> = [];
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

interface Seen {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: string[];
  readonly body: Buffer;
}

/** An app's host that keeps what it saw. */
async function startInstance(
  answer: (request: IncomingMessage, response: ServerResponse) => void = (_, response) => response.end('ok'),
): Promise<{ port: number; seen: Seen[]; kill(): void }> {
  const seen: Seen[] = [];
  const server = createServer(async (incoming, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const { method, url, headers, rawHeaders } = incoming;
    seen.push({ method, url, headers, rawHeaders, body: Buffer.concat(chunks) });
    answer(incoming, response);
  });
  const port = await listen(server, '127.0.0.1', 0);
  const kill = () => {
    server.closeAllConnections();
    server.close();
  };
  endings.push(kill);
  return { port, seen, kill };
}

/** A timer that the test lets pass. */
function handTimers() {
  const pending = new Set<() => void>();
  return {
    after(_delay: number, then: () => void) {
      pending.add(then);
      return () => pending.delete(then);
    },
    pass: () => {
      for (const then of pending) then();
    },
    pending,
  };
}

async function start(limits: Partial<FrontEndLimits> = {}, timers = handTimers()): Promise<FrontEnd> {
  const frontEnd = await startFrontEnd({
    ...tls,
    port: 0,
    limits: { ...PLATFORM_LIMITS, ...limits },
    ...timers,
  });
  endings.push(() => frontEnd.close());
  return frontEnd;
}

function h2(frontEnd: FrontEnd): ClientHttp2Session {
  const session = connect(`https://127.0.0.1:${frontEnd.port}`, { ca: tls.ca });
  session.on('error', () => undefined);
  endings.push(() => session.destroy());
  return session;
}

type Reply = { status: number; type: string | undefined; body: string };

function callH2(
  session: ClientHttp2Session,
  headers: Record<string, string>,
  body = Buffer.alloc(0),
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const stream = session.request(headers);
    let status = 0;
    let type: string | undefined;
    let text = '';
    stream.on('response', (received) => {
      status = Number(received[':status']);
      type = received['content-type'];
    });
    stream.on('data', (chunk) => {
      text += chunk;
    });
    stream.on('end', () => status > 0 && resolve({ status, type, body: text }));
    stream.on('error', reject);
    stream.on('close', () => reject(new Error('closed')));
    stream.end(body);
  });
}

function callH1(frontEnd: FrontEnd, path: string, body = Buffer.alloc(0), headers = {}): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { host: '127.0.0.1', port: frontEnd.port, path, ca: tls.ca, method: 'POST', agent: false, headers },
      (response) => {
        let text = '';
        response.on('data', (chunk) => {
          text += chunk;
        });
        response.on('error', reject);
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, type: response.headers['content-type'], body: text }),
        );
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

const post = { ':method': 'POST', ':path': '/api/radius' };

describe('a call that is passed on', () => {
  test("over HTTP/2: octets, path, the caller's authority as Host, and the platform's headers", async () => {
    const instance = await startInstance();
    const frontEnd = await start();
    frontEnd.setInstances([instance.port]);
    const body = Buffer.from([0, 255, 1]);
    const reply = await callH2(h2(frontEnd), { ...post, 'x-mine': 'a', 'x-forwarded-for': '6.6.6.6' }, body);
    expect(reply).toMatchObject({ status: 200, body: 'ok' });
    const [seen] = instance.seen;
    expect(seen).toMatchObject({ method: 'POST', url: '/api/radius', body });
    expect(seen?.headers).toMatchObject({
      host: `127.0.0.1:${frontEnd.port}`,
      'x-mine': 'a',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': `127.0.0.1:${frontEnd.port}`,
      'x-forwarded-tlsversion': '1.3',
      'content-length': '3',
    });
    expect(seen?.headers['x-forwarded-for']).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(seen?.rawHeaders.some((name) => name.startsWith(':'))).toBe(false);
  });

  test('over HTTP/1.1: the same, and a header that comes twice comes twice', async () => {
    const instance = await startInstance();
    const frontEnd = await start();
    frontEnd.setInstances([instance.port]);
    const reply = await callH1(frontEnd, '/api/radius?q=1', Buffer.from('body'), {
      'x-mine': ['1', '2'],
      host: 'localhost:9',
    });
    expect(reply).toMatchObject({ status: 200, body: 'ok' });
    expect(instance.seen[0]).toMatchObject({ url: '/api/radius?q=1', body: Buffer.from('body') });
    expect(instance.seen[0]?.headers.host).toBe('localhost:9');
    expect(instance.seen[0]?.rawHeaders.filter((name) => name === 'x-mine')).toHaveLength(2);
  });

  test('status, headers and body come back, hop-by-hop headers do not', async () => {
    const instance = await startInstance((_, response) => {
      response.writeHead(418, { 'x-own': 'yes', 'retry-after': '7', 'keep-alive': 'timeout=1' });
      response.end('tea');
    });
    const frontEnd = await start();
    frontEnd.setInstances([instance.port]);
    expect(await callH2(h2(frontEnd), post)).toMatchObject({ status: 418, body: 'tea' });
    expect(await callH1(frontEnd, '/')).toMatchObject({ status: 418, body: 'tea' });
  });

  test('two hundred at once over one session, one instance at a hundred at a time', async () => {
    let now = 0;
    let most = 0;
    const instance = await startInstance((_, response) => {
      most = Math.max(most, ++now);
      setImmediate(() => {
        now--;
        response.end('ok');
      });
    });
    const frontEnd = await start();
    frontEnd.setInstances([instance.port]);
    const session = h2(frontEnd);
    const replies = await Promise.all(Array.from({ length: 200 }, () => callH2(session, post)));
    expect(replies.every(({ status }) => status === 200)).toBe(true);
    expect(most).toBeLessThanOrEqual(100);
    expect(session.remoteSettings.maxConcurrentStreams).toBe(100);
  });
});

describe('what the platform answers itself is an HTML page', () => {
  const isPage = (reply: Reply) =>
    reply.type === 'text/html; charset=utf-8' && reply.body.startsWith('<!DOCTYPE html>');

  test('503 without a host, and with one that no longer listens', async () => {
    const instance = await startInstance();
    const frontEnd = await start();
    for (const ports of [[], [instance.port]]) {
      frontEnd.setInstances(ports);
      instance.kill();
      const replies = [await callH2(h2(frontEnd), post), await callH1(frontEnd, '/')];
      expect(replies.map(({ status }) => status)).toEqual([503, 503]);
      expect(replies.every(isPage)).toBe(true);
    }
  });

  test('413 for a body over the limit; one at the limit passes', async () => {
    const instance = await startInstance();
    const frontEnd = await start({ body: 1000 });
    frontEnd.setInstances([instance.port]);
    const session = h2(frontEnd);
    expect((await callH2(session, post, Buffer.alloc(1000))).status).toBe(200);
    const replies = [
      await callH2(session, post, Buffer.alloc(1001)),
      await callH1(frontEnd, '/', Buffer.alloc(1001)),
    ];
    expect(replies.map(({ status }) => status)).toEqual([413, 413]);
    expect(replies.every(isPage)).toBe(true);
    expect(instance.seen).toHaveLength(1);
  });

  test('429 when every place is taken and the queue is full', async () => {
    const instance = await startInstance(() => undefined);
    const frontEnd = await start({ concurrency: 1, queue: 0 });
    frontEnd.setInstances([instance.port]);
    const session = h2(frontEnd);
    const first = callH2(session, post).catch(() => 'broken off');
    while (instance.seen.length === 0) await new Promise((resolve) => setImmediate(resolve));
    const reply = await callH2(session, post);
    expect(reply.status).toBe(429);
    expect(isPage(reply)).toBe(true);
    instance.kill();
    expect(await first).toBe('broken off');
  });

  test('504 after the time limit, and the host is let go', async () => {
    const broken = Promise.withResolvers<void>();
    const instance = await startInstance((_, response) => response.once('close', () => broken.resolve()));
    const timers = handTimers();
    const frontEnd = await start({ concurrency: 1 }, timers);
    frontEnd.setInstances([instance.port]);
    const session = h2(frontEnd);
    const held = callH2(session, post);
    while (instance.seen.length === 0) await new Promise((resolve) => setImmediate(resolve));
    const inLine = callH2(session, post);
    while (timers.pending.size < 2) await new Promise((resolve) => setImmediate(resolve));
    timers.pass();
    const replies = await Promise.all([held, inLine]);
    expect(replies.map(({ status }) => status)).toEqual([504, 504]);
    expect(replies.every(isPage)).toBe(true);
    await broken.promise;
    expect(timers.pending.size).toBe(0);
  });
});

test('504 after the time limit, too, where the body does not come', async () => {
  const instance = await startInstance((_, response) => response.end());
  const timers = handTimers();
  const frontEnd = await start({}, timers);
  frontEnd.setInstances([instance.port]);
  const stream = h2(frontEnd).request({ ...post, 'content-length': '10' });
  const status = new Promise((resolve) => stream.on('response', (headers) => resolve(headers[':status'])));
  stream.on('error', () => undefined);
  stream.write('half');
  while (timers.pending.size < 1) await new Promise((resolve) => setImmediate(resolve));
  timers.pass();
  expect(await status).toBe(504);
  expect(instance.seen).toEqual([]);
  expect(timers.pending.size).toBe(0);
});

describe('a call whose host dies is broken off', () => {
  test('by a reset of its stream over HTTP/2; the session lives on', async () => {
    const instance = await startInstance((request) => request.socket.destroy());
    const frontEnd = await start();
    frontEnd.setInstances([instance.port]);
    const session = h2(frontEnd);
    await expect(callH2(session, post)).rejects.toMatchObject({ code: 'ERR_HTTP2_STREAM_ERROR' });
    await expect(callH2(session, post)).rejects.toMatchObject({ code: 'ERR_HTTP2_STREAM_ERROR' });
    expect(session.closed).toBe(false);
  });

  test('by the end of its connection over HTTP/1.1, also in the middle of the answer', async () => {
    const instance = await startInstance((request, response) => {
      if (request.url === '/early') request.socket.destroy();
      else response.write('half', () => request.socket.destroy());
    });
    const frontEnd = await start();
    frontEnd.setInstances([instance.port]);
    await expect(callH1(frontEnd, '/early')).rejects.toMatchObject({ code: 'ECONNRESET' });
    await expect(callH1(frontEnd, '/half')).rejects.toMatchObject({ code: 'ECONNRESET' });
  });
});

test('a caller that goes away takes its call along', async () => {
  const closed = Promise.withResolvers<void>();
  const instance = await startInstance((_, response) => response.once('close', () => closed.resolve()));
  const frontEnd = await start();
  frontEnd.setInstances([instance.port]);
  const session = h2(frontEnd);
  const stream = session.request(post);
  stream.on('error', () => undefined);
  stream.end();
  while (instance.seen.length === 0) await new Promise((resolve) => setImmediate(resolve));
  stream.close();
  await closed.promise;
});

test('a certificate of this machine holds for its loopback names', async () => {
  const frontEnd = await start();
  for (const host of ['127.0.0.1', 'localhost']) {
    const session = connect(`https://${host}:${frontEnd.port}`, { ca: tls.ca });
    await once(session, 'connect');
    session.destroy();
  }
});

import { once } from 'node:events';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FromFunctionsHost, ToFunctionsHost } from '../../../local/functions-host/messages.ts';
import type { Program } from '../../../local/programs.ts';
import { startProgram, whenReady } from '../../../local/programs.ts';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
const hostFile = path('../../../host.json');

function startHost(app: string): Program<ToFunctionsHost, FromFunctionsHost> {
  const host = startProgram<ToFunctionsHost, FromFunctionsHost>({
    name: 'functions host',
    file: new URL('../../../local/functions-host/main.ts', import.meta.url),
    env: process.env,
    stopMessage: { type: 'stop' },
  });
  host.send({ type: 'start', packageFile: path(`../fixtures/${app}/package.json`), hostFile });
  return host;
}

const portOf = (host: Program<ToFunctionsHost, FromFunctionsHost>) =>
  whenReady(host, 20_000, ({ message }) => (message?.type === 'ready' ? message.port : undefined));

describe('an app in the functions host', () => {
  let host: Program<ToFunctionsHost, FromFunctionsHost>;
  let port: number;
  const heard: FromFunctionsHost[] = [];
  const printed: string[] = [];

  beforeAll(async () => {
    host = startHost('app');
    host.hear((message) => heard.push(message));
    host.read(({ text }) => printed.push(text));
    port = await portOf(host);
  });
  afterAll(() => host.kill());

  const call = (page: string, init: RequestInit = {}) => fetch(`http://127.0.0.1:${port}/api/${page}`, init);
  const logged = () => heard.flatMap((message) => (message.type === 'log' ? [message.line] : []));

  test('routes carry parameters, bodies are octets both ways, headers and status come through', async () => {
    const body = new Uint8Array([0xff, 0x00, 0x80]);
    const answer = await call('echo/a%20b?x=1', {
      method: 'POST',
      body,
      headers: { 'x-forwarded-proto': 'https' },
    });
    expect(answer.status).toBe(201);
    expect(new Uint8Array(await answer.arrayBuffer())).toEqual(body);
    expect(answer.headers.get('content-length')).toBe('3');
    expect(answer.headers.get('x-url')).toBe(`https://127.0.0.1:${port}/api/echo/a%20b?x=1`);
    expect(answer.headers.get('x-started')).toBe('true');
    const id = answer.headers.get('x-invocation');
    expect(id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(logged()).toContainEqual({
      level: 'warning',
      category: 'user',
      message: '{"event":"decision","name":"a b"}',
      invocationId: id,
      functionName: 'echo',
    });
    const own = logged().filter((line) => line.invocationId === id);
    expect(own.map(({ message }) => message)).toEqual([
      'before',
      '{"event":"decision","name":"a b"}',
      'after: result, before',
    ]);
  });

  test('a header that comes twice is one value, joined by a comma', async () => {
    const socket = connect(port, '127.0.0.1');
    socket.write(
      'POST /api/echo/x HTTP/1.1\r\nhost: h\r\ncontent-length: 0\r\nconnection: close\r\nx-twice: 1\r\nX-Twice: 2\r\n\r\n',
    );
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk;
    });
    await once(socket, 'end');
    expect(text).toMatch(/x-twice: 1,2\r\n/i);
  });

  test("the caller's trace goes on with a span of its own; without one a new trace begins", async () => {
    const parent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const trace = async (headers: Record<string, string>) =>
      (await call('echo/x', { method: 'POST', headers })).headers.get('x-trace') ?? '';
    const continued = await trace({ traceparent: parent });
    expect(continued).toMatch(/^00-0af7651916cd43dd8448eb211c80319c-[0-9a-f]{16}-01$/);
    expect(continued).not.toBe(parent);
    for (const wrong of ['', '00-zz', `00-${'0'.repeat(32)}-b7ad6b7169203331-01`]) {
      expect(await trace({ traceparent: wrong })).toMatch(/^00-(?!0{32})[0-9a-f]{32}-[0-9a-f]{16}-00$/);
    }
  });

  test('a literal route goes before one with a parameter', async () => {
    expect((await call('echo/literal', { method: 'POST' })).status).toBe(202);
  });

  test('a handler that throws is a 500 without a body, and is logged', async () => {
    const answer = await call('throws');
    expect(answer.status).toBe(500);
    expect(await answer.text()).toBe('');
    const lines = logged().filter(({ functionName }) => functionName === 'throws');
    expect(lines.map(({ level }) => level)).toEqual(['information', 'information', 'error']);
    expect(lines[1]?.message).toBe('after: error on purpose, before');
    expect(lines[2]?.message).toContain('Error: on purpose');
  });

  test.each([
    ['a handler that returns nothing', 'nothing', 204],
    ['a wrong method', 'echo/x', 404],
    ['an unknown path', 'unknown', 404],
    ['a path outside the prefix', '../plain', 404],
    ['a function that wants a key', 'keyed', 401],
  ])('%s', async (_what, page, status) => {
    const answer = await call(page);
    expect(answer.status).toBe(status);
    expect(await answer.text()).toBe('');
  });

  test('no more than host.json allows run or wait', async () => {
    const calls = Array.from({ length: 201 }, () => call('hold'));
    const first = await Promise.race(calls);
    expect(first.status).toBe(429);
    // The calls hold their places for good; only the host's end breaks them off.
    await host.kill();
    expect((await Promise.allSettled(calls)).filter(({ status }) => status === 'rejected')).toHaveLength(200);
    host = startHost('app');
    host.hear((message) => heard.push(message));
    host.read(({ text }) => printed.push(text));
    port = await portOf(host);
  });

  test('a timer can be fired by hand', async () => {
    const fired = new Promise<FromFunctionsHost>((resolve) =>
      host.hear((message) => message.type === 'fired' && resolve(message)),
    );
    host.send({ type: 'fire', functionName: 'yearly' });
    expect(await fired).toEqual({ type: 'fired', functionName: 'yearly' });
    expect(logged().map(({ message }) => message)).toContain('fired, past due: false');
  });

  test('appTerminate runs before an orderly end', async () => {
    await host.stop(5_000);
    expect(await host.ended).toBe('exit code 0');
    expect(printed).toContain('terminated');
  });
});

describe('an app that does not load', () => {
  test('an app without a function is an error', async () => {
    const host = startHost('empty');
    await expect(portOf(host)).rejects.toThrow('registers no function');
    expect(await host.ended).toBe('exit code 1');
  });

  test('a missing import is an error that names it', async () => {
    const host = startHost('broken');
    await expect(portOf(host)).rejects.toThrow('missing.js');
    expect(await host.ended).toBe('exit code 1');
  });

  test('an app whose main matches nothing is an error', async () => {
    const host = startHost('none');
    await expect(portOf(host)).rejects.toThrow(/none/);
    expect(await host.ended).toBe('exit code 1');
  });
});

import { once } from 'node:events';
import { request } from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
import { type Answer, type Call, type Listener, listener } from '../../../local/stand-ins/listener.ts';
import { ask } from './ask.ts';

const open: Listener[] = [];

afterEach(() => Promise.all(open.splice(0).map((one) => one.refuse())));

async function serving(answer: (call: Call) => Promise<Answer>): Promise<string> {
  const one = listener({ host: '127.0.0.1', port: 0, answer });
  open.push(one);
  await one.accept();
  return one.url();
}

function echo(calls: Call[] = []): Promise<string> {
  return serving(async (call) => {
    calls.push(call);
    return { status: 200, body: { length: call.body.length } };
  });
}

/** Begins a request whose body is still to come. */
function begin(url: string) {
  const began = request(url, { method: 'POST', agent: false });
  began.on('error', () => undefined);
  began.write('the beginning');
  return began;
}

describe('a body', () => {
  test('is given to the stand-in octet for octet', async () => {
    const calls: Call[] = [];
    const body = Buffer.from([0, 255, 13, 10]);
    await ask(`${await echo(calls)}/here`, { method: 'POST', body });
    expect(calls.map((call) => call.body)).toEqual([body]);
  });

  test('is empty where there is none', async () => {
    expect((await ask(await echo())).body).toEqual({ length: 0 });
  });

  test('of 64 KiB is taken, one octet more is 413 and never seen', async () => {
    const calls: Call[] = [];
    const url = await echo(calls);
    const post = (length: number) => ask(url, { method: 'POST', body: 'x'.repeat(length) });
    expect((await post(65_536)).body).toEqual({ length: 65_536 });
    expect((await post(65_537)).status).toBe(413);
    expect(calls).toHaveLength(1);
  });

  test('that is broken off is never seen', async () => {
    const calls: Call[] = [];
    const url = await echo(calls);
    const began = begin(url);
    await once(began, 'socket');
    began.destroy();
    await ask(url);
    expect(calls.map((call) => call.method)).toEqual(['GET']);
  });
});

describe('an answer', () => {
  test('may be of another type than JSON', async () => {
    const octets = '<a>é</a>';
    const url = await serving(async () => ({
      status: 503,
      headers: { 'retry-after': '1' },
      contentType: 'application/xml',
      octets,
    }));
    const response = await fetch(url);
    expect([response.status, response.headers.get('content-type'), await response.text()]).toEqual([
      503,
      'application/xml',
      octets,
    ]);
    expect(response.headers.get('retry-after')).toBe('1');
  });

  test('may be a broken connection', async () => {
    await expect(ask(await serving(async () => 'reset'))).rejects.toMatchObject({ code: 'ECONNRESET' });
  });
});

describe('the signal', () => {
  test('aborts when the caller has gone', async () => {
    const called = Promise.withResolvers<Call>();
    const url = await serving(async (call) => {
      called.resolve(call);
      await once(call.signal, 'abort');
      return 'reset';
    });
    const began = begin(url);
    began.end();
    const { signal } = await called.promise;
    expect(signal.aborted).toBe(false);
    began.destroy();
    if (!signal.aborted) await once(signal, 'abort');
    expect(signal.aborted).toBe(true);
  });

  test('stays silent for a caller that has its answer', async () => {
    const calls: Call[] = [];
    const url = await echo(calls);
    await ask(url);
    await ask(url);
    expect(calls.map((call) => call.signal.aborted)).toEqual([false, false]);
  });
});

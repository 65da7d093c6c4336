import { request } from 'node:http';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Console } from '../../local/console.ts';
import { startConsole } from '../../local/console.ts';
import { StoreInMemory } from '../../local/store.ts';

let running: Console;
let told: string[];
const token = 'a-token';
const phone = {
  state: async () => ({ mode: 'phone', ringFor: 60_000, prompts: [] }) as const,
  answer: async () => false,
  set: async () => undefined,
};

beforeEach(async () => {
  told = [];
  running = await startConsole({
    port: 0,
    token,
    state: () => ({ clients: ['vpn'] }),
    decisions: () => [{ outcome: 'accept' }],
    counts: async () => ({ decisions: 1 }),
    telemetry: async () => [{ name: 'decision' }],
    switches: {
      functions: {
        stop: async () => void told.push('stop'),
        start: async () => {
          told.push('start');
          throw new Error('no');
        },
      },
      graph: {
        stop: async () => void told.push('stop Graph'),
        start: async () => void told.push('start Graph'),
      },
      store: {
        stop: () => Promise.reject(new StoreInMemory()),
        start: () => Promise.reject(new StoreInMemory()),
      },
    },
    phone,
  });
});
afterEach(() => running.close());

function ask(
  line: string,
  headers: Record<string, string> = { authorization: `Bearer ${token}` },
): Promise<{ status: number; body: unknown }> {
  const [method = '', path = ''] = line.split(' ');
  return new Promise((resolve, reject) => {
    const outgoing = request(new URL(path, running.url), { method, headers, agent: false }, (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) }));
    });
    outgoing.on('error', reject);
    outgoing.end();
  });
}

test('it says state, counts, decisions and telemetry, stops the functions, and stops and starts Graph', async () => {
  expect(await ask('GET /state')).toEqual({ status: 200, body: { clients: ['vpn'] } });
  expect(await ask('GET /counts')).toEqual({ status: 200, body: { decisions: 1 } });
  expect(await ask('GET /decisions')).toEqual({ status: 200, body: { decisions: [{ outcome: 'accept' }] } });
  expect(await ask('GET /telemetry')).toEqual({ status: 200, body: { items: [{ name: 'decision' }] } });
  expect(await ask('POST /functions/stop')).toEqual({ status: 200, body: { functions: 'stopped' } });
  expect(await ask('POST /graph/stop')).toEqual({ status: 200, body: { graph: 'stopped' } });
  expect(await ask('POST /graph/start')).toEqual({ status: 200, body: { graph: 'running' } });
  expect(told).toEqual(['stop', 'stop Graph', 'start Graph']);
});

test('what fails is a 500', async () => {
  expect(await ask('POST /functions/start')).toEqual({ status: 500, body: { error: 'Error: no' } });
});

test.each(['stop', 'start'])('a store in memory does not %s: 409 with what would', async (act) => {
  expect(await ask(`POST /store/${act}`)).toEqual({
    status: 409,
    body: { error: expect.stringContaining('--store azurite') },
  });
});

test.each([
  ['GET /functions/stop', 'POST'],
  ['DELETE /graph/start', 'POST'],
  ['POST /state', 'GET'],
  ['POST /', 'GET'],
])('%s is another method than the page has: 405 with the one that it wants', async (line, wanted) => {
  expect(await ask(line)).toEqual({
    status: 405,
    body: { error: `This page wants ${wanted}, not ${line.split(' ')[0]}.` },
  });
  expect((await ask(line, {})).status).toBe(401);
  expect(told).toEqual([]);
});

test.each(['POST /graph', 'POST /mailbox/stop', 'GET /constructor', 'GET /state?x=1'])(
  '%s does not exist',
  async (line) => {
    expect((await ask(line)).status).toBe(404);
    expect(told).toEqual([]);
  },
);

test.each([{}, { authorization: 'Bearer' }, { authorization: 'Bearer other' }, { authorization: token }])(
  'without the token nothing is told: %j',
  async (headers) => {
    expect(await ask('GET /state', headers)).toEqual({
      status: 401,
      body: { error: 'The token of the run file is missing.' },
    });
    expect((await ask('POST /functions/stop', headers)).status).toBe(401);
    expect(told).toEqual([]);
  },
);

test('a foreign name that points at loopback is refused, even with the token', async () => {
  const answer = await ask('GET /state', { authorization: `Bearer ${token}`, host: 'evil.example' });
  expect(answer.status).toBe(421);
});

test('a port that is taken is told with the way out (port-taken)', async () => {
  const port = Number(new URL(running.url).port);
  const parts = { port, token, state: () => ({}), decisions: () => [], counts: async () => ({}), phone };
  await expect(startConsole({ ...parts, telemetry: async () => [], switches: {} })).rejects.toMatchObject({
    code: 'port-taken',
    message: expect.stringContaining('--console-port 0'),
  });
});

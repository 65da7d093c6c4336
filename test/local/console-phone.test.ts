import { request } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Console, startConsole } from '../../local/console.ts';
import type { PhoneState } from '../../local/stand-ins/phone.ts';

const token = 'a-token';
const prompt = { id: 'p1', upn: 'alice@contoso.example', contextId: 'c', began: 1, ends: 2 };
const state: PhoneState = { mode: 'phone', ringFor: 60_000, prompts: [prompt] };

let running: Console;
let told: string[];

beforeEach(async () => {
  told = [];
  running = await startConsole({
    port: 0,
    token,
    state: () => ({}),
    decisions: () => [],
    counts: async () => ({}),
    telemetry: async () => [],
    switches: {},
    phone: {
      state: async () => state,
      async answer(id, action) {
        told.push(`${id} ${action}`);
        return id === prompt.id;
      },
      set: async (mode, ringFor) => void told.push(`${mode} ${ringFor}`),
    },
  });
});
afterEach(() => running.close());

interface Sent {
  readonly headers?: Record<string, string>;
  readonly body?: string | object;
}

/** What the console's own page sends, except where a test says otherwise. */
function ask(line: string, { headers = {}, body }: Sent = {}) {
  const [method = '', path = ''] = line.split(' ');
  const text = typeof body === 'object' ? JSON.stringify(body) : body;
  return new Promise<{ status: number; headers: NodeJS.Dict<string | string[]>; text: string }>(
    (resolve, reject) => {
      const outgoing = request(new URL(path, running.url), { method, headers, agent: false }, (response) => {
        let received = '';
        response.on('data', (chunk) => {
          received += chunk;
        });
        response.on('error', reject);
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text: received }),
        );
      });
      outgoing.on('error', reject);
      outgoing.end(text);
    },
  );
}

const json = { 'content-type': 'application/json' };
const own = () => ({ ...json, origin: running.url });
const trusted = { ...json, authorization: `Bearer ${token}` };
const approve = { id: 'p1', action: 'approve' };

describe('the page', () => {
  test.each([
    ['/', 'text/html; charset=utf-8'],
    ['/phone.css', 'text/css; charset=utf-8'],
    ['/phone.js', 'text/javascript; charset=utf-8'],
    ['/phone.svg', 'image/svg+xml'],
  ])('%s needs no token, is kept nowhere and framed by nobody', async (path, type) => {
    const { status, headers, text } = await ask(`GET ${path}`);
    expect([status, headers['content-type']]).toEqual([200, type]);
    expect(text.length).toBeGreaterThan(100);
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cross-origin-resource-policy': 'same-origin',
    });
    expect(headers['content-security-policy']).toContain("default-src 'none'; script-src 'self'");
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
    expect(headers).not.toHaveProperty('access-control-allow-origin');
  });

  test('has no script or style of its own inside, which its policy would block', async () => {
    const { text } = await ask('GET /');
    expect(text).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\son\w+=|\sstyle=/i);
  });

  test('asks what rings', async () => {
    const { status, text } = await ask('GET /phone');
    expect([status, JSON.parse(text)]).toEqual([200, state]);
  });

  test.each(['GET /', 'GET /phone', 'POST /phone/answer'])(
    '%s is refused under a foreign name',
    async (line) => {
      const headers = { ...json, host: 'evil.example', origin: 'http://evil.example' };
      const body = line.startsWith('POST') ? { body: approve } : {};
      expect((await ask(line, { headers, ...body })).status).toBe(421);
      expect(told).toEqual([]);
    },
  );

  test.each([
    'GET /phone/phone.js',
    'GET /../package.json',
    'GET /phone.html',
    'POST /phone',
    'GET /phone/mode',
  ])('%s is no part of it', async (line) => {
    expect((await ask(line, { headers: own() })).status).toBe(401);
  });
});

describe('an answer', () => {
  test.each(['approve', 'deny', 'fraud', 'ignore'])('%s is passed on', async (action) => {
    const { status } = await ask('POST /phone/answer', { headers: own(), body: { id: 'p1', action } });
    expect([status, told]).toEqual([200, [`p1 ${action}`]]);
  });

  test('counts from localhost as well, when that is where the page is from', async () => {
    const host = running.url.replace('http://127.0.0.1', 'localhost');
    const headers = { ...json, host, origin: `http://${host}` };
    expect((await ask('POST /phone/answer', { headers, body: approve })).status).toBe(200);
    const mixed = { ...headers, origin: running.url };
    expect((await ask('POST /phone/answer', { headers: mixed, body: approve })).status).toBe(403);
  });

  test('counts without an origin, from who brings the token', async () => {
    expect((await ask('POST /phone/answer', { headers: trusted, body: approve })).status).toBe(200);
  });

  test.each([
    ['none, and no token', {}],
    ['none, and a wrong token', { authorization: 'Bearer other' }],
    ['an empty one', { origin: '' }],
    ['null, as of a sandbox', { origin: 'null' }],
    ['another site', { origin: 'https://evil.example' }],
    ['another site with the token', { origin: 'https://evil.example', authorization: `Bearer ${token}` }],
    ['another port', { origin: 'http://127.0.0.1:1' }],
  ])('is refused from this origin: %s', async (_, headers: Record<string, string>) => {
    const answer = await ask('POST /phone/answer', { headers: { ...json, ...headers }, body: approve });
    expect([answer.status, told]).toEqual([403, []]);
  });

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'application/jsonp', ''])(
    'is refused as %j',
    async (type) => {
      const headers = { ...own(), 'content-type': type };
      expect((await ask('POST /phone/answer', { headers, body: approve })).status).toBe(415);
      expect(told).toEqual([]);
    },
  );

  test('to a prompt that is not open is a 404', async () => {
    const body = { ...approve, id: 'p2' };
    expect((await ask('POST /phone/answer', { headers: own(), body })).status).toBe(404);
  });

  test.each([
    ['an unknown action', { id: 'p1', action: 'maybe' }],
    ['an action of every object', { id: 'p1', action: 'constructor' }],
    ['no action', { id: 'p1' }],
    ['a list of actions', { id: 'p1', action: ['approve'] }],
    ['no id', { action: 'approve' }],
    ['an id that is no text', { id: 1, action: 'approve' }],
    ['a list', [approve]],
    ['null', 'null'],
    ['no JSON', '{"id":'],
    ['nothing', ''],
  ])('with %s is a 400', async (_, body) => {
    expect((await ask('POST /phone/answer', { headers: own(), body })).status).toBe(400);
    expect(told).toEqual([]);
  });

  test('of more than 4096 octets is a 413', async () => {
    const body = { ...approve, more: 'x'.repeat(4_096) };
    expect((await ask('POST /phone/answer', { headers: own(), body })).status).toBe(413);
    expect(told).toEqual([]);
  });
});

describe('the mode', () => {
  test('is set with the token', async () => {
    const set = (body: object) => ask('POST /phone/mode', { headers: trusted, body });
    expect((await set({ mode: 'ring', ringFor: 500 })).status).toBe(200);
    expect(JSON.parse((await set({ mode: 'approve' })).text)).toEqual(state);
    expect(told).toEqual(['ring 500', 'approve undefined']);
  });

  test('is not set by the page', async () => {
    expect((await ask('POST /phone/mode', { headers: own(), body: { mode: 'approve' } })).status).toBe(401);
    expect(told).toEqual([]);
  });

  test.each([
    [{}],
    [{ mode: 'maybe' }],
    [{ mode: ['ring'] }],
    [{ mode: 'ring', ringFor: 0 }],
    [{ mode: 'ring', ringFor: 1.5 }],
    [{ mode: 'ring', ringFor: '500' }],
    [{ mode: 'ring', ringFor: null }],
    [{ mode: 'ring', ringFor: 600_001 }],
  ])('%j is a 400', async (body) => {
    expect((await ask('POST /phone/mode', { headers: trusted, body })).status).toBe(400);
    expect(told).toEqual([]);
  });
});

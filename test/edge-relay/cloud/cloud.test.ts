import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createCloud } from '../../../edge-relay/cloud/cloud.ts';
import type { Failed } from '../../../edge-relay/cloud/transport.ts';
import { readCall } from '../../../relay-call/signature.ts';
import { key, publicKey } from '../../relay-call/calls.ts';
import { cloudByHand, frameOf, until } from './cloud-by-hand.ts';
import { accept, answered, scripted, told } from './scripted.ts';

const url = 'https://bridge.example';
const refused: Failed = { kind: 'failed', code: 'connection-refused', begun: false };

/** Waits and seconds of `created` as a server reads them. */
const createdOf = (headers: { [name: string]: string }) =>
  Number(/created=(\d+)/.exec(headers['signature-input'] ?? '')?.[1]);
const nonceOf = (headers: { [name: string]: string }) =>
  /nonce="([^"]+)"/.exec(headers['signature-input'] ?? '')?.[1];

function byScript(...steps: Parameters<typeof scripted>) {
  const script = scripted(...steps);
  return { ...cloudByHand({ url, transport: script.transport }), script };
}

describe('a call', () => {
  test('is signed so that the functions take it, and its reply is returned', async () => {
    const { ask, script, hand } = byScript(accept());
    const answer = await ask();
    expect(answer).toMatchObject({ kind: 'reply' });
    const [headers = {}] = script.sent;
    const call = readCall(
      {
        method: 'POST',
        path: '/api/radius',
        query: '',
        header: (name) => headers[name],
        body: frameOf().packet,
      },
      { authority: 'bridge.example', now: hand.clock.now(), keyOf: () => publicKey },
    );
    expect(call).toMatchObject({ keyid: 'site-1', deadline: 60_000 });
  });

  test('states what is left of the patience', async () => {
    const { ask, script, hand } = byScript(accept());
    await ask({ arrived: hand.clock.monotonic() - 12_345 });
    expect(script.sent[0]?.['radius-deadline']).toBe('47655');
  });

  test('states no more than the functions read', async () => {
    const { ask, script } = byScript(accept());
    await ask({ patience: 9_000_000 });
    expect(script.sent[0]?.['radius-deadline']).toBe('600000');
  });

  test.each([
    ['discard', answered({ status: 204 }), { kind: 'discard' }],
    [
      'fault',
      answered({ status: 200, contentType: 'text/html' }),
      { kind: 'fault', code: 'content-type-wrong' },
    ],
    ['refusal', told(401, 'relay-unknown', { serverTime: 5 }), { kind: 'refused', code: 'relay-unknown' }],
    ["stranger's 503", answered({ status: 503 }), { kind: 'unavailable', code: 'foreign', begun: true }],
    ["stranger's 429", answered({ status: 429 }), { kind: 'busy', ours: false }],
    [
      '503 of something begun',
      told(503, 'store-unreachable', { begun: true }),
      { kind: 'unavailable', begun: true },
    ],
    [
      'broken connection',
      { kind: 'failed', code: 'connection-broken', begun: true } as const,
      { kind: 'broken', code: 'connection-broken' },
    ],
  ])('that ends with a %s is made once', async (_, outcome, answer) => {
    const { ask, script } = byScript(outcome, accept());
    expect(await ask()).toMatchObject(answer);
    expect(script.sent).toHaveLength(1);
  });
});

describe('patience', () => {
  test('that is over before the call means no call: late', async () => {
    const { ask, script, counted, hand } = byScript(accept());
    expect(await ask({ arrived: hand.clock.monotonic() - 60_000 })).toEqual({ kind: 'late' });
    expect(script.sent).toEqual([]);
    expect(counted).toEqual(['late']);
  });

  test('that ends while the functions work ends the call: late', async () => {
    const { ask, hand, counted } = byScript('silence');
    const answer = ask({ patience: 30_000 });
    hand.pass(29_999);
    hand.pass(26);
    expect(await answer).toEqual({ kind: 'late' });
    expect(counted).toEqual(['late']);
    hand.pass(25);
    expect(hand.running).toBe(0);
  });

  test('ends when nobody wants the answer any more', async () => {
    const { ask, script, counted } = byScript('silence');
    const ends = new AbortController();
    const answer = ask({ signal: ends.signal });
    await until(() => script.sent.length === 1);
    ends.abort();
    expect(await answer).toEqual({ kind: 'stopped' });
    expect(await ask({ signal: ends.signal })).toEqual({ kind: 'stopped' });
    expect(script.sent).toHaveLength(1);
    expect(counted).toEqual(['relay-closing', 'relay-closing']);
  });

  test('that would be over before the next attempt returns what came', async () => {
    const { ask, counted } = byScript(told(429, 'too-many', {}, '30'), accept());
    expect(await ask({ patience: 10_000 })).toEqual({ kind: 'busy', ours: true, retryAfter: 30 });
    expect(counted).toEqual([]);
  });

  test('that is taken back while a retry waits ends the wait', async () => {
    const { ask, counted } = byScript(refused, accept());
    const ends = new AbortController();
    const answer = ask({ signal: ends.signal });
    await until(() => counted.includes('connection-refused'));
    ends.abort();
    expect(await answer).toEqual({ kind: 'stopped' });
    expect(counted).toEqual(['connection-refused', 'relay-closing']);
  });
});

describe('a retry', () => {
  test.each([
    ['no connection', refused],
    ['a refused stream', { kind: 'failed', code: 'stream-refused', begun: false } as const],
    ['our own 429', told(429, 'too-many', {}, '1')],
    ['our own 503 of nothing begun', told(503, 'store-unreachable', { begun: false }, '1')],
  ])('follows %s, with a nonce, time and signature of its own', async (_, outcome) => {
    const { ask, script, hand, counted } = byScript(
      () => accept(9),
      outcome,
      () => accept(7),
    );
    await ask({ identifier: 9 });
    const answer = ask();
    await new Promise((resolve) => setImmediate(resolve));
    hand.pass(2_000);
    expect(await answer).toMatchObject({ kind: 'reply' });
    expect(counted).toContain('call-retried');
    const nonces = script.sent.map(nonceOf);
    expect(new Set(nonces).size).toBe(nonces.length);
    expect(script.sent.at(-1)?.['radius-deadline']).toBe('58000');
    const last = script.sent.at(-1) ?? {};
    expect(createdOf(last)).toBe(Math.floor(hand.clock.now() / 1_000));
  });

  test('goes on until the functions are back, and both changes are told once', async () => {
    const { ask, hand, said } = byScript(refused, refused, refused, accept());
    const answer = ask();
    let done = false;
    void answer.then(() => {
      done = true;
    });
    while (!done) {
      hand.pass(500);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await answer).toMatchObject({ kind: 'reply' });
    expect(said.map(({ level, code }) => `${level} ${code}`)).toEqual([
      'warning connection-refused',
      'info reachable-again',
    ]);
  });
});

describe('the log', () => {
  const silent: Failed = { kind: 'failed', code: 'connect-timeout', begun: false };

  test('says nothing of a connection that fails while others carry answers', async () => {
    const { ask, said } = byScript(accept(), refused, accept());
    for (let call = 0; call < 3; call++) await ask({ patience: 50 });
    expect(said).toEqual([]);
  });

  test('says once that the functions cannot be reached, and after ten seconds how it looks by then', async () => {
    const { ask, said, hand } = byScript(accept(), refused, silent, refused, silent, accept());
    const patience = 50;
    await ask({ patience });
    hand.pass(10_000);
    for (let call = 0; call < 3; call++) await ask({ patience });
    expect(said.map(({ code }) => code)).toEqual(['connection-refused']);
    hand.pass(10_000);
    await ask({ patience });
    await ask({ patience });
    expect(said.map(({ code }) => code)).toEqual([
      'connection-refused',
      'connect-timeout',
      'reachable-again',
    ]);
  });
});

describe('a wrong clock', () => {
  const skewed = (serverTime: number) => told(401, 'created-skewed', { serverTime });

  test('is learned from the refusal, told, and the call signed anew at once', async () => {
    const { ask, script, hand, cloud, counted, said } = byScript(
      () => skewed(hand.clock.now() + 3_600_000),
      accept(),
      accept(),
    );
    expect(await ask()).toMatchObject({ kind: 'reply' });
    const [first = {}, second = {}] = script.sent;
    expect(createdOf(second) - createdOf(first)).toBe(3_600);
    expect(cloud.offset).toBe(3_600_000);
    expect(counted).toEqual(['clock-wrong', 'call-retried']);
    expect(said).toMatchObject([{ level: 'warning', code: 'clock-wrong', seconds: 3_600 }]);
    hand.step(3_600_000);
    await ask();
    expect(cloud.offset).toBe(0);
    expect(said.at(-1)).toMatchObject({ level: 'info', code: 'clock-right-again' });
  });

  test('that every call of a burst runs into is learned once, and all are signed anew', async () => {
    const late = (serverTime: () => number) => () => skewed(serverTime());
    const steps = [late(() => hand.clock.now() - 90_000), late(() => hand.clock.now() - 90_000)];
    const { ask, hand, counted, script } = byScript(...steps, accept(), accept());
    const answers = await Promise.all([ask(), ask()]);
    expect(answers.map((answer) => answer.kind)).toEqual(['reply', 'reply']);
    expect(counted.filter((code) => code === 'clock-wrong')).toHaveLength(1);
    expect(script.sent).toHaveLength(4);
  });

  test('that lags by less than the functions refuse is learned when they think the time has passed', async () => {
    const passed = (ahead: number) => () =>
      told(503, 'deadline-passed', { begun: false, serverTime: hand.clock.now() + ahead });
    const { ask, hand, script, cloud, said } = byScript(passed(20_000), accept(), passed(1_000), accept());
    expect(await ask({ patience: 10_000 })).toMatchObject({ kind: 'reply' });
    expect(createdOf(script.sent[1] ?? {}) - createdOf(script.sent[0] ?? {})).toBe(20);
    expect(cloud.offset).toBe(20_000);
    expect(said).toMatchObject([{ level: 'warning', code: 'clock-wrong', seconds: 20 }]);
  });

  test('is not believed twice for one call', async () => {
    const { ask, hand, script } = byScript(
      () => skewed(hand.clock.now() + 90_000),
      () => skewed(hand.clock.now() + 900_000),
      accept(),
    );
    expect(await ask()).toMatchObject({ kind: 'refused', code: 'created-skewed' });
    expect(script.sent).toHaveLength(2);
  });

  test.each([
    ['names no time', undefined],
    ['names the time that the call was signed with', 0],
    ['names an impossible time', -1e13],
  ])('is not seen in a refusal that %s', async (_, difference) => {
    const { ask, hand, script, cloud } = byScript(() =>
      difference === undefined ? told(401, 'created-skewed') : skewed(hand.clock.now() + difference),
    );
    expect(await ask()).toMatchObject({ kind: 'refused', code: 'created-skewed' });
    expect(script.sent).toHaveLength(1);
    expect(cloud.offset).toBe(0);
  });

  test('is not learned from another refusal', async () => {
    const { ask, cloud } = byScript(told(401, 'signature-wrong', { serverTime: Date.UTC(2030, 0) }));
    await ask();
    expect(cloud.offset).toBe(0);
  });
});

describe('a cloud', () => {
  test.each([
    'http://bridge.example',
    'bridge.example',
    'https://bridge.example/x',
    'https://bridge.example/?a',
    'https://u@bridge.example',
  ])('is not made for the url %s', (wrong) => {
    expect(() => cloudByHand({ url: wrong })).toThrow(TypeError);
  });

  test('is not made with a public key or one of another kind', () => {
    const { hand } = cloudByHand({ url, transport: scripted().transport });
    const rest = {
      url,
      clock: hand.clock,
      timers: hand.timers,
      random: (octets: number) => Buffer.alloc(octets),
      count: () => {},
      log: { say: () => {} },
    };
    const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    for (const privateKey of [publicKey, other])
      expect(() => createCloud({ ...rest, key: { keyid: key.keyid, privateKey } })).toThrow(TypeError);
  });

  test('leaves no timer when it is closed', async () => {
    const { ask, cloud, hand, script } = byScript('silence');
    void ask();
    await until(() => script.sent.length === 1);
    expect(hand.running).toBe(1);
    await cloud.close();
    expect(script.closed).toBe(true);
    expect(hand.running).toBe(0);
  });
});

import { createPrivateKey, randomBytes, randomInt } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { Agent } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startBridge } from '../../local/bridge.ts';
import { type Stage, setStage } from '../../local/demo/stage.ts';
import { forward } from '../../local/front-end/forward.ts';
import type { RunFile } from '../../local/run-file.ts';
import type { Bridge } from '../../local/running-bridge.ts';
import { bridgeConsole } from '../../local/sign-in/bridge-console.ts';
import { afterTimeout } from '../../local/sign-in/client.ts';
import { encodeAccessRequest } from '../../local/sign-in/request.ts';
import { attributesOf, sendsPassword } from '../../local/sign-in/shapes.ts';
import { systemClock } from '../../relay-call/clock.ts';
import { CODE } from '../../relay-call/framing.ts';
import { CALL_PATH } from '../../relay-call/media.ts';
import { readProblem } from '../../relay-call/problem.ts';
import { type RelayKey, type SignedHeaders, signCall } from '../../relay-call/signature.ts';

const PASSWORD = 'correct horse';
const SECRETS = { vpn: 'only-for-this-machine-vpn', 'rd-gateway': 'only-for-this-machine-rdg' };
const ADDRESSES = { vpn: '127.0.0.1', 'rd-gateway': '127.0.0.2' };
const agent = new Agent();
const never = new AbortController().signal;

// Run files lie in the folder for temporary files: with one of its own, no other bridge of this user is found.
let folder: string;
let bridge: Bridge;
let stage: Stage;
let key: RelayKey;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'radius-bridge-test-'));
  for (const name of ['TMPDIR', 'TEMP', 'TMP']) vi.stubEnv(name, folder);
  bridge = await startBridge({ authPort: 0, acctPort: 0, store: 'azurite', hosts: 2 });
  const run: RunFile = JSON.parse(await readFile(bridge.runFile, 'utf8'));
  const surroundings = { clock: systemClock, random: Math.random, after: afterTimeout };
  stage = await setStage(bridgeConsole(run), surroundings);
  const { keyId, keyFile } = JSON.parse(await readFile(join(bridge.runDirectory, 'relay.json'), 'utf8'));
  key = { keyid: keyId, privateKey: createPrivateKey(await readFile(keyFile)) };
});
afterAll(async () => {
  agent.destroy();
  await bridge?.close();
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

/** An Access-Request that no other equals. */
function packet(client: keyof typeof SECRETS, user = 'alice', password = PASSWORD): Buffer {
  const shape = client === 'vpn' ? 'vpn' : 'rd-gateway';
  return encodeAccessRequest({
    identifier: randomInt(256),
    authenticator: randomBytes(16),
    secret: Buffer.from(SECRETS[client]),
    attributes: attributesOf(shape, { userName: user, machine: 'STORE-PC' }),
    ...(sendsPassword(shape) ? { password } : {}),
  }).octets;
}

/** Where it was sent from: another port for nearly each packet, and the same for its repeats. */
const portOf = (body: Buffer) => 20_000 + (body.readUInt16BE(4) % 40_000);

/** Signs as the relay of this bridge does. `deadline` in milliseconds. */
function signed(body: Buffer, client: keyof typeof SECRETS, deadline = 30_000): SignedHeaders {
  return signCall({
    key,
    authority: new URL(bridge.addresses.functions).host,
    path: CALL_PATH,
    body,
    source: {
      from: { address: ADDRESSES[client], port: portOf(body) },
      to: { address: '127.0.0.1', port: 1812 },
      serves: 'auth',
    },
    deadline,
    created: Math.floor(Date.now() / 1000),
    nonce: randomBytes(16),
  });
}

/** Calls one of the two hosts, past the front end, which would choose. */
async function call(host: 0 | 1, body: Buffer, headers: SignedHeaders) {
  const answer = await forward(
    {
      method: 'POST',
      path: CALL_PATH,
      host: new URL(bridge.addresses.functions).host,
      rawHeaders: Object.entries(headers).flat(),
      body,
      from: { address: '127.0.0.1', port: 40_000 },
      tlsVersion: '1.3',
    },
    bridge.instances()[host] ?? 0,
    agent,
    never,
  );
  if (answer.kind !== 'answer') throw new Error(answer.kind);
  return { status: answer.status, body: answer.body, problem: readProblem(answer.body) };
}

const ask = (host: 0 | 1, client: keyof typeof SECRETS, body: Buffer, deadline?: number) =>
  call(host, body, signed(body, client, deadline));

/** The records about a packet, as soon as all have arrived that were told before now. */
async function decisionsAbout(body: Buffer): Promise<ReadonlyArray<Record<string, unknown>>> {
  const ours = () => bridge.decisions.recent().map((record) => record as Record<string, unknown>);
  // A host tells of its decisions in their order: the one of a packet sent now comes last.
  for (const host of [0, 1] as const) {
    const user = `nobody-${randomInt(2 ** 40)}`;
    await ask(host, 'vpn', packet('vpn', user));
    await expect.poll(() => ours().some(({ userName }) => userName === user), { timeout: 20_000 }).toBe(true);
  }
  return ours().filter(
    ({ from, identifier }) => String(from).endsWith(`:${portOf(body)}`) && identifier === body[1],
  );
}

test('two hosts behind one address answer sign-ins, with the store in tables', async () => {
  expect(bridge.instances()).toHaveLength(2);
  expect(bridge.addresses.store).toMatch(/^https:\/\/127\.0\.0\.1:\d+\/devstoreaccount1$/);
  expect(await stage.signIn({ client: 'vpn', user: 'alice', password: PASSWORD })).toBe(
    'Access-Accept, accepted',
  );
  expect(await stage.signIn({ client: 'vpn', user: 'alice', password: 'wrong' })).toBe(
    'Access-Reject, wrong-password',
  );
  expect(await stage.retransmit({ client: 'vpn', user: 'alice', password: PASSWORD })).toBe(
    'Access-Accept, 1 decision, the same reply again',
  );
});

test('a repeat that reaches another host gets the same reply and is decided once', async () => {
  for (const [first, second] of [
    [0, 1],
    [1, 0],
  ] as const) {
    const body = packet('vpn');
    const answers = [await ask(first, 'vpn', body), await ask(second, 'vpn', body)];
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(answers[0]?.body.equals(answers[1]?.body ?? Buffer.alloc(0))).toBe(true);
    expect(await decisionsAbout(body)).toHaveLength(1);
  }
});

test('both hosts get a packet at once: one decision, one reply', async () => {
  const body = packet('vpn', 'alice', 'wrong');
  const answers = await Promise.all([ask(0, 'vpn', body), ask(1, 'vpn', body)]);
  expect(answers.map(({ status }) => status)).toEqual([200, 200]);
  expect(answers[0]?.body.equals(answers[1]?.body ?? Buffer.alloc(0))).toBe(true);
  expect(await decisionsAbout(body)).toHaveLength(1);
});

test('nonce-replayed: a call that one host has taken is refused by the other', async () => {
  const body = packet('vpn');
  const headers = signed(body, 'vpn');
  expect((await call(0, body, headers)).status).toBe(200);
  const replayed = await call(1, body, headers);
  expect(replayed).toMatchObject({ status: 401, problem: { code: 'nonce-replayed' } });
});

test('a prompt that waits on one host is joined from the other and rings once', async () => {
  await stage.setPhone('phone');
  const { prompts: before } = await bridge.counts();
  const body = packet('rd-gateway');
  const waiting = ask(0, 'rd-gateway', body);
  await expect.poll(async () => (await bridge.phone.state()).prompts.length, { timeout: 20_000 }).toBe(1);

  // Another packet, whose client soon stops waiting and is turned away; and the first one again.
  const other = packet('rd-gateway');
  const joined = await ask(1, 'rd-gateway', other, 4_000);
  expect([joined.status, joined.body[0]]).toEqual([200, CODE.accessReject]);
  expect(await decisionsAbout(other)).toMatchObject([{ reason: 'mfa-no-answer', mfa: { prompt: 'joined' } }]);
  const repeated = ask(1, 'rd-gateway', body);

  const [prompt] = (await bridge.phone.state()).prompts;
  expect(await bridge.phone.answer(prompt?.id ?? '', 'approve')).toBe(true);
  const answers = await Promise.all([waiting, repeated]);
  expect(answers.map((answer) => [answer.status, answer.body[0]])).toEqual([
    [200, CODE.accessAccept],
    [200, CODE.accessAccept],
  ]);
  expect(answers[0]?.body.equals(answers[1]?.body ?? Buffer.alloc(0))).toBe(true);
  expect(await decisionsAbout(body)).toMatchObject([{ outcome: 'accept', mfa: { prompt: 'begun' } }]);
  expect((await bridge.counts()).prompts - before).toBe(1);
});

test('a decision arrives at Application Insights under its id, without what nobody may see', async () => {
  const body = packet('vpn');
  await ask(1, 'vpn', body);
  const [decision] = await decisionsAbout(body);
  const about = async () =>
    (await bridge.telemetry())
      .map(({ data }) => data.baseData)
      .filter(({ properties }) => properties?.['id'] === decision?.['id']);
  await expect.poll(async () => (await about()).length, { timeout: 40_000 }).toBe(1);
  expect(await about()).toMatchObject([{ name: 'decision', properties: { userName: 'alice' } }]);
  const all = JSON.stringify(await bridge.telemetry());
  for (const secret of [PASSWORD, SECRETS.vpn, SECRETS['rd-gateway']]) expect(all).not.toContain(secret);
}, 90_000);

test('store-unreachable: silence while the store is down, answers when it is up, and nothing is forgotten', async () => {
  const answered = packet('vpn');
  const reply = await ask(0, 'vpn', answered);
  const decided = bridge.decisions.count;
  await bridge.stopStore();
  expect(await stage.signIn({ client: 'vpn', user: 'alice', password: PASSWORD, silence: true })).toBe(
    'silence',
  );
  for (const host of [0, 1] as const) {
    expect(await ask(host, 'vpn', packet('vpn'))).toMatchObject({
      status: 503,
      problem: { code: 'store-unreachable' },
    });
  }
  await bridge.startStore();
  expect(bridge.decisions.count).toBe(decided);
  expect(await stage.signIn({ client: 'vpn', user: 'alice', password: PASSWORD })).toBe(
    'Access-Accept, accepted',
  );
  expect((await ask(1, 'vpn', answered)).body.equals(reply.body)).toBe(true);
});

test('hosts that are started anew know what was answered before', async () => {
  const body = packet('vpn');
  const { status, body: reply } = await ask(0, 'vpn', body);
  expect(status).toBe(200);
  await bridge.stopFunctions();
  await bridge.startFunctions();
  expect((await ask(1, 'vpn', body)).body.equals(reply)).toBe(true);
  expect(await decisionsAbout(body)).toHaveLength(1);
});

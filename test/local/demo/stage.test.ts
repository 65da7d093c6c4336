import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { packetOf } from '../../../functions/radius/packet.ts';
import { buildReply } from '../../../functions/radius/reply.ts';
import { sharedSecret } from '../../../functions/radius/secret.ts';
import { type Stage, StageUnfit, setStage } from '../../../local/demo/stage.ts';
import { afterTimeout } from '../../../local/sign-in/client.ts';
import { systemClock } from '../../../relay-call/clock.ts';
import { readFrame } from '../../../relay-call/framing.ts';

const secret = 'a shared secret of a client';
const part = { client: 'vpn', user: 'alice', password: 'correct horse' };

let server: Socket;
let stage: Stage;
let decisions: unknown[];
let received: Buffer[];
/** What the stage did to the bridge. */
let done: string[];
/** What the server does with a datagram: nothing, or a reply of this code. */
let answer: number | undefined;
/** The same for the next datagrams, one after the other, before `answer` holds. */
let next: number[];
/** Timers run `faster` times as fast, so that nobody waits for silence. */
const faster = 50;

beforeEach(async () => {
  decisions = [];
  received = [];
  done = [];
  answer = 2;
  next = [];
  server = createSocket('udp4');
  server.on('message', (octets, from) => {
    received.push(octets);
    const frame = readFrame(octets);
    const code = next.shift() ?? answer;
    if (typeof frame === 'string' || code === undefined) return;
    const isRepeat = received.slice(0, -1).some((earlier) => earlier.equals(octets));
    const record = { from: `${from.address}:${from.port}`, identifier: frame.identifier, reason: 'a-reason' };
    if (!isRepeat) decisions.push({ ...record, identifier: 999 }, 'no record', record);
    const reply = buildReply(packetOf(frame), {
      code,
      attributes: [],
      secret: sharedSecret('server', Buffer.from(secret)),
    });
    if (typeof reply !== 'string') server.send(reply, from.port, from.address);
  });
  server.bind(0, '127.0.0.1');
  await once(server, 'listening');
  const { address, port } = server.address();
  const clients = [{ name: 'vpn', profile: 'generic', addresses: ['127.0.0.1'], secret }];
  stage = await setStage(
    {
      view: async () => ({ auth: [{ address, port }], clients, hosts: 1, embedded: true }),
      counts: async () =>
        ({
          standIns: {
            keyVault: { read: 3 },
            managedIdentity: { issued: 1 },
            entra: { issued: 1, passwordRight: 10, passwordWrong: 20, passwordRefused: 30 },
            // Telemetry is none of a row's own calls.
            ingestion: { accepted: 1000 },
          },
          prompts: 2,
        }) as never,
      decisions: async () => decisions,
      stopFunctions: async () => void done.push('stop'),
      startFunctions: async () => void done.push('start'),
      stopGraph: async () => void done.push('stop Graph'),
      startGraph: async () => void done.push('start Graph'),
      phone: {
        state: async () => ({ mode: 'phone', ringFor: 45_000, prompts: [] }),
        set: async (mode, ringFor) => void done.push(`phone ${mode} ${ringFor}`),
      },
    },
    {
      clock: systemClock,
      random: Math.random,
      after: (milliseconds, run) => afterTimeout(milliseconds / faster, run),
    },
  );
});
afterEach(() => {
  server.close();
});

describe('a sign-in', () => {
  test('comes to its reply and the reason of the decision about it', async () => {
    expect(await stage.signIn(part)).toBe('Access-Accept, a-reason');
    answer = 3;
    expect(await stage.signIn(part)).toBe('Access-Reject, a-reason');
  });

  test('comes to silence', async () => {
    answer = undefined;
    expect(await stage.signIn({ ...part, silence: true })).toBe('silence');
    expect(received).toHaveLength(1);
  });

  test('is tampered with on its way', async () => {
    answer = undefined;
    await stage.signIn({ ...part, silence: true, tamper: (octets) => octets.fill(0xff, octets.length - 1) });
    expect(received[0]?.at(-1)).toBe(0xff);
  });

  test('from an address that this machine does not have is not possible', async () => {
    await expect(stage.signIn({ ...part, from: '203.0.113.7' })).rejects.toThrow(StageUnfit);
  });

  test('as a client that the bridge does not have is not possible', async () => {
    await expect(stage.signIn({ ...part, client: 'rd-gateway' })).rejects.toThrow(StageUnfit);
  });
});

test('a retransmission is the same octets from the same port, and its decisions are counted', async () => {
  expect(await stage.retransmit(part)).toBe('Access-Accept, 1 decision, the same reply again');
  await expect.poll(() => received.length).toBe(4);
  expect(new Set(received.map((octets) => octets.toString('hex'))).size).toBe(1);
});

test('an attempt is tried three times with requests of their own, and each has to come to the same', async () => {
  expect(await stage.retry(part)).toBe('Access-Accept, a-reason, 3 times');
  expect(new Set(received.map((octets) => octets.toString('hex'))).size).toBe(3);
  next = [2, 2, 3];
  expect(await stage.retry(part)).toBe('Access-Accept, a-reason or Access-Reject, a-reason');
});

test('cloud calls are the sum of what every stand-in counted, vault calls and password checks those of one', async () => {
  expect(await stage.used()).toEqual({ prompts: 2, vaultCalls: 3, passwordChecks: 60, cloudCalls: 65 });
});

describe('a bridge is left as it was found', () => {
  test('when nothing was changed, nothing is done', async () => {
    await stage.leave();
    expect(done).toEqual([]);
  });

  test("the phone's mode and how long it rings, Graph, and the functions", async () => {
    await stage.setPhone('ring', 3000);
    await stage.stopGraph();
    await stage.stopFunctions();
    await stage.leave();
    expect(done).toEqual([
      'phone ring 3000',
      'stop Graph',
      'stop',
      'phone phone 45000',
      'start Graph',
      'start',
    ]);
  });

  test('functions and Graph that were started again are left alone', async () => {
    await stage.stopFunctions();
    await stage.startFunctions();
    await stage.stopGraph();
    await stage.startGraph();
    await stage.leave();
    expect(done).toEqual(['stop', 'start', 'stop Graph', 'start Graph']);
  });
});

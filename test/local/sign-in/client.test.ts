import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { buildReply } from '../../../functions/radius/reply.ts';
import { readRequest } from '../../../functions/radius/request.ts';
import { sharedSecret } from '../../../functions/radius/secret.ts';
import {
  type Exchange,
  openClient,
  type RadiusClient,
  type RadiusServer,
} from '../../../local/sign-in/client.ts';
import { encodeAccessRequest } from '../../../local/sign-in/request.ts';

const secret = Buffer.from('a shared secret of a client');
const plan = { initial: 2000, longest: 16_000, count: 5, duration: 60_000 };
const request = encodeAccessRequest({
  identifier: 7,
  authenticator: Buffer.alloc(16, 0x5a),
  secret,
  password: 'correct horse',
  attributes: [{ name: 'User-Name', value: 'alice' }],
});

/** Time that moves only when told to. */
function handTime() {
  let now = 0;
  const timers = new Set<{ at: number; run: () => void }>();
  return {
    clock: { now: () => now, monotonic: () => now },
    random: () => 0.5,
    after: (milliseconds: number, run: () => void) => {
      const timer = { at: now + milliseconds, run };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    pass(milliseconds: number) {
      now += milliseconds;
      for (const timer of [...timers].sort((a, b) => a.at - b.at)) {
        if (timer.at <= now && timers.delete(timer)) timer.run();
      }
    },
    pending: () => timers.size,
  };
}

function accept(octets: Buffer, key = secret): Buffer {
  const shared = sharedSecret('server', key);
  const reading = readRequest(octets, {
    serves: 'auth',
    secrets: [sharedSecret('server', secret)],
    messageAuthenticator: 'required',
    authorizeOnly: false,
  });
  if (reading.kind !== 'request') throw new Error(reading.code);
  const reply = buildReply(reading.packet, { code: 2, attributes: [], secret: shared });
  if (typeof reply === 'string') throw new Error(reply);
  return reply;
}

let server: Socket;
let client: RadiusClient;
let to: RadiusServer;
let time: ReturnType<typeof handTime>;

beforeEach(async () => {
  time = handTime();
  server = createSocket('udp4');
  server.bind(0, '127.0.0.1');
  await once(server, 'listening');
  to = { address: '127.0.0.1', port: server.address().port };
  client = await openClient({ address: '127.0.0.1', port: 0 }, time);
});
afterEach(async () => {
  await client.close();
  server.close();
});

function received(): Promise<{ octets: Buffer; sender: RemoteInfo }> {
  return new Promise((resolve) => {
    server.once('message', (octets, sender) => resolve({ octets, sender }));
  });
}

test('a proven reply ends the exchange and every timer', async () => {
  const exchange = client.send(request, to, plan);
  const { octets, sender } = await received();
  expect(octets).toEqual(request.octets);
  time.pass(120);
  server.send(accept(octets), sender.port, sender.address);
  expect(await exchange).toMatchObject({
    kind: 'reply',
    elapsed: 120,
    transmissions: 1,
    refused: [],
    reply: { outcome: 'Access-Accept' },
  });
  expect(time.pending()).toBe(0);
});

test('repeats are the same octets from the same port', async () => {
  const exchange = client.send(request, to, plan);
  const one = await received();
  time.pass(2000);
  const two = await received();
  time.pass(4000);
  const three = await received();
  expect([two.octets, three.octets]).toEqual([one.octets, one.octets]);
  expect([two.sender.port, three.sender.port]).toEqual([one.sender.port, one.sender.port]);
  server.send(accept(three.octets), three.sender.port, three.sender.address);
  expect(await exchange).toMatchObject({ kind: 'reply', transmissions: 3 });
});

test('silence ends with the duration', async () => {
  const exchange = client.send(request, to, { ...plan, count: 0 });
  await received();
  time.pass(60_000);
  expect(await exchange).toEqual({ kind: 'silence', elapsed: 60_000, transmissions: 1, refused: [] });
});

describe('a forged reply', () => {
  async function afterForgery(forge: (octets: Buffer) => Buffer): Promise<Exchange> {
    const exchange = client.send(request, to, plan);
    const { octets, sender } = await received();
    server.send(forge(octets), sender.port, sender.address);
    server.send(accept(octets), sender.port, sender.address);
    return exchange;
  }

  test('does not keep the real one out, and is told', async () => {
    expect(
      await afterForgery((octets) => accept(octets, Buffer.from('another shared secret'))),
    ).toMatchObject({
      kind: 'reply',
      refused: ['reply-authenticator-wrong'],
    });
  });

  test('that is no packet neither', async () => {
    expect(await afterForgery(() => Buffer.from('no packet'))).toMatchObject({
      kind: 'reply',
      refused: ['reply-malformed'],
    });
  });
});

test('a reply from another port is not one', async () => {
  const stranger = createSocket('udp4');
  const exchange = client.send(request, to, { ...plan, count: 0 });
  const { octets, sender } = await received();
  await new Promise((resolve) => stranger.send(accept(octets), sender.port, sender.address, resolve));
  stranger.close();
  server.send(Buffer.from('the last word'), sender.port, sender.address);
  server.send(accept(octets), sender.port, sender.address);
  expect(await exchange).toMatchObject({ kind: 'reply', refused: ['reply-malformed'] });
});

test('an address that is not of this machine is an error', async () => {
  await expect(openClient({ address: '192.0.2.1', port: 0 }, time)).rejects.toMatchObject({
    code: 'EADDRNOTAVAIL',
  });
});

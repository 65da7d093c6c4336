import type { IncomingMessage, ServerResponse } from 'node:http';
import { createSecureServer } from 'node:http2';
import type { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { createAlarms } from '../../edge-relay/cloud/alarms.ts';
import { createConnector } from '../../edge-relay/cloud/connect.ts';
import { createHttp1 } from '../../edge-relay/cloud/http1.ts';
import { createRoundTrip } from '../../edge-relay/cloud/round-trip.ts';
import { PACKET_TYPE } from '../../relay-call/media.ts';
import { readCall } from '../../relay-call/signature.ts';
import { cloudByHand, frameOf, until } from '../edge-relay/cloud/cloud-by-hand.ts';
import { handClock } from '../edge-relay/cloud/hand-clock.ts';
import {
  acceptFor,
  bodyOf,
  bothServer,
  ca,
  http1Server,
  pair,
  tcpServer,
} from '../edge-relay/cloud/servers.ts';
import { publicKey } from '../relay-call/calls.ts';

const relayTo = (url: string, more: { maxSockets?: number } = {}) =>
  cloudByHand({ url, ca: ca.cert, ...more });

async function accept(request: IncomingMessage, response: ServerResponse) {
  const body = await bodyOf(request);
  response.writeHead(200, { 'content-type': PACKET_TYPE }).end(acceptFor(body));
}

/** Holds every call until it is let go. */
function holder() {
  const held: { request: IncomingMessage; response: ServerResponse }[] = [];
  return {
    held,
    hold: (request: IncomingMessage, response: ServerResponse) => void held.push({ request, response }),
  };
}

describe('the protocol', () => {
  test('is HTTP/2 where the server offers both', async () => {
    const versions: string[] = [];
    const { url } = await bothServer((request, response) => {
      versions.push(request.httpVersion);
      response.writeHead(204).end();
    });
    const { ask, cloud } = relayTo(url);
    expect(await ask()).toEqual({ kind: 'discard' });
    expect(versions).toEqual(['2.0']);
    await cloud.close();
  });

  test('is HTTP/1.1 where the server has no other: on the connection that was asked, and kept', async () => {
    const server = await http1Server(accept);
    const { ask, cloud, counted } = relayTo(server.url);
    expect((await ask({ identifier: 1 })).kind).toBe('reply');
    expect((await ask({ identifier: 2 })).kind).toBe('reply');
    expect(server.connections).toBe(1);
    expect(counted).toEqual([]);
    await cloud.close();
  });

  test('is asked for again after ten minutes', async () => {
    const versions: string[] = [];
    let modern = false;
    const tls = createSecureServer(
      { ...pair, allowHTTP1: true, ALPNCallback: ({ protocols }) => (modern ? 'h2' : protocols.at(-1)) },
      (request, response) => {
        versions.push(request.httpVersion);
        response.writeHead(204).end();
      },
    );
    const { url } = await tcpServer((socket) => tls.emit('connection', socket));
    const { ask, cloud, hand } = relayTo(url);
    await ask();
    modern = true;
    await ask();
    hand.pass(600_000);
    await ask();
    expect(versions).toEqual(['1.1', '1.1', '2.0']);
    await cloud.close();
  });

  test('makes no difference to the signature', async () => {
    let verdict: unknown;
    const server = await http1Server(async (request, response) => {
      const body = await bodyOf(request);
      const header = (name: string) => request.headersDistinct[name]?.join(', ');
      verdict = readCall(
        { method: request.method ?? '', path: request.url ?? '', query: '', header, body },
        { authority: request.headers.host ?? '', now: Date.now(), keyOf: () => publicKey },
      );
      expect(body.equals(frameOf().packet)).toBe(true);
      expect(request.headers['content-length']).toBe(String(body.length));
      response.writeHead(204).end();
    });
    const { ask, cloud } = relayTo(server.url);
    expect(await ask()).toEqual({ kind: 'discard' });
    expect(verdict).toMatchObject({ keyid: 'site-1' });
    await cloud.close();
  });
});

describe('connections', () => {
  test('are bounded: further calls wait for one, and are late when none comes', async () => {
    const { held, hold } = holder();
    const server = await http1Server(hold);
    const { ask, cloud, hand } = relayTo(server.url, { maxSockets: 2 });
    const first = [ask(), ask()];
    await until(() => held.length === 2);
    const impatient = ask({ patience: 5_000 });
    const patient = ask({ patience: 50_000 });
    await new Promise((resolve) => setImmediate(resolve));
    hand.pass(5_100);
    expect(await impatient).toEqual({ kind: 'late' });
    for (const { request, response } of held) void accept(request, response);
    for (const answer of await Promise.all(first)) expect(answer.kind).toBe('reply');
    await until(() => held.length === 3);
    const third = held[2];
    expect(third?.request.headers['radius-deadline']).toMatch(/^44\d{3}$/);
    if (third !== undefined) void accept(third.request, third.response);
    expect((await patient).kind).toBe('reply');
    expect(server.connections).toBe(2);
    await cloud.close();
  });

  test('are bounded while they are being opened too', async () => {
    const server = await http1Server(accept);
    const { ask, cloud } = relayTo(server.url, { maxSockets: 3 });
    expect((await ask()).kind).toBe('reply');
    const answers = await Promise.all(Array.from({ length: 40 }, (_, identifier) => ask({ identifier })));
    for (const [identifier, answer] of answers.entries())
      expect(answer.kind === 'reply' && answer.packet.readUInt8(1)).toBe(identifier);
    expect(server.connections).toBeLessThanOrEqual(3);
    await cloud.close();
  });

  test('that are not used for a while are closed', async () => {
    const server = await http1Server(accept);
    const hand = handClock();
    const alarms = createAlarms(hand.clock, hand.timers);
    const { clock } = hand;
    const roundTrip = createRoundTrip();
    const connector = createConnector({
      host: 'localhost',
      port: server.port,
      ca: ca.cert,
      clock,
      alarms,
      roundTrip,
    });
    const http1 = createHttp1({
      authority: `localhost:${server.port}`,
      connector,
      maxSockets: 4,
      unused: 30,
    });
    const sockets: Socket[] = [];
    server.server.on('secureConnection', (socket) => sockets.push(socket));
    const outcome = await http1.request({
      method: 'POST',
      path: '/api/radius',
      body: frameOf().packet,
      headers: () => ({}),
      stop: undefined,
    });
    expect(outcome).toMatchObject({ kind: 'answered', status: 200 });
    await until(() => sockets[0]?.destroyed === true);
    await http1.close();
  });

  test('that cannot be opened are tried again', async () => {
    let closedDoor = false;
    const server = await http1Server((request, response) => {
      response.shouldKeepAlive = false;
      void accept(request, response);
    });
    server.server.prependListener('connection', (socket: Socket) => {
      if (closedDoor) socket.destroy();
    });
    const { ask, cloud, hand, counted } = relayTo(server.url);
    expect((await ask()).kind).toBe('reply');
    closedDoor = true;
    const answer = ask();
    await until(() => counted.includes('connection-lost'));
    closedDoor = false;
    hand.pass(400);
    expect((await answer).kind).toBe('reply');
    expect(counted).toEqual(['connection-lost', 'call-retried']);
    await cloud.close();
  });

  test('that the server closed while nothing was under way do no harm', async () => {
    const sockets: Socket[] = [];
    const server = await http1Server(accept);
    server.server.on('secureConnection', (socket) => sockets.push(socket));
    const { ask, cloud, counted } = relayTo(server.url);
    expect((await ask()).kind).toBe('reply');
    let gone = false;
    sockets[0]?.on('close', () => {
      gone = true;
    });
    sockets[0]?.end();
    await until(() => gone);
    expect((await ask()).kind).toBe('reply');
    expect(counted).toEqual([]);
    await cloud.close();
  });

  test('end with the cloud, and so does every call', async () => {
    const { held, hold } = holder();
    const server = await http1Server(hold);
    const { ask, cloud, hand } = relayTo(server.url, { maxSockets: 2 });
    const calls = [ask(), ask(), ask()];
    await until(() => held.length === 2);
    await cloud.close();
    const answers = await Promise.all(calls);
    expect(answers.map((answer) => answer.kind).sort()).toEqual(['broken', 'broken', 'unreachable']);
    for (const answer of answers) expect(answer).toMatchObject({ code: 'relay-closing' });
    expect(hand.running).toBe(0);
  });
});

describe('an answer', () => {
  test('that never comes is given up with its connection when the patience ends', async () => {
    const { held, hold } = holder();
    const server = await http1Server(hold);
    const { ask, cloud, hand } = relayTo(server.url);
    const answer = ask({ patience: 8_000 });
    await until(() => held.length === 1);
    hand.pass(8_100);
    expect(await answer).toEqual({ kind: 'late' });
    await until(() => held[0]?.request.socket.destroyed === true);
    await cloud.close();
  });

  test('that comes octet by octet is taken while there is time, and given up when there is none', async () => {
    let calls = 0;
    const server = await http1Server(async (request, response) => {
      calls += 1;
      const whole = calls === 1;
      const reply = acceptFor(await bodyOf(request));
      response.writeHead(200, { 'content-type': PACKET_TYPE });
      for (const octet of reply.subarray(0, whole ? reply.length : 10))
        await new Promise((resolve) => response.write(Buffer.of(octet), resolve));
      if (whole) response.end();
    });
    const { ask, cloud, hand } = relayTo(server.url);
    expect((await ask()).kind).toBe('reply');
    const slow = ask({ patience: 3_000 });
    await until(() => calls === 2);
    hand.pass(3_100);
    expect(await slow).toEqual({ kind: 'late' });
    await cloud.close();
  });

  test('that is a page of HTML is a fault', async () => {
    const server = await http1Server((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Sign in to the network</html>');
    });
    const { ask, cloud } = relayTo(server.url);
    expect(await ask()).toEqual({ kind: 'fault', code: 'content-type-wrong' });
    await cloud.close();
  });

  test('without end is cut off: a fault', async () => {
    let sent = 0;
    const server = await http1Server((_request, response) => {
      response.writeHead(200, { 'content-type': PACKET_TYPE });
      const pour = () => {
        while (!response.destroyed && response.write(Buffer.alloc(16_384))) sent += 16_384;
      };
      response.on('drain', pour);
      pour();
    });
    const { ask, cloud } = relayTo(server.url);
    expect(await ask()).toEqual({ kind: 'fault', code: 'answer-too-large' });
    expect(sent).toBeLessThan(16_000_000);
    await cloud.close();
  });

  test.each<[string, (socket: Socket, reply: Buffer) => void]>([
    ['before it began', (socket) => socket.destroy()],
    [
      'in its headers',
      (socket) => void socket.write('HTTP/1.1 200 OK\r\ncontent-ty', () => socket.destroy()),
    ],
    [
      'in its body',
      (socket, reply) => {
        const head = `HTTP/1.1 200 OK\r\ncontent-type: ${PACKET_TYPE}\r\ncontent-length: ${reply.length}\r\n\r\n`;
        socket.write(head);
        socket.write(reply.subarray(0, 12), () => socket.destroy());
      },
    ],
    ['by nonsense', (socket) => void socket.write('What do you want?\r\n\r\n')],
  ])('that is broken off %s breaks the call, which is not made again', async (_, breakOff) => {
    let calls = 0;
    const server = await http1Server(async (request) => {
      calls += 1;
      const body = await bodyOf(request);
      breakOff(request.socket, acceptFor(body));
    });
    const { ask, cloud } = relayTo(server.url);
    expect(await ask()).toEqual({ kind: 'broken', code: 'connection-broken' });
    expect(calls).toBe(1);
    await cloud.close();
  });
});

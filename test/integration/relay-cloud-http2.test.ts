import { constants, type ServerHttp2Stream } from 'node:http2';
import { createServer as createTlsServer } from 'node:tls';
import { describe, expect, test } from 'vitest';
import { PACKET_TYPE } from '../../relay-call/media.ts';
import { cloudByHand, until } from '../edge-relay/cloud/cloud-by-hand.ts';
import {
  acceptFor,
  acceptStream,
  bodyOf,
  ca,
  forwarder,
  http2Server,
  pair,
  tcpServer,
} from '../edge-relay/cloud/servers.ts';

const relayTo = (url: string, more: { maxSessions?: number } = {}) =>
  cloudByHand({ url, ca: ca.cert, ...more });

/** Long enough for what is on its way within this machine to arrive. */
const moment = () => new Promise((resolve) => setTimeout(resolve, 20));

/** Holds every call until it is let go. */
function holder() {
  const held: ServerHttp2Stream[] = [];
  return { held, hold: (stream: ServerHttp2Stream) => void held.push(stream) };
}

describe('streams', () => {
  test('one at a time, when the server allows no more: fifty calls all get their own reply', async () => {
    let open = 0;
    let most = 0;
    const server = await http2Server(
      async (stream) => {
        open += 1;
        most = Math.max(most, open);
        stream.on('close', () => {
          open -= 1;
        });
        await acceptStream(stream);
      },
      { settings: { maxConcurrentStreams: 1 } },
    );
    const { ask, cloud } = relayTo(server.url, { maxSessions: 1 });
    const answers = await Promise.all(Array.from({ length: 50 }, (_, identifier) => ask({ identifier })));
    for (const [identifier, answer] of answers.entries()) {
      expect(answer.kind).toBe('reply');
      if (answer.kind === 'reply') expect(answer.packet.readUInt8(1)).toBe(identifier);
    }
    expect(most).toBe(1);
    expect(server.sessions).toHaveLength(1);
    await cloud.close();
  });

  test("fill a connection up to the server's limit before the next is opened", async () => {
    const { held, hold } = holder();
    const server = await http2Server(hold, { settings: { maxConcurrentStreams: 10 } });
    const { ask, cloud } = relayTo(server.url);
    const answers = Array.from({ length: 35 }, () => ask());
    await until(() => held.length === 35);
    const loads = server.sessions.map(
      (session) => held.filter((stream) => stream.session === session).length,
    );
    expect(loads.sort((a, b) => b - a)).toEqual([10, 10, 10, 5]);
    for (const stream of held) void acceptStream(stream);
    for (const answer of await Promise.all(answers)) expect(answer.kind).toBe('reply');
    await cloud.close();
  });

  test('beyond the last connection wait for room, and are late when none comes', async () => {
    const { held, hold } = holder();
    const server = await http2Server(hold, { settings: { maxConcurrentStreams: 2 } });
    const { ask, cloud, hand } = relayTo(server.url, { maxSessions: 2 });
    const first = Array.from({ length: 4 }, () => ask());
    await until(() => held.length === 4);
    const impatient = ask({ patience: 5_000 });
    const patient = ask({ patience: 50_000 });
    const ended = new AbortController();
    const unwanted = ask({ signal: ended.signal });
    ended.abort();
    expect(await unwanted).toEqual({ kind: 'stopped' });
    hand.pass(5_100);
    expect(await impatient).toEqual({ kind: 'late' });
    expect(held).toHaveLength(4);
    for (const stream of held) void acceptStream(stream);
    for (const answer of await Promise.all(first)) expect(answer.kind).toBe('reply');
    await until(() => held.length === 5);
    for (const stream of held.slice(4)) void acceptStream(stream);
    expect((await patient).kind).toBe('reply');
    expect(server.sessions).toHaveLength(2);
    await cloud.close();
  });

  test('that are ended free their place, and the server is told', async () => {
    const { held, hold } = holder();
    const server = await http2Server(hold, { settings: { maxConcurrentStreams: 1 } });
    const { ask, cloud } = relayTo(server.url, { maxSessions: 1 });
    const ends = new AbortController();
    const first = ask({ signal: ends.signal });
    const second = ask();
    await until(() => held.length === 1);
    ends.abort();
    expect(await first).toEqual({ kind: 'stopped' });
    await until(() => held.length === 2);
    expect(held[0]?.rstCode).toBe(constants.NGHTTP2_CANCEL);
    for (const stream of held.slice(1)) void acceptStream(stream);
    expect((await second).kind).toBe('reply');
    await cloud.close();
  });
});

describe('the deadline', () => {
  test('is the patience less the time since arrival less the measured round trip', async () => {
    let deadline: unknown;
    const { port } = await http2Server((stream, headers) => {
      deadline = headers['radius-deadline'];
      void acceptStream(stream);
    });
    const { ask, cloud, hand } = relayTo(`https://127.0.0.1:${port}`);
    const answer = ask({ patience: 60_000 });
    hand.pass(40); // while TCP shakes hands
    expect((await answer).kind).toBe('reply');
    expect(deadline).toBe('59920');
    await cloud.close();
  });
});

describe('a connection that NAT has forgotten', () => {
  test('is found out by a ping before a call is given to it', async () => {
    const server = await http2Server(acceptStream);
    const nat = await forwarder(server.port);
    const { ask, cloud, hand } = relayTo(nat.url);
    expect((await ask()).kind).toBe('reply');
    nat.forget();
    hand.pass(6_000);
    const answer = ask();
    await new Promise((resolve) => setImmediate(resolve));
    expect(nat.connections).toBe(1);
    hand.pass(1_050);
    expect((await answer).kind).toBe('reply');
    expect(nat.connections).toBe(2);
    await cloud.close();
  });

  test('is not suspected while it answers its pings', async () => {
    const server = await http2Server(acceptStream);
    const nat = await forwarder(server.port);
    const { ask, cloud, hand } = relayTo(nat.url);
    for (let round = 0; round < 5; round++) {
      expect((await ask()).kind).toBe('reply');
      hand.pass(6_000);
    }
    expect(nat.connections).toBe(1);
    await cloud.close();
  });

  test('breaks the calls that wait on it, in time for the client to ask again', async () => {
    const { held, hold } = holder();
    const server = await http2Server(hold);
    const nat = await forwarder(server.port);
    const { ask, cloud, hand, counted } = relayTo(nat.url);
    const waiting = ask({ patience: 60_000 });
    await until(() => held.length === 1);
    nat.forget();
    // Nobody else calls: the watch itself asks after fifteen seconds.
    hand.pass(15_100);
    hand.pass(1_100);
    hand.pass(9_100);
    expect(await waiting).toEqual({ kind: 'broken', code: 'peer-silent' });
    expect(counted).toEqual(['peer-silent']);
    await cloud.close();
  });

  test('was perhaps only slow: its calls are answered when it comes back, while new ones go elsewhere', async () => {
    const { held, hold } = holder();
    const server = await http2Server(hold);
    const nat = await forwarder(server.port);
    const { ask, cloud, hand } = relayTo(nat.url);
    const slow = ask({ identifier: 1 });
    await until(() => held.length === 1);
    nat.forget();
    hand.pass(6_000);
    const quick = ask({ identifier: 2 });
    hand.pass(1_100);
    await until(() => held.length === 2);
    const [first, second] = held;
    if (first === undefined || second === undefined) expect.unreachable();
    expect(second.session).not.toBe(first.session);
    await acceptStream(second);
    expect((await quick).kind).toBe('reply');
    nat.remember();
    await acceptStream(first);
    expect((await slow).kind).toBe('reply');
    await cloud.close();
  });

  test('beside others that are closed meanwhile for want of use breaks its calls, and nothing else', async () => {
    const { held, hold } = holder();
    const server = await http2Server(hold, { settings: { maxConcurrentStreams: 1 } });
    const nat = await forwarder(server.port);
    const { ask, cloud, hand } = relayTo(nat.url);
    const calls = [ask(), ask(), ask()];
    await until(() => held.length === 3);
    for (const stream of held.splice(0)) void acceptStream(stream);
    for (const answer of await Promise.all(calls)) expect(answer.kind).toBe('reply');
    for (let passed = 0; passed < 105; passed += 15) {
      hand.pass(15_000);
      const answer = ask();
      await until(() => held.length === 1);
      for (const stream of held.splice(0)) void acceptStream(stream);
      expect((await answer).kind).toBe('reply');
    }
    await moment();
    const waiting = ask();
    await until(() => held.length === 1);
    expect(nat.connections).toBe(3);
    nat.forget();
    for (let passed = 0; passed < 60; passed += 1) {
      hand.pass(1_000);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await waiting).toEqual({ kind: 'broken', code: 'peer-silent' });
    await until(() => hand.running === 0);
    await cloud.close();
  });

  test('is kept from being forgotten by pings while somebody waits', async () => {
    const { held, hold } = holder();
    const server = await http2Server((stream) => (held.length === 0 ? hold(stream) : acceptStream(stream)));
    const { ask, cloud, hand } = relayTo(server.url);
    const answer = ask({ patience: 60_000 });
    await until(() => held.length === 1);
    let pings = 0;
    server.sessions[0]?.on('ping', () => {
      pings += 1;
    });
    for (let round = 1; round <= 3; round++) {
      hand.pass(15_100);
      await until(() => pings === round);
      expect((await ask()).kind).toBe('reply'); // comes behind the ping's acknowledgement
    }
    for (const stream of held) void acceptStream(stream);
    expect((await answer).kind).toBe('reply');
    await cloud.close();
  });
});

/** Two calls that a server holds, which answers all that come after. */
async function twoHeld() {
  const { held, hold } = holder();
  let later = false;
  const server = await http2Server((stream) => (later ? acceptStream(stream) : hold(stream)));
  const relay = relayTo(server.url);
  const begun = relay.ask({ identifier: 1 });
  await until(() => held.length === 1);
  const refused = relay.ask({ identifier: 2 });
  await until(() => held.length === 2);
  later = true;
  return { ...relay, held, server, begun, refused };
}

describe('a server that goes away', () => {
  test('lets begun calls end, and those above its last one are made again elsewhere', async () => {
    const { cloud, hand, counted, held, server, begun, refused } = await twoHeld();
    server.sessions[0]?.goaway(constants.NGHTTP2_NO_ERROR, held[0]?.id);
    await until(() => counted.includes('stream-refused'));
    hand.pass(400);
    expect((await refused).kind).toBe('reply');
    for (const stream of held.slice(0, 1)) void acceptStream(stream);
    expect((await begun).kind).toBe('reply');
    expect(counted).toEqual(['stream-refused', 'call-retried']);
    expect(server.sessions).toHaveLength(2);
    await cloud.close();
  });

  test('in error breaks what may have begun, and only the rest is made again', async () => {
    const { cloud, hand, counted, held, server, begun, refused } = await twoHeld();
    server.sessions[0]?.goaway(constants.NGHTTP2_REFUSED_STREAM, held[0]?.id);
    expect(await begun).toEqual({ kind: 'broken', code: 'connection-broken' });
    await until(() => counted.includes('stream-refused'));
    hand.pass(400);
    expect((await refused).kind).toBe('reply');
    await cloud.close();
  });

  test('by refusing a stream is asked again', async () => {
    let calls = 0;
    const server = await http2Server((stream) => {
      calls += 1;
      return calls === 1 ? stream.close(constants.NGHTTP2_REFUSED_STREAM) : acceptStream(stream);
    });
    const { ask, cloud, hand, counted } = relayTo(server.url);
    const answer = ask();
    await until(() => counted.includes('stream-refused'));
    hand.pass(400);
    expect((await answer).kind).toBe('reply');
    expect(server.sessions).toHaveLength(1);
    await cloud.close();
  });

  test('by refusing every stream is unreachable when the patience ends', async () => {
    const server = await http2Server((stream) => stream.close(constants.NGHTTP2_REFUSED_STREAM));
    const { ask, cloud } = relayTo(server.url);
    expect(await ask({ patience: 50 })).toEqual({ kind: 'unreachable', code: 'stream-refused' });
    await cloud.close();
  });

  test('is not believed to have begun nothing when it has answered in part', async () => {
    const server = await http2Server((stream) => {
      stream.respond({ ':status': 200, 'content-type': PACKET_TYPE });
      stream.write(Buffer.alloc(10), () => stream.session?.goaway(constants.NGHTTP2_REFUSED_STREAM, 0));
    });
    const { ask, cloud } = relayTo(server.url);
    expect(await ask()).toEqual({ kind: 'broken', code: 'connection-broken' });
    await cloud.close();
  });

  test.each([constants.NGHTTP2_INTERNAL_ERROR, constants.NGHTTP2_CANCEL, constants.NGHTTP2_NO_ERROR])(
    'by resetting a stream (%i) breaks the call, which is not made again',
    async (code) => {
      let calls = 0;
      const server = await http2Server((stream) => {
        calls += 1;
        stream.close(code);
      });
      const { ask, cloud } = relayTo(server.url);
      expect(await ask()).toEqual({ kind: 'broken', code: 'stream-reset' });
      expect(calls).toBe(1);
      await cloud.close();
    },
  );

  test('in the middle of its answer breaks the call, which is not made again', async () => {
    let calls = 0;
    const server = await http2Server(async (stream) => {
      calls += 1;
      const reply = acceptFor(await bodyOf(stream));
      stream.respond({ ':status': 200, 'content-type': PACKET_TYPE });
      stream.write(reply.subarray(0, 12), () => stream.session?.socket.destroy());
    });
    const { ask, cloud } = relayTo(server.url);
    expect(await ask()).toEqual({ kind: 'broken', code: 'connection-broken' });
    expect(calls).toBe(1);
    await cloud.close();
  });
});

describe('an answer', () => {
  test('that never comes is waited for as long as the patience lasts', async () => {
    const { held, hold } = holder();
    const server = await http2Server(hold);
    const { ask, cloud, hand } = relayTo(server.url);
    const answer = ask({ patience: 8_000 });
    await until(() => held.length === 1);
    hand.pass(8_100);
    expect(await answer).toEqual({ kind: 'late' });
    await until(() => held[0]?.destroyed === true);
    await cloud.close();
  });

  test('that comes octet by octet is taken while there is time, and given up when there is none', async () => {
    const dripping: ServerHttp2Stream[] = [];
    const server = await http2Server(async (stream) => {
      const reply = acceptFor(await bodyOf(stream));
      stream.respond({ ':status': 200, 'content-type': PACKET_TYPE });
      for (const octet of reply.subarray(0, dripping.push(stream) === 1 ? reply.length : 10))
        await new Promise((resolve) => stream.write(Buffer.of(octet), resolve));
      if (dripping.length === 1) stream.end();
    });
    const { ask, cloud, hand } = relayTo(server.url);
    expect((await ask()).kind).toBe('reply');
    const slow = ask({ patience: 3_000 });
    await until(() => dripping.length === 2);
    hand.pass(3_100);
    expect(await slow).toEqual({ kind: 'late' });
    await cloud.close();
  });

  test('that is a page of HTML is a fault', async () => {
    const server = await http2Server((stream) => {
      stream.respond({ ':status': 200, 'content-type': 'text/html; charset=utf-8' });
      stream.end('<html>Welcome</html>');
    });
    const { ask, cloud } = relayTo(server.url);
    expect(await ask()).toEqual({ kind: 'fault', code: 'content-type-wrong' });
    await cloud.close();
  });

  test('without end is cut off: a fault, and the connection goes on', async () => {
    let calls = 0;
    let sent = 0;
    const server = await http2Server((stream) => {
      calls += 1;
      if (calls > 1) return acceptStream(stream);
      stream.respond({ ':status': 200, 'content-type': PACKET_TYPE });
      const pour = () => {
        while (!stream.destroyed && stream.write(Buffer.alloc(16_384))) sent += 16_384;
      };
      stream.on('drain', pour);
      pour();
      return undefined;
    });
    const { ask, cloud } = relayTo(server.url);
    expect(await ask()).toEqual({ kind: 'fault', code: 'answer-too-large' });
    expect((await ask()).kind).toBe('reply');
    expect(sent).toBeLessThan(4_000_000);
    expect(server.sessions).toHaveLength(1);
    await cloud.close();
  });
});

describe('connections', () => {
  test('on which HTTP/2 is agreed and not spoken are given up', async () => {
    const tls = createTlsServer({ ...pair, ALPNProtocols: ['h2'] });
    const { url } = await tcpServer((socket) => tls.emit('connection', socket));
    let came = false;
    tls.on('secureConnection', (socket) => {
      socket.on('error', () => {});
      socket.on('data', () => {
        came = true;
      });
    });
    const { ask, cloud, hand } = relayTo(url);
    const answer = ask({ patience: 5_150 });
    await until(() => came);
    hand.pass(5_100);
    expect(await answer).toEqual({ kind: 'unreachable', code: 'connect-timeout' });
    await cloud.close();
  });

  test('that nobody needs are closed after two minutes', async () => {
    const server = await http2Server(acceptStream);
    const { ask, cloud, hand } = relayTo(server.url);
    expect((await ask()).kind).toBe('reply');
    for (let passed = 0; passed < 140; passed += 14) hand.pass(14_000);
    await until(() => server.sessions[0]?.closed === true);
    expect((await ask()).kind).toBe('reply');
    expect(server.sessions).toHaveLength(2);
    await cloud.close();
  });

  test('that nobody needs and that the server does not let end count no longer', async () => {
    const server = await http2Server(acceptStream);
    const nat = await forwarder(server.port);
    const { ask, cloud, hand } = relayTo(nat.url, { maxSessions: 1 });
    expect((await ask()).kind).toBe('reply');
    await moment();
    nat.forget();
    for (let passed = 0; passed < 150; passed += 15) {
      hand.pass(15_000);
      await moment();
    }
    const answer = ask();
    await until(() => nat.connections === 2);
    expect((await answer).kind).toBe('reply');
    await cloud.close();
  });

  test('that the server wants to end and then does not let end count no longer', async () => {
    const { held, hold } = holder();
    const server = await http2Server((stream) => (held.length === 0 ? hold(stream) : acceptStream(stream)));
    const nat = await forwarder(server.port);
    const { ask, cloud, hand } = relayTo(nat.url, { maxSessions: 1 });
    const last = ask({ patience: 8_000 });
    await until(() => held.length === 1);
    server.sessions[0]?.goaway(constants.NGHTTP2_NO_ERROR);
    await moment();
    nat.forget();
    hand.pass(8_100);
    expect(await last).toEqual({ kind: 'late' });
    await moment();
    hand.pass(9_100);
    await moment();
    expect((await ask()).kind).toBe('reply');
    expect(nat.connections).toBe(2);
    await cloud.close();
  });

  test('end with the cloud, and so does every call: no socket and no timer is left', async () => {
    const { held, hold } = holder();
    const server = await http2Server(hold, { settings: { maxConcurrentStreams: 1 } });
    const { ask, cloud, hand, said } = relayTo(server.url, { maxSessions: 2 });
    const calls = [ask(), ask(), ask()];
    await until(() => held.length === 2);
    await cloud.close();
    const answers = await Promise.all(calls);
    expect(answers.filter((answer) => answer.kind === 'broken')).toHaveLength(2);
    for (const answer of answers) expect(answer).toMatchObject({ code: 'relay-closing' });
    await until(() => server.sessions.every((session) => session.destroyed));
    expect(hand.running).toBe(0);
    expect(said).toEqual([]);
    expect(await ask()).toEqual({ kind: 'unreachable', code: 'relay-closing' });
    await cloud.close();
  });
});

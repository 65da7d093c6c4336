import { describe, expect, test } from 'vitest';
import { CLOUD_FAULTS } from '../../edge-relay/cloud/faults.ts';
import { authority, certificate } from '../edge-relay/cloud/certificates.ts';
import { cloudByHand, until } from '../edge-relay/cloud/cloud-by-hand.ts';
import {
  acceptStream,
  ca,
  deadPort,
  http1Server,
  http2Server,
  tcpServer,
} from '../edge-relay/cloud/servers.ts';

const never = () => new AbortController().signal;

async function healthOf(url: string) {
  const { cloud } = cloudByHand({ url, ca: ca.cert });
  const health = await cloud.health(never());
  await cloud.close();
  return health;
}

describe('a certificate', () => {
  test('of an unknown authority is named so', async () => {
    const stranger = await authority('Somebody');
    const { url } = await http2Server(acceptStream, await certificate(stranger));
    expect(await healthOf(url)).toMatchObject({ kind: 'unreachable', code: 'certificate-authority-unknown' });
  });

  test('that vouches for itself is named so', async () => {
    const self = await authority('localhost');
    const { url } = await http2Server(acceptStream, self);
    expect(await healthOf(url)).toMatchObject({ kind: 'unreachable', code: 'certificate-authority-unknown' });
  });

  test('of an authority that Node knows does not help once a ca is given', async () => {
    const { url } = await http2Server(acceptStream);
    const { cloud } = cloudByHand({ url });
    expect(await cloud.health(never())).toMatchObject({ code: 'certificate-authority-unknown' });
    await cloud.close();
  });

  test('for another host is named so', async () => {
    const { url } = await http2Server(acceptStream, await certificate(ca, { name: 'other.example' }));
    expect(await healthOf(url)).toMatchObject({
      kind: 'unreachable',
      code: 'certificate-host-mismatch',
      cause: 'ERR_TLS_CERT_ALTNAME_INVALID',
    });
  });

  test('that has expired is named so, and the clock is spoken of', async () => {
    const { url } = await http2Server(acceptStream, await certificate(ca, { from: -8, until: -1 }));
    expect(await healthOf(url)).toMatchObject({ kind: 'unreachable', code: 'certificate-expired' });
    expect(CLOUD_FAULTS['certificate-expired']).toMatch(/clock/);
  });

  test('that is not valid yet is named so, and the clock is spoken of', async () => {
    const { url } = await http2Server(acceptStream, await certificate(ca, { from: 2 }));
    expect(await healthOf(url)).toMatchObject({ kind: 'unreachable', code: 'certificate-not-yet-valid' });
    expect(CLOUD_FAULTS['certificate-not-yet-valid']).toMatch(/clock/);
  });

  test('of somebody who calls himself the trusted authority is named so', async () => {
    const { url } = await http2Server(acceptStream, await certificate(await authority()));
    expect(await healthOf(url)).toMatchObject({ kind: 'unreachable', code: 'certificate-invalid' });
  });

  test('that names an IP address is right for a url with that address', async () => {
    const { port } = await http2Server((stream) => stream.respond({ ':status': 200 }, { endStream: true }));
    expect(await healthOf(`https://127.0.0.1:${port}`)).toMatchObject({ kind: 'reachable', status: 200 });
  });
});

describe('a host', () => {
  test('that refuses connections', async () => {
    const port = await deadPort();
    expect(await healthOf(`https://localhost:${port}`)).toMatchObject({
      kind: 'unreachable',
      code: 'connection-refused',
      cause: 'ECONNREFUSED',
    });
  });

  test('that does not exist', async () => {
    // RFC 6761 §6.4: never resolves; without any DNS the look-up itself fails.
    const { code } = { code: '', ...(await healthOf('https://nobody.invalid')) };
    expect(['name-unknown', 'name-lookup-failed']).toContain(code);
  });

  test('that speaks HTTP without TLS', async () => {
    const { url } = await tcpServer((socket) => {
      socket.on('data', () => socket.end('HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n'));
    });
    expect(await healthOf(url)).toMatchObject({ kind: 'unreachable', code: 'not-tls' });
  });

  test('that cuts the handshake', async () => {
    const { url } = await tcpServer((socket) => {
      socket.on('data', () => socket.destroy());
    });
    expect(await healthOf(url)).toMatchObject({ kind: 'unreachable', code: 'connection-lost' });
  });

  test('that speaks only a TLS of another age', async () => {
    const { url } = await http1Server(() => {}, {
      minVersion: 'TLSv1.1',
      maxVersion: 'TLSv1.1',
      ciphers: 'ALL@SECLEVEL=0',
    });
    expect(await healthOf(url)).toMatchObject({ kind: 'unreachable', code: 'tls-failed' });
  });

  test('that takes the connection and says nothing', async () => {
    let came = false;
    const { url } = await tcpServer((socket) => {
      socket.on('data', () => {
        came = true;
      });
    });
    const { cloud, hand } = cloudByHand({ url, ca: ca.cert });
    const health = cloud.health(never());
    await until(() => came);
    hand.pass(5_100);
    expect(await health).toMatchObject({ kind: 'unreachable', code: 'connect-timeout' });
    await cloud.close();
  });

  test('that is down is not knocked at by every call', async () => {
    let knocks = 0;
    const { url } = await tcpServer((socket) => {
      knocks += 1;
      socket.destroy();
    });
    const { cloud, ask, counted, hand } = cloudByHand({ url, ca: ca.cert });
    const answers = Array.from({ length: 100 }, () => ask({ patience: 90 }));
    for (const answer of await Promise.all(answers))
      expect(answer).toEqual({ kind: 'unreachable', code: 'connection-lost' });
    expect(await ask({ patience: 90 })).toEqual({ kind: 'unreachable', code: 'connection-lost' });
    expect(knocks).toBeLessThanOrEqual(4);
    const before = knocks;
    hand.pass(250);
    await ask({ patience: 90 });
    expect(knocks).toBe(before + 1);
    expect(counted.filter((code) => code === 'connection-lost').length).toBeGreaterThan(100);
    await cloud.close();
  });
});

describe('health', () => {
  test('tells status, protocol, certificate and the skew of the clock over HTTP/2', async () => {
    const date = new Date(Date.now() + 3_600_000).toUTCString();
    const { url } = await http2Server((stream, headers) => {
      const right = headers[':path'] === '/api/health' && headers['signature'] === undefined;
      stream.respond({ ':status': right ? 200 : 404, date }, { endStream: true });
    });
    const health = await healthOf(url);
    expect(health).toMatchObject({
      kind: 'reachable',
      status: 200,
      protocol: 'h2',
      peer: { address: '127.0.0.1', subject: 'CN=localhost', issuer: 'CN=Test authority' },
    });
    expect(health.kind === 'reachable' && health.skew).toBeGreaterThan(3_590);
    expect(health.kind === 'reachable' && health.skew).toBeLessThan(3_610);
  });

  test('tells the same over HTTP/1.1, and no skew where the server names no time', async () => {
    const { url } = await http1Server((_request, response) => {
      response.sendDate = false;
      response.writeHead(503).end();
    });
    expect(await healthOf(url)).toMatchObject({
      kind: 'reachable',
      status: 503,
      protocol: 'http/1.1',
      peer: { subject: 'CN=localhost' },
      skew: undefined,
    });
  });

  test('gives up after ten seconds, or when it is told to', async () => {
    let asked = 0;
    const { url } = await http2Server(() => {
      asked += 1;
    });
    const { cloud, hand } = cloudByHand({ url, ca: ca.cert });
    const first = cloud.health(never());
    await until(() => asked === 1);
    hand.pass(10_100);
    expect(await first).toEqual({ kind: 'unreachable', code: 'late' });
    await cloud.close();
    const ends = AbortSignal.abort();
    expect(await cloud.health(ends)).toEqual({ kind: 'unreachable', code: 'late' });
    expect(await cloud.health(never())).toMatchObject({ kind: 'unreachable', code: 'relay-closing' });
  });
});

test('one slow connect does not silence clients that wait for less than it took', async () => {
  const { url } = await http2Server(acceptStream);
  const { ask, cloud, hand } = cloudByHand({ url, ca: ca.cert });
  const first = ask({ patience: 3_000 });
  hand.pass(3_100);
  expect(await first).toEqual({ kind: 'late' });
  // The second waits for the connection, whose 3.1 s have been measured by the time of the third.
  expect(await ask({ patience: 3_000 })).toMatchObject({ kind: 'reply' });
  expect(await ask({ patience: 3_000 })).toMatchObject({ kind: 'reply' });
  await cloud.close();
});

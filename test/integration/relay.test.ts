import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createSecureServer, type Http2SecureServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { CODE } from '../../relay-call/framing.ts';
import { HEALTH_PATH, PACKET_TYPE } from '../../relay-call/media.ts';
import { parseSource } from '../../relay-call/source.ts';
import { authority, certificate } from '../edge-relay/cloud/certificates.ts';
import { packet, reply } from '../edge-relay/packets.ts';

const folder = mkdtempSync(join(tmpdir(), 'edge-relay-'));
const source = resolve('edge-relay/main.ts');
/** One file, away from everything that it was made of. */
const program = join(folder, 'elsewhere', 'edge-relay.mjs');
const children = new Set<ChildProcess>();
let server: Http2SecureServer;
let url: string;
/** What the functions do with a packet; nothing keeps the relay waiting. */
let decide: (octets: Buffer, source: string) => Buffer | undefined | Promise<Buffer>;

beforeAll(async () => {
  await build({
    entryPoints: [source],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
  });
  const ca = await authority();
  const pair = await certificate(ca);
  writeFileSync(join(folder, 'ca.pem'), ca.cert);
  server = createSecureServer({ ...pair, allowHTTP1: true });
  server.on('request', async (request, response) => {
    if (request.url === HEALTH_PATH) {
      response.end();
      return;
    }
    const body: Buffer[] = [];
    for await (const part of request) body.push(Buffer.from(part));
    const answer = await decide(Buffer.concat(body), String(request.headers['radius-source']));
    if (answer === undefined) return;
    response.setHeader('content-type', PACKET_TYPE);
    response.end(answer);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `https://localhost:${(server.address() as AddressInfo).port}`;
  expect(await finished(['keygen', '--key-id', 'site-1'])).toMatchObject({ code: 0 });
});

afterEach(async () => {
  for (const child of children) {
    child.kill('SIGKILL');
    await once(child, 'close');
  }
});

afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

function start(args: readonly string[], file = program): ChildProcess {
  const child = spawn(process.execPath, [file, ...args], { cwd: folder, stdio: ['pipe', 'pipe', 'pipe'] });
  children.add(child);
  child.once('close', () => children.delete(child));
  return child;
}

/** Everything a stream says until it ends. */
async function text(stream: NodeJS.ReadableStream | null): Promise<string> {
  let all = '';
  for await (const part of stream ?? []) all += part;
  return all;
}

async function finished(args: readonly string[], file = program) {
  const child = start(args, file);
  const ended = once(child, 'close');
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = await ended;
  return { code, out, err };
}

interface Socket {
  readonly address: string;
  readonly port: number;
  readonly serves: string;
}

/** A relay that listens, with the lines it says. */
async function running(args: readonly string[] = [], file = program) {
  const child = start(['run', ...args], file);
  if (child.stdout === null || child.stderr === null) throw new Error('no pipes');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const log: Array<Record<string, unknown>> = [];
  createInterface({ input: child.stderr }).on('line', (line) => log.push(JSON.parse(line)));
  const next = async () => JSON.parse((await lines.next()).value ?? 'null');
  const first: { event: string; sockets: Socket[] } = await next();
  const portOf = (serves: string) => first.sockets.find((socket) => socket.serves === serves)?.port ?? 0;
  const ended = once(child, 'close').then(([code]) => code);
  return { child, first, next, log, portOf, ended };
}

function configure(change: object = {}): void {
  const document = {
    url,
    keyId: 'site-1',
    keyFile: 'site-1.key.pem',
    ca: 'ca.pem',
    listen: [
      { address: '127.0.0.1', port: 0, serves: 'auth' },
      { address: '127.0.0.1', port: 0, serves: 'acct' },
    ],
    clients: [{ network: '127.0.0.0/8', rejectDelay: 0 }],
    ...change,
  };
  writeFileSync(join(folder, 'relay.json'), JSON.stringify(document));
}

/** A client on a socket of its own. */
async function client() {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return {
    port: socket.address().port,
    send: (octets: Buffer, port: number) => socket.send(octets, port, '127.0.0.1'),
    async receive() {
      const [octets, from] = await once(socket, 'message');
      return { octets, port: from.port };
    },
    close: () => socket.close(),
  };
}

describe('run', () => {
  test('carries a sign-in and accounting, and stops when it is told to', async () => {
    configure();
    const seen: Array<ReturnType<typeof parseSource>> = [];
    decide = (octets, source) => {
      seen.push(parseSource(source));
      return octets[0] === CODE.accessRequest ? reply(CODE.accessAccept) : reply(CODE.accountingResponse);
    };
    const relay = await running();
    expect(relay.first).toMatchObject({ event: 'listening', keyId: 'site-1', url });
    const asker = await client();
    for (const [serves, code, answer] of [
      ['auth', CODE.accessRequest, CODE.accessAccept],
      ['acct', CODE.accountingRequest, CODE.accountingResponse],
    ] as const) {
      const port = relay.portOf(serves);
      asker.send(packet({ code }), port);
      expect(await asker.receive()).toEqual({ octets: reply(answer), port });
      expect(seen.at(-1)).toEqual({
        from: { address: '127.0.0.1', port: asker.port },
        to: { address: '127.0.0.1', port },
        serves,
      });
    }
    // A retransmission has the same reply and makes no call.
    asker.send(packet(), relay.portOf('auth'));
    expect((await asker.receive()).octets).toEqual(reply(CODE.accessAccept));
    expect(seen).toHaveLength(2);
    asker.close();

    relay.child.kill('SIGTERM');
    expect(await relay.next()).toEqual({ event: 'stopped', reason: 'SIGTERM' });
    expect(await relay.ended).toBe(0);
    expect(relay.log.at(-1)).toMatchObject({
      event: 'counters',
      pending: 0,
      relay: { received: 3, called: 2, sent: 2, resent: 1 },
    });
  });

  test('answers what is in work before it stops', async () => {
    configure();
    const asked = Promise.withResolvers<void>();
    const decision = Promise.withResolvers<Buffer>();
    decide = () => {
      asked.resolve();
      return decision.promise;
    };
    const relay = await running();
    const asker = await client();
    asker.send(packet(), relay.portOf('auth'));
    await asked.promise;
    relay.child.kill('SIGINT');
    await expect.poll(() => relay.log.some(({ event }) => event === 'stopping')).toBe(true);
    const received = asker.receive();
    decision.resolve(reply(CODE.accessAccept));
    expect((await received).octets).toEqual(reply(CODE.accessAccept));
    expect(await relay.ended).toBe(0);
    asker.close();
  });

  test('gives up what is in work when the drain is over', async () => {
    configure({ limits: { drain: 0 } });
    const asked = Promise.withResolvers<void>();
    decide = () => {
      asked.resolve();
      return undefined;
    };
    const relay = await running();
    const asker = await client();
    asker.send(packet(), relay.portOf('auth'));
    await asked.promise;
    relay.child.kill('SIGTERM');
    expect(await relay.ended).toBe(0);
    expect(relay.log.at(-1)).toMatchObject({
      event: 'counters',
      drops: { 'stopped-before-answer': 1 },
      cloud: { 'relay-closing': 1 },
    });
    expect(relay.log.at(-1)?.['cloud']).not.toHaveProperty('late');
    asker.close();
  });

  test('counts a reject that it still holds back when the drain is over', async () => {
    configure({ limits: { drain: 1 }, clients: [{ network: '127.0.0.0/8', rejectDelay: 10 }] });
    decide = () => reply(CODE.accessReject);
    const relay = await running();
    const asker = await client();
    asker.send(packet(), relay.portOf('auth'));
    await expect
      .poll(() => {
        relay.child.kill('SIGUSR2');
        return JSON.stringify(relay.log.at(-1));
      })
      .toContain('"held":1');
    relay.child.kill('SIGTERM');
    expect(await relay.ended).toBe(0);
    expect(relay.log.at(-1)).toMatchObject({
      event: 'counters',
      pending: 0,
      relay: { received: 1, called: 1, held: 1 },
      drops: { 'stopped-before-answer': 1 },
    });
    expect(relay.log.at(-1)?.['relay']).not.toHaveProperty('sent');
    asker.close();
  });

  test('stops at the end of its standard input when told so', async () => {
    configure();
    const relay = await running(['--stop-on-stdin-end']);
    relay.child.stdin?.end();
    expect(await relay.next()).toEqual({ event: 'stopped', reason: 'stdin-end' });
    expect(await relay.ended).toBe(0);
  });

  test('does not stop for its standard input otherwise', async () => {
    configure();
    decide = () => reply(CODE.accessAccept);
    const relay = await running();
    relay.child.stdin?.end();
    const asker = await client();
    asker.send(packet(), relay.portOf('auth'));
    await asker.receive();
    asker.close();
  });

  test('writes its counters on SIGUSR2', async (context) => {
    if (process.platform === 'win32') context.skip('Windows has no SIGUSR2');
    configure();
    const relay = await running();
    const asker = await client();
    asker.send(packet().subarray(0, 19), relay.portOf('auth'));
    await expect
      .poll(() => {
        relay.child.kill('SIGUSR2');
        return relay.log.some(
          (line) => line['event'] === 'counters' && JSON.stringify(line).includes('too-short'),
        );
      })
      .toBe(true);
    asker.close();
  });

  test('names a port that is taken and who may hold it, and leaves with 1', async () => {
    configure();
    const first = await running();
    configure({ listen: [{ address: '127.0.0.1', port: first.portOf('auth'), serves: 'auth' }] });
    const { code, out, err } = await finished(['run']);
    expect([code, out]).toEqual([1, '']);
    expect(err).toMatch(/Another program holds the port.*Network Policy Server.*listen\[0\]\.port/);
  });

  test('starts nothing on a wrong configuration and leaves with 2', async () => {
    configure({ url: 'http://bridge.example', patience: 5 });
    const { code, out, err } = await finished(['run']);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(
      'relay.json: url: it is "http://bridge.example"; expected the address of the functions app',
    );
    expect(err).toContain('relay.json: patience: this key does not exist here; expected one of url, ');
  });
});

describe('check', () => {
  test('says what the configuration means and that the functions are there', async () => {
    configure();
    const { code, out } = await finished(['check']);
    expect(code).toBe(0);
    expect(out).toMatch(/public key: MCowBQYDK2VwAyEA[A-Za-z0-9+/]{43}=/);
    expect(out).toMatch(/reachable over h2, HTTP status 200/);
    expect(out).toMatch(/this machine's clock and the server's agree/);
  });

  test('leaves with 1 when the functions are not there', async () => {
    configure({ url: 'https://localhost:9' });
    const { code, out } = await finished(['check', '--config', 'relay.json']);
    expect([code, out]).toEqual([1, expect.stringContaining('not reachable: connection-refused')]);
  });

  test('leaves with 2 on a wrong configuration', async () => {
    expect(await finished(['check', '--config', 'none.json'])).toMatchObject({ code: 2, out: '' });
  });
});

describe('the command line', () => {
  test('keygen prints the entry for bridge.json and does not overwrite', async () => {
    const made = await finished(['keygen', '--key-id', 'site-2', '--out', 'two.pem']);
    expect(JSON.parse(made.out)).toEqual({
      name: 'site-2',
      keyId: 'site-2',
      publicKey: expect.stringMatching(/^MCowBQYDK2VwAyEA/),
      enabled: true,
    });
    expect(await finished(['keygen', '--key-id', 'site-2', '--out', 'two.pem'])).toMatchObject({
      code: 1,
      out: '',
    });
  });

  test('--help and --version', async () => {
    expect(await finished(['--help'])).toMatchObject({ code: 0, out: expect.stringContaining('keygen') });
    expect(await finished(['--version'])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    });
  });

  test('anything else leaves with 2', async () => {
    const wrong = [
      '',
      'walk',
      'run away',
      'run --out x',
      'check --stop-on-stdin-end',
      'run --nonsense',
      'keygen',
      'keygen --key-id a/b',
    ];
    const endings = await Promise.all(
      wrong.map((line) => finished(line.split(' ').filter((word) => word !== ''))),
    );
    for (const ending of endings) {
      expect(ending).toMatchObject({ code: 2, out: '', err: expect.stringContaining('--help') });
    }
  });

  test.each([
    ['check relay.json', '"relay.json" is not expected; name it with --config'],
    ['run relay.json', '"relay.json" is not expected; name it with --config'],
    ['keygen site-2', '"site-2" is not expected; name it with --key-id'],
    ['run check', 'expected one command'],
    ['relay.json', 'expected one command'],
  ])('%s: %s', async (line, sentence) => {
    const ending = await finished(line.split(' '));
    expect(ending).toMatchObject({ code: 2, out: '', err: expect.stringContaining(sentence) });
  });

  test('works without a bundle', async () => {
    expect(await finished(['--version'], source)).toMatchObject({ code: 0 });
  });
});

import { createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { connect } from 'node:http2';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lifetime } from '../../../local/lifetime.ts';
import { CALL_PATH, PACKET_TYPE } from '../../../relay-call/media.ts';
import { signCall } from '../../../relay-call/signature.ts';
import { type NullBackend, startNullBackend } from './backend/start.ts';
import { buildPackets } from './senders/packets.ts';

const secret = 'a secret of 26 octets here';
const programs = lifetime(true);
let directory: string;
let backend: NullBackend;
let key: KeyObject;
let ca: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'backend-'));
  backend = await startNullBackend({ run: { directory }, programs, secret });
  key = createPrivateKey(await readFile(backend.keyFile, 'utf8'));
  ca = await readFile(backend.caFile, 'utf8');
});
afterAll(async () => {
  await programs.close();
  await rm(directory, { recursive: true });
});

const { octets: packet } = buildPackets({ count: 1, secret, identifier: () => 7 });
const unsigned = { 'content-type': PACKET_TYPE };
const stranger = generateKeyPairSync('ed25519').privateKey;

const signed = (url: string, privateKey: KeyObject) =>
  signCall({
    key: { keyid: backend.keyId, privateKey },
    authority: new URL(url).host,
    path: CALL_PATH,
    body: packet,
    source: {
      from: { address: '127.0.0.1', port: 49_152 },
      to: { address: '127.0.0.1', port: 1_812 },
      serves: 'auth',
    },
    deadline: 5_000,
    created: Math.floor(Date.now() / 1_000),
    nonce: randomBytes(16),
  });

/** The status of each call, one after the other by one connection. */
type Calls = (calls: ReadonlyArray<Readonly<Record<string, string>>>) => Promise<number[]>;

const overHttp1: Calls = async (calls) => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const statuses: number[] = [];
  for (const headers of calls) {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    request(new URL(CALL_PATH, backend.http1Url), { method: 'POST', headers, agent, ca }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode ?? 0));
    })
      .on('error', reject)
      .end(packet);
    statuses.push(await promise);
  }
  agent.destroy();
  return statuses;
};

const overHttp2: Calls = async (calls) => {
  const session = connect(backend.http2Url, { ca });
  const statuses: number[] = [];
  for (const headers of calls) {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    const stream = session.request({ ':method': 'POST', ':path': CALL_PATH, ...headers });
    let status = 0;
    stream.on('response', (answer) => {
      status = answer[':status'] ?? 0;
    });
    stream.resume().on('error', reject);
    stream.on('end', () => resolve(status));
    stream.end(packet);
    statuses.push(await promise);
  }
  session.close();
  return statuses;
};

describe.each([
  ['HTTP/1.1', overHttp1, () => backend.http1Url],
  ['HTTP/2', overHttp2, () => backend.http2Url],
])('over %s', (_, send, url) => {
  test('nothing is answered before a call that is signed by the relay of the bench', async () => {
    const calls = [unsigned, signed(url(), stranger), signed(url(), key)];
    expect(await send(calls)).toEqual([401, 401, 200]);
  });

  test('one that was signed for another server is refused', async () => {
    expect(await send([signed('https://localhost', key)])).toEqual([401]);
  });
});

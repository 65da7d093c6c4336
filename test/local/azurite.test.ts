import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Azurite, startAzurite } from '../../local/azurite.ts';
import type { AzuriteStart } from '../../local/azurite-messages.ts';
import { STORAGE_AUDIENCE, tokenIssuer, VAULT_AUDIENCE } from '../../local/stand-ins/tokens.ts';
import type { LocalTls } from '../../local/tls.ts';
import { systemClock } from '../../relay-call/clock.ts';
import { loopbackTls } from './stand-ins/running.ts';

const issuer = tokenIssuer(systemClock);
let tls: LocalTls;
let folder: string;
const programs: Array<Azurite['program']> = [];
const said: string[] = [];

beforeAll(async () => {
  tls = await loopbackTls();
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'azurite-'));
  said.length = 0;
});
afterEach(async () => {
  await Promise.all(programs.splice(0).map((program) => program.kill()));
  await rm(folder, { recursive: true });
});

const start = (x: { service: AzuriteStart['service']; port?: number; env?: NodeJS.ProcessEnv }) =>
  startAzurite({
    tls,
    directory: folder,
    env: process.env,
    ...x,
    started: (program) => programs.push(program),
    read: ({ text }) => said.push(text),
  });

/** The status of a listing of the account, with a token for that audience. `lifetime` in seconds. */
async function status(url: string, audience: string, lifetime = 600): Promise<number | undefined> {
  const { token } = issuer.issue({ audience, appId: 'app', lifetime });
  const headers = {
    authorization: `Bearer ${token}`,
    'x-ms-version': '2026-04-06',
    accept: 'application/json',
  };
  const [response] = await once(get(url, { ca: tls.ca, agent: false, headers }), 'response');
  response.resume();
  return response.statusCode;
}

test.each([
  ['table', '/Tables'],
  ['blob', '/?comp=list'],
] as const)(
  '%s: takes a token for storage over TLS, and no other',
  async (service, path) => {
    const { url } = await start({ service });
    expect(url).toMatch(/^https:\/\/127\.0\.0\.1:\d+\/devstoreaccount1$/);
    expect(await status(`${url}${path}`, STORAGE_AUDIENCE)).toBe(200);
    expect(await status(`${url}${path}`, VAULT_AUDIENCE)).toBe(403);
    expect(await status(`${url}${path}`, STORAGE_AUDIENCE, -5)).toBe(403);
    expect(said).toEqual([]);
  },
  40_000,
);

test('keeps nothing on disk, and does not listen to settings of one’s own', async () => {
  const env = { ...process.env, AZURITE_DB: 'mysql://nowhere', AZURITE_ACCOUNTS: 'other:b3RoZXI=' };
  const { url, program } = await start({ service: 'blob', env });
  expect(await status(`${url}/?comp=list`, STORAGE_AUDIENCE)).toBe(200);
  await program.stop(20_000);
  expect(await program.ended).toBe('exit code 0');
  expect((await readdir(folder)).sort()).toEqual(['azurite-blob.cert.pem', 'azurite-blob.key.pem']);
}, 40_000);

test('program-failed: when its port is taken; afterwards the same port serves again', async () => {
  const first = await start({ service: 'table' });
  await expect(start({ service: 'table', port: first.port })).rejects.toMatchObject({
    code: 'program-failed',
    message: expect.stringMatching(/ Azurite: .*EADDRINUSE/s),
  });
  await first.program.kill();
  expect((await start({ service: 'table', port: first.port })).url).toBe(first.url);
}, 60_000);

/** A supervisor that starts the emulator and prints its process id. */
const supervisor = (directory: string) => `
import { startAzurite } from ${JSON.stringify(new URL('../../local/azurite.ts', import.meta.url).href)};
const { program } = await startAzurite({
  tls: ${JSON.stringify(tls)}, service: 'table', env: process.env, directory: ${JSON.stringify(directory)},
  started() {}, read() {},
});
console.log(program.pid);
`;

test('no orphan survives the sudden end of its supervisor', async () => {
  const file = join(folder, 'supervisor.mjs');
  await writeFile(file, supervisor(folder));
  const parent = spawn(process.execPath, [file], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(parent.stdout, 'data');
  const pid = Number(String(line));
  expect(isAlive(pid)).toBe(true);
  parent.kill('SIGKILL');
  await expect.poll(() => isAlive(pid), { timeout: 20_000 }).toBe(false);
}, 40_000);

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { installed, startForeign } from './foreign.ts';
import { peerSecret } from './peer.ts';
import { isAccepted } from './probe.ts';

let directory: string;
let ending: AbortController;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'foreign-'));
  ending = new AbortController();
});
afterEach(async () => {
  ending.abort();
  await rm(directory, { recursive: true });
});

const acceptFile = fileURLToPath(new URL('../relay/backend/accept.ts', import.meta.url));

/** A RADIUS server that no end of its parent ends. */
const server = `
  import { createSocket } from 'node:dgram';
  import { acceptsOf } from ${JSON.stringify(acceptFile)};
  const [, , port, secret] = process.argv;
  const acceptFor = acceptsOf(secret);
  const socket = createSocket('udp4', (request, from) => socket.send(acceptFor(request), from.port, from.address));
  socket.bind(Number(port), '127.0.0.1');
`;

async function start(text: string) {
  const file = join(directory, 'server.mjs');
  await writeFile(file, text);
  return startForeign({
    run: {
      quick: true,
      cores: { tested: undefined, pin: async () => undefined, remarks: [] },
      directory,
      signal: ending.signal,
      progress: () => undefined,
    },
    name: 'a server',
    command: async (port) => [process.execPath, file, String(port), peerSecret],
    pinned: undefined,
    secret: peerSecret,
  });
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test('it accepts requests when it has started, and is gone when it has stopped', async () => {
  const { port, pid, stop } = await start(server);
  expect(await isAccepted({ port, secret: peerSecret })).toBe(true);
  expect(await isAccepted({ port, secret: 'another secret' })).toBe(false);
  await stop();
  expect(isRunning(pid)).toBe(false);
});

test('the end of the run is its end', async () => {
  const { pid } = await start(server);
  ending.abort(new Error('Ctrl-C'));
  await vi.waitFor(() => expect(isRunning(pid)).toBe(false), 5_000);
});

test('what it said is told when it ends before it has accepted anything', async () => {
  await expect(start("console.log('no such module'); process.exit(3)")).rejects.toThrow(
    /^a server: exit code 3\nno such module$/,
  );
});

test('a program is found where it is, and missed where it is not', async () => {
  expect(await installed('sh')).toMatch(/\/sh$/);
  expect(await installed('no-such-program-anywhere')).toBeUndefined();
});

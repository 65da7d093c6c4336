import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Programs, withPrograms } from '../machine/programs.ts';
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

async function start(programs: Programs, text: string) {
  const file = join(directory, `${randomUUID()}.mjs`);
  await writeFile(file, text);
  return startForeign({
    programs,
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

test('it accepts requests when it has started, and is gone when the work is done', async () => {
  const pid = await withPrograms(ending, async (programs) => {
    const { port, pid } = await start(programs, server);
    expect(await isAccepted({ port, secret: peerSecret })).toBe(true);
    expect(await isAccepted({ port, secret: 'another secret' })).toBe(false);
    return pid;
  });
  expect(isRunning(pid)).toBe(false);
});

test('the end of the run is its end', async () => {
  let pid = 0;
  const run = withPrograms(ending, async (programs) => {
    ({ pid } = await start(programs, server));
    ending.abort(new Error('Ctrl-C'));
    return new Promise(() => undefined);
  });
  await expect(run).rejects.toThrow('Ctrl-C');
  expect(isRunning(pid)).toBe(false);
});

test('its own end ends the work', async () => {
  const run = withPrograms(ending, async (programs) => {
    const { pid } = await start(programs, server);
    process.kill(pid, 'SIGKILL');
    return new Promise(() => undefined);
  });
  await expect(run).rejects.toThrow(/a server: exit code 1$/);
});

test('one that does not start leaves no other one behind, though that has accepted nothing yet', async () => {
  const told = join(directory, 'pid');
  const silent = `
    import { writeFileSync } from 'node:fs';
    writeFileSync(${JSON.stringify(told)}, String(process.pid));
    process.on('SIGTERM', () => undefined);
    setInterval(() => undefined, 1_000);
  `;
  const started = () => vi.waitFor(() => readFile(told, 'utf8'), 5_000);
  const run = withPrograms(ending, (programs) =>
    Promise.all([
      start(programs, silent),
      started().then(() => start(programs, "console.log('no such module'); process.exit(3)")),
    ]),
  );
  await expect(run).rejects.toThrow(/^a server: exit code 3\nno such module$/);
  expect(isRunning(Number(await started()))).toBe(false);
}, 20_000);

test('a program is found where it is, and missed where it is not', async () => {
  expect(await installed('sh')).toMatch(/\/sh$/);
  expect(await installed('no-such-program-anywhere')).toBeUndefined();
});

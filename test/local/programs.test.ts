import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startProgram, whenReady } from '../../local/programs.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'programs-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function program(text: string, name = 'program.mjs'): Promise<URL> {
  const file = join(folder, name);
  await writeFile(file, text);
  return pathToFileURL(file);
}

const start = async (text: string) =>
  startProgram<{ type: string }, { type: string; message?: string }>({
    name: 'a program',
    file: await program(text),
    env: process.env,
    stopMessage: { type: 'stop' },
  });

test('messages and lines go both ways', async () => {
  const running = await start(
    "process.on('message', (m) => { console.log(m.type); process.send({ type: 'heard' }); process.disconnect(); });",
  );
  const lines: string[] = [];
  running.read(({ stream, text }) => lines.push(`${stream} ${text}`));
  running.send({ type: 'hello' });
  expect(await whenReady(running, 20_000, ({ message }) => message?.type)).toBe('heard');
  await running.stop(20_000);
  expect(await running.ended).toBe('exit code 0');
  expect(lines).toContain('stdout hello');
});

test('program-failed: with what it complained of, when it ends before it is ready', async () => {
  const running = await start("console.error('no luck'); process.exitCode = 3;");
  await expect(whenReady(running, 20_000, () => undefined)).rejects.toMatchObject({
    code: 'program-failed',
    message: expect.stringMatching(/a program: exit code 3\nno luck/),
  });
});

test('program-failed: when it says so', async () => {
  const running = await start(
    "process.send({ type: 'failed', message: 'bad weather' }); setInterval(() => {}, 9999);",
  );
  await expect(whenReady(running, 20_000, () => undefined)).rejects.toThrow('bad weather');
  await running.kill();
});

test('program-failed: when it takes too long', async () => {
  const running = await start('setInterval(() => {}, 9999);');
  await expect(whenReady(running, 1, () => undefined)).rejects.toThrow('not ready after');
  await running.kill();
  expect(await running.ended).toBe('signal SIGKILL');
});

test('one that does not want to end is ended by force', async () => {
  const running = await start(
    "process.on('SIGTERM', () => {}); process.on('message', () => {}); setInterval(() => {}, 9999); process.send({ type: 'up' });",
  );
  await whenReady(running, 20_000, ({ message }) => message);
  await running.stop(1);
  expect(await running.ended).toBe('signal SIGKILL');
  await running.stop(1);
});

/** A supervisor that starts a program of the bridge and prints its process id. */
const supervisor = (file: string) => `
import { startProgram } from ${JSON.stringify(new URL('../../local/programs.ts', import.meta.url).href)};
const program = startProgram({ name: 'x', file: new URL(${JSON.stringify(file)}), env: process.env });
console.log(program.pid);
setInterval(() => {}, 9999);
`;

const watchesInput = "process.stdin.on('end', () => process.exit(0)).resume(); setInterval(() => {}, 9999);";

test.each(['front-end/main.ts', 'functions-host/main.ts', 'stand-ins/main.ts', 'one that watches its input'])(
  'no orphan survives the sudden end of its supervisor: %s',
  async (name) => {
    const watched = name.endsWith('.ts')
      ? new URL(`../../local/${name}`, import.meta.url)
      : await program(watchesInput, 'watched.mjs');
    const file = fileURLToPath(await program(supervisor(watched.href), 'supervisor.mjs'));
    const parent = spawn(process.execPath, [file], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = await once(parent.stdout, 'data');
    const pid = Number(String(line));
    expect(isAlive(pid)).toBe(true);
    parent.kill('SIGKILL');
    await expect.poll(() => isAlive(pid), { timeout: 20_000 }).toBe(false);
  },
  30_000,
);

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

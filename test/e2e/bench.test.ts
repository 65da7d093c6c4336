import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { Measured } from '../bench/part.ts';

const program = fileURLToPath(new URL('../bench/main.ts', import.meta.url));
const PARTS = ['decisions', 'policy', 'relay', 'pending', 'cold-start', 'waiting'];

/** Runs the bench to its end. */
async function bench(...words: readonly string[]) {
  const child = spawn(process.execPath, [program, ...words]);
  const said = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (text) => {
      said[stream] += text;
    });
  }
  const [code] = await once(child, 'close');
  return { code, ...said };
}

/** The programs that a process has started itself. */
function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
}

/** One that has ended stays in /proc as a zombie until the system's first process has looked at it. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

const left = async () => (await readdir(tmpdir())).filter((name) => name.startsWith('radius-bridge-bench-'));

// A busy system may lose datagrams, which the bench is to complain of; it does not lose them each time.
test('every part measures something, and says what it wants to reach', {
  timeout: 120_000,
  retry: 2,
}, async () => {
  const before = await left();
  const { code, stdout, stderr } = await bench('--quick', '--json');
  expect(code, stderr).toBe(0);
  const found = JSON.parse(stdout) as { quick: boolean; parts: Array<{ part: string } & Measured> };
  expect(found.quick).toBe(true);
  expect(found.parts.map(({ part }) => part)).toEqual(PARTS);
  for (const { part, tables, goals } of found.parts) {
    expect(tables.length, part).toBeGreaterThan(0);
    for (const { title, columns, rows } of tables) {
      expect(rows.length, title).toBeGreaterThan(0);
      expect(new Set(rows.map(({ name }) => name)).size, title).toBe(rows.length);
      for (const { name, cells } of rows) {
        expect(cells.length, `${title}: ${name}`).toBe(columns.length - 1);
        const figures = cells.filter((cell) => typeof cell !== 'string');
        for (const { value } of figures) expect(Number.isFinite(value), `${title}: ${name}`).toBe(true);
      }
    }
    for (const { name, measured } of goals) {
      if (typeof measured !== 'string') expect(Number.isFinite(measured.value), name).toBe(true);
    }
  }
  expect(await left()).toEqual(before);
});

test('prints its tables for people; goals are not told of runs that mean nothing', {
  timeout: 60_000,
}, async () => {
  const { code, stdout, stderr } = await bench('policy', '--quick');
  expect(code, stderr).toBe(0);
  expect(stdout).toMatch(/^.* processors, .*Node 24\..*\nQuick: these figures mean nothing\.\n/);
  expect(stdout).toMatch(/\n {2}policies +plain/);
  expect(stdout).not.toContain('Goals');
});

describe('wrong words', () => {
  test.each([
    ['throughput', '"throughput" is not a part of the bench; there are decisions, policy'],
    ['--fast', '--fast is not a flag'],
    ['--quick=yes', '--quick takes no value'],
  ])('%s: exit code 2, nothing measured', async (word, sentence) => {
    const { code, stdout, stderr } = await bench(word);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(sentence);
  });

  test('--help lists the parts', async () => {
    const { code, stdout } = await bench('--help');
    expect(code).toBe(0);
    for (const part of PARTS) expect(stdout).toContain(`\n  ${part} `);
  });
});

// The children of a process stand in /proc.
describe.runIf(process.platform === 'linux')('Ctrl-C (needs /proc)', () => {
  test.each(['waiting', 'cold-start', 'decisions'])(
    'ends %s and every program that it started, and leaves no file behind',
    { timeout: 60_000 },
    async (part) => {
      const before = await left();
      const child = spawn(process.execPath, [program, part], { stdio: ['ignore', 'pipe', 'pipe'] });
      child.stdout.resume();
      const closed = once(child, 'close');
      const lines = createInterface({ input: child.stderr });
      await new Promise<void>((resolve) => lines.on('line', (line) => line.startsWith(part) && resolve()));
      const started = childrenOf(child.pid ?? 0);
      expect(started.length).toBeGreaterThan(0);
      child.kill('SIGINT');
      const [code] = await closed;
      expect(code).toBe(130);
      // The bundler's own program ends a moment after whoever started it.
      await expect.poll(() => started.filter(isAlive)).toEqual([]);
      expect(await left()).toEqual(before);
    },
  );
});

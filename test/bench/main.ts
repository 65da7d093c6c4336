import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { constants, cpus, release, type as system, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseWords, WordsWrong } from '../../local/command-line.ts';
import { coldStart } from './cold-start/part.ts';
import { decisions } from './decisions/part.ts';
import { findCores } from './machine/cores.ts';
import type { Measured, Part } from './part.ts';
import { pending } from './pending/part.ts';
import { policy } from './policy/part.ts';
import { relay } from './relay/part.ts';
import { goalLines, tableLines } from './table.ts';
import { waiting } from './waiting/part.ts';

const PARTS: readonly Part[] = [decisions, policy, relay, pending, coldStart, waiting];

const USAGE = `Measures the bridge on this machine and prints tables: what is compared is measured in turns, within this run.

  npm run bench -- [PART ...] [flags]

${PARTS.map(({ name, summary }) => `  ${name.padEnd(12)}${summary}`).join('\n')}
  No part named: all of them, one after the other.

  --quick      only shows that everything works, with runs too short for figures that mean something;
               without programs of others
  --json       one line of JSON on standard output instead of the tables
  --help

Figures hold for one run on one machine: compare them within a table, not across, and leave the machine alone
meanwhile. All parts take about twelve minutes. On Linux servers are kept on one processor (taskset). For the rows of
FreeRADIUS and radsecproxy, .ci/bench installs them (Debian) and runs this.

Exit code: 0 measured, whether goals are reached or not; 1 something answered wrongly, was lost or failed, and the
other parts were measured; 2 wrong use; 130 ended by Ctrl-C (128 and its number by another signal).
`;

process.exitCode = await main(process.argv.slice(2));

async function main(words: readonly string[]): Promise<number> {
  let flags: { quick?: boolean; json?: boolean; help?: boolean };
  let parts: readonly Part[];
  try {
    const options = {
      quick: { type: 'boolean' },
      json: { type: 'boolean' },
      help: { type: 'boolean' },
    } as const;
    const read = parseWords({ args: [...words], options, allowPositionals: true });
    flags = read.values;
    parts = partsNamed(read.positionals);
  } catch (error) {
    if (!(error instanceof WordsWrong)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 2;
  }
  if (flags.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const ending = new AbortController();
  let endedBy: number | undefined;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      endedBy = constants.signals[signal];
      ending.abort(new Error(`ended by ${signal}`));
    });
  }
  const directory = await mkdtemp(join(tmpdir(), 'radius-bridge-bench-'));
  try {
    const code = await measure(parts, {
      quick: flags.quick ?? false,
      json: flags.json ?? false,
      directory,
      signal: ending.signal,
    });
    // As a shell tells it.
    return endedBy === undefined ? code : 128 + endedBy;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** @throws WordsWrong */
function partsNamed(names: readonly string[]): readonly Part[] {
  for (const name of names) {
    if (PARTS.some((part) => part.name === name)) continue;
    const known = PARTS.map((part) => part.name).join(', ');
    throw new WordsWrong(`${JSON.stringify(name)} is not a part of the bench; there are ${known}.`);
  }
  return names.length === 0 ? PARTS : PARTS.filter((part) => names.includes(part.name));
}

async function measure(
  parts: readonly Part[],
  x: { quick: boolean; json: boolean; directory: string; signal: AbortSignal },
): Promise<0 | 1> {
  const { signal } = x;
  const found: Array<{ part: string } & Measured> = [];
  const failed: string[] = [];
  const machine = `${cpus()[0]?.model.trim() ?? 'processor unknown'}, ${cpus().length} processors, ${system()} ${release()}, Node ${process.versions.node}`;
  const cores = await findCores();
  if (!x.json) process.stdout.write(`${machine}\n`);
  if (x.quick && !x.json) process.stdout.write('Quick: these figures mean nothing.\n');
  for (const part of parts) {
    const progress = (line: string) => process.stderr.write(`${part.name}: ${line}\n`);
    const directory = join(x.directory, part.name);
    await mkdir(directory);
    try {
      const measured = await part.measure({ quick: x.quick, cores, directory, signal, progress });
      found.push({ part: part.name, ...measured });
      if (!x.json) for (const table of measured.tables) print(tableLines(table));
    } catch (error) {
      const said = signal.aborted ? signal.reason : error;
      process.stderr.write(
        `${part.name}: ${said instanceof Error ? (said.stack ?? said.message) : String(said)}\n`,
      );
      // What others have found is not lost for it.
      failed.push(part.name);
      if (signal.aborted) break;
    }
  }
  if (x.json) process.stdout.write(`${JSON.stringify({ machine, quick: x.quick, parts: found, failed })}\n`);
  else if (!x.quick) print(goalLines(found.flatMap(({ goals }) => goals)));
  return failed.length === 0 ? 0 : 1;
}

function print(lines: readonly string[]): void {
  process.stdout.write(`\n${lines.join('\n')}\n`);
}

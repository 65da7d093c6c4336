import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { builtPrograms } from '../../../local/built.ts';
import { readHostSettings } from '../../../local/functions-host/load.ts';
import { descriptorLimit, NOT_ON_THIS_SYSTEM } from '../machine/process.ts';
import { withPrograms } from '../machine/programs.ts';
import { median } from '../median.ts';
import type { BenchRun, Figure, Measured, Part, Row, Table, Unit } from '../part.ts';
import { type AtLimit, goOverLimit, type Limits } from './at-limit.ts';
import { startFunctionsSide } from './functions-side.ts';
import { type Waited, waitForApproval } from './waited.ts';

/** Each call has a connection to the host, and the host one to the MFA connector; a process has some more open. */
const descriptorsForEach = 2;
const otherDescriptors = 200;

/** What one of fewer takes is lost in a page of memory and a tick of CPU time. */
const fewest = 50;

export const waiting: Part = {
  name: 'waiting',
  summary:
    'sign-ins that wait for an approval on one functions host: memory, and time until all are answered',
  measure,
};

async function measure(run: BenchRun): Promise<Measured> {
  const wanted = run.quick ? [5] : [1, 100, 1_000];
  const plan = run.quick ? { warmUp: 1, calm: 0.02 } : { warmUp: 50, calm: 1.5 };
  const rounds = run.quick ? 1 : 3;
  const { cores } = run;
  const descriptors = (await descriptorLimit(process.pid)) ?? Number.POSITIVE_INFINITY;
  const counts = wanted.filter((people) => people * descriptorsForEach + otherDescriptors <= descriptors);
  const tooMany = wanted.filter((people) => !counts.includes(people));

  const { hostFile } = await builtPrograms(undefined);
  const settings = readHostSettings(await readFile(hostFile, 'utf8'));
  const limits = run.quick
    ? { concurrent: 2, outstanding: 4 }
    : { concurrent: settings.maxConcurrentRequests, outstanding: settings.maxOutstandingRequests };
  const limited = await withLimits(run, hostFile, limits);
  const unlimited = await withLimits(run, hostFile, { concurrent: -1, outstanding: -1 });
  const over = limits.outstanding * 2;

  return withPrograms(run, async (programs) => {
    const people = Math.max(...counts, over) + plan.warmUp;
    const side = await startFunctionsSide({ run, programs, cores, people });
    const measured = counts.map((): Waited[] => []);
    for (let round = 1; round <= rounds; round++) {
      for (const [at, people] of counts.entries()) {
        run.signal.throwIfAborted();
        run.progress(`round ${round} of ${rounds}: ${people} sign-ins wait`);
        measured[at]?.push(await waitForApproval(side, unlimited, people, plan));
      }
    }
    run.progress(`${over} sign-ins meet the limits of host.json`);
    const atLimit = await goOverLimit(side, limited, over, limits);
    const remarks = tooMany.map(
      (people) =>
        `${people} sign-ins were left out: a process may have ${descriptors} files open here (ulimit -n).`,
    );
    return {
      tables: [waitingTable(measured, [...remarks, ...cores.remarks]), limitTable(atLimit, limits)],
      goals: [],
    };
  });
}

/** The same host.json with limits of requests at a time; -1 is no limit. */
async function withLimits(run: BenchRun, hostFile: string, limits: Limits): Promise<string> {
  const document = JSON.parse(await readFile(hostFile, 'utf8'));
  const file = join(run.directory, `host-${limits.concurrent}.json`);
  document.extensions.http.maxConcurrentRequests = limits.concurrent;
  document.extensions.http.maxOutstandingRequests = limits.outstanding;
  await writeFile(file, JSON.stringify(document));
  return file;
}

function waitingTable(measured: ReadonlyArray<readonly Waited[]>, remarks: readonly string[]): Table {
  return {
    title:
      'Sign-ins that wait for an approval on one functions host (RD Gateway, no password, one phone each)',
    columns: [
      'waiting',
      'memory before',
      'while all wait',
      'afterwards',
      'each',
      'until all phones ring',
      'approved to all answered',
      'CPU each',
      'core used while all wait',
    ],
    rows: measured.map(rowOf),
    remarks: [
      'The host is a fresh process each time, warmed up, with the limits of host.json lifted; it is called over HTTP/1.1 without relay and front end. Memory is resident memory of the whole process, garbage not yet collected included.',
      'Times include what the stand-ins and the caller take, who share the other processors.',
      ...remarks,
    ],
  };
}

/** The middle figure of all rounds for each column. */
function rowOf(rounds: readonly Waited[]): Row {
  const people = rounds[0]?.people ?? 0;
  const cell = (of: (waited: Waited) => number | undefined, unit: Unit): Figure | string => {
    const figures = rounds.map(of).filter((figure) => figure !== undefined);
    return figures.length === 0 ? NOT_ON_THIS_SYSTEM : { value: median(figures), unit };
  };
  const shared = (of: (waited: Waited) => number | undefined, unit: Unit) =>
    people < fewest ? 'too few to tell' : cell(of, unit);
  return {
    name: String(people),
    cells: [
      cell(({ before }) => before, 'MB'),
      cell(({ waiting }) => waiting, 'MB'),
      cell(({ after }) => after, 'MB'),
      shared(kilobytesEach, 'KB'),
      cell(({ ringing }) => ringing, 's'),
      cell(({ answered }) => answered, 's'),
      shared(({ cpu }) => cpu, 'ms'),
      cell(({ idle }) => (idle === undefined ? undefined : idle * 100), '%'),
    ],
  };
}

function kilobytesEach({ people, before, waiting }: Waited): number | undefined {
  return before === undefined || waiting === undefined ? undefined : ((waiting - before) / people) * 1_000;
}

function limitTable({ people, ran, kept, full }: AtLimit, limits: Limits): Table {
  const count = (value: number): Figure => ({ value, unit: '' });
  return {
    title: 'The same at the limits of host.json',
    columns: ['sign-ins at the same time', 'run at once', 'kept, then answered', 'answered 429', 'lost'],
    rows: [
      {
        name: String(people),
        cells: [count(ran), count(kept), count(full), count(people - ran - kept - full)],
      },
    ],
    remarks: [
      `host.json lets ${limits.concurrent} calls run and ${limits.outstanding} run or wait for a place; the host answers further ones 429 itself, which the relay turns into silence: the client asks again. In Azure the platform starts another instance before that.`,
    ],
  };
}

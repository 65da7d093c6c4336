import { setImmediate } from 'node:timers/promises';
import type { BenchRun, Figure, Goal, Measured, Part, Table } from '../part.ts';
import { evaluationOf, type Size } from './compiled.ts';
import { cpuMicroseconds } from './cpu.ts';
import { VARIANTS } from './document.ts';

/** What is wanted of 1,000 policies with five conditions each, in µs. */
const EVALUATION_LIMIT = 200;
/** Ten times the policies cost ten times as much; a tenth more is noise of a machine that others use, too. */
const GROWTH_LIMIT = 11;
/** As many as a bridge.json may have. */
const MOST_REQUEST_POLICIES = 1_000;

/** An evaluation with what it costs at best, in µs; noise and other tenants only add. */
interface Timed extends Size {
  readonly evaluate: () => void;
  best: number;
}

export const policy: Part = {
  name: 'policy',
  summary: 'what network and connection request policies cost, and how that grows with their number',
  measure,
};

async function measure(run: BenchRun): Promise<Measured> {
  const counts = run.quick ? [2, 10, 50, 100] : [10, 100, 1_000, 10_000];
  const rounds = run.quick ? 2 : 15;
  const milliseconds = run.quick ? 1 : 20;
  run.progress(`reading policies, up to ${counts.at(-1)} in a document`);
  const timed = await prepared(run, counts);
  for (let round = 0; round <= rounds; round += 1) {
    run.progress(round === 0 ? 'warming up' : `round ${round} of ${rounds}`);
    for (const one of timed) {
      await breath(run);
      time(one, milliseconds);
    }
    // What the first round found belongs to the compiler's warming up.
    if (round === 0) for (const one of timed) one.best = Number.POSITIVE_INFINITY;
  }
  const [most = 0, fewer = 0] = counts.toReversed();
  return {
    tables: [
      tableOf(timed, 'network', counts),
      tableOf(
        timed,
        'connection request',
        counts.filter((count) => count <= MOST_REQUEST_POLICIES),
      ),
    ],
    goals: VARIANTS.flatMap((variant) => [
      evaluationGoal(timed, { list: 'network', variant, count: fewer }),
      growthGoal(timed, { variant, from: fewer, to: most }),
    ]),
  };
}

async function prepared(run: BenchRun, counts: readonly number[]): Promise<readonly Timed[]> {
  const timed: Timed[] = [];
  for (const variant of VARIANTS) {
    for (const count of counts) {
      for (const list of ['network', 'connection request'] as const) {
        if (list === 'connection request' && count > MOST_REQUEST_POLICIES) continue;
        await breath(run);
        const size = { list, variant, count };
        timed.push({ ...size, evaluate: evaluationOf(size), best: Number.POSITIVE_INFINITY });
      }
    }
  }
  return timed;
}

/** Lets signals and timers in, which evaluating does not. */
async function breath({ signal }: BenchRun): Promise<void> {
  await setImmediate();
  signal.throwIfAborted();
}

/** Long enough to hold the garbage collections that belong to it. */
function time(one: Timed, milliseconds: number): void {
  const atLeast = 10;
  const times = Math.max(atLeast, Math.ceil((milliseconds * 1000) / (one.best === Infinity ? 50 : one.best)));
  const before = cpuMicroseconds();
  for (let turn = 0; turn < times; turn += 1) one.evaluate();
  one.best = Math.min(one.best, (cpuMicroseconds() - before) / times);
}

function bestOf(timed: readonly Timed[], size: Size): number {
  const found = timed.find(
    (one) => one.list === size.list && one.variant === size.variant && one.count === size.count,
  );
  if (found === undefined) throw new RangeError('A size that was not measured');
  return found.best;
}

function tableOf(timed: readonly Timed[], list: Size['list'], counts: readonly number[]): Table {
  const cost = (variant: Size['variant'], count: number) => bestOf(timed, { list, variant, count });
  const microseconds = (value: number): Figure => ({ value, unit: 'µs' });
  return {
    title: `CPU time to evaluate ${list} policies, five conditions each, of which the last policy matches`,
    columns: ['policies', ...VARIANTS.flatMap((variant) => [variant, 'for each 1,000'])],
    rows: counts.map((count) => ({
      name: count.toLocaleString('en'),
      cells: VARIANTS.flatMap((variant) => [
        microseconds(cost(variant, count)),
        microseconds((cost(variant, count) / count) * 1000),
      ]),
    })),
    remarks: list === 'network' ? NETWORK_REMARKS : REQUEST_REMARKS,
  };
}

const NETWORK_REMARKS = [
  'Conditions: RADIUS client, day and time, a pattern of Called-Station-Id, NAS-Port-Type, user group. The first four hold in every policy, so that all five are asked. plain: only the groups differ; patterns: each policy has a pattern of its own, too; distinct: no two policies share a condition.',
  'The best of several rounds; the user is in 51 groups. One evaluation right after the other: the policies are in the processor’s caches as far as they fit. 10,000 do not fit, and each costs more than each of 1,000 for that reason.',
];

const REQUEST_REMARKS = [
  'Conditions: RADIUS client, day and time, patterns of Called-Station-Id and User-Name, NAS-Port-Type. A bridge.json has at most 1,000 such policies.',
];

function evaluationGoal(timed: readonly Timed[], size: Size): Goal {
  return {
    name: `policy: ${size.count.toLocaleString('en')} network policies × 5 conditions, ${size.variant}`,
    measured: { value: bestOf(timed, size), unit: 'µs' },
    limit: { value: EVALUATION_LIMIT, unit: 'µs' },
    wanted: 'at most',
  };
}

function growthGoal(
  timed: readonly Timed[],
  x: { readonly variant: Size['variant']; readonly from: number; readonly to: number },
): Goal {
  const cost = (count: number) => bestOf(timed, { list: 'network', variant: x.variant, count });
  return {
    name: `policy: ${x.to.toLocaleString('en')} policies against ${x.from.toLocaleString('en')}, ${x.variant}`,
    measured: { value: cost(x.to) / cost(x.from), unit: '×' },
    limit: { value: (GROWTH_LIMIT * x.to) / x.from / 10, unit: '×' },
    wanted: 'at most',
  };
}

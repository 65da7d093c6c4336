import { setImmediate } from 'node:timers/promises';
import type { BenchRun, Goal, Measured, Part } from '../part.ts';
import { VARIANTS, type Variant } from './document.ts';
import { coldTable, costOf, networkTable, requestTable } from './tables.ts';
import { type Timed, timed } from './timed.ts';

/** What is wanted of 1,000 policies with five conditions each, in µs. */
const EVALUATION_LIMIT = 200;
/** No worse than linear; the tenth that is allowed on top is noise of a machine that others use, too. */
const GROWTH_MARGIN = 1.1;
/** As many as a bridge.json may have. */
const MOST_REQUEST_POLICIES = 1_000;

export const policy: Part = {
  name: 'policy',
  summary: 'what network and connection request policies cost, and how that grows with their number',
  measure,
};

async function measure(run: BenchRun): Promise<Measured> {
  const [counts, rounds, milliseconds] = run.quick
    ? [[10, 50, 100], 2, 1]
    : [[10, 100, 1_000, 10_000], 15, 20];
  run.progress(`reading policies, up to ${counts.at(-1)} in a document`);
  const all: Timed[] = [];
  for (const variant of VARIANTS) {
    for (const count of counts) {
      await breath(run);
      all.push(timed({ list: 'network', variant, count }));
      if (count <= MOST_REQUEST_POLICIES) all.push(timed({ list: 'connection request', variant, count }));
    }
  }
  const large = counts.slice(-2);
  for (let round = 0; round <= rounds; round += 1) {
    run.progress(round === 0 ? 'warming up' : `round ${round} of ${rounds}`);
    for (const one of all) {
      await breath(run);
      one.warm(milliseconds);
      if (one.list === 'network' && large.includes(one.count)) one.cold();
    }
    // What the first round found belongs to the compiler's warming up.
    if (round === 0) for (const one of all) one.forget();
  }
  const requests = counts.filter((count) => count <= MOST_REQUEST_POLICIES);
  return {
    tables: [networkTable(all, counts), coldTable(all, large), requestTable(all, requests)],
    goals: VARIANTS.flatMap((variant) => goals(all, variant, large)),
  };
}

/** Lets signals and timers in, which evaluating does not. */
async function breath({ signal }: BenchRun): Promise<void> {
  await setImmediate();
  signal.throwIfAborted();
}

function goals(
  all: readonly Timed[],
  variant: Variant,
  [from = 1, to = 1]: readonly number[],
): readonly Goal[] {
  const cost = (count: number) => costOf(all, { list: 'network', variant, count });
  const limit = { value: EVALUATION_LIMIT, unit: 'µs' } as const;
  const [fewer, more] = [from.toLocaleString('en'), to.toLocaleString('en')];
  return [
    {
      name: `policy: ${fewer} policies × 5 conditions, ${variant}, one evaluation after the other`,
      measured: { value: cost(from).warm, unit: 'µs' },
      limit,
      wanted: 'at most',
    },
    {
      name: `policy: ${fewer} policies × 5 conditions, ${variant}, caches emptied`,
      measured: { value: cost(from).cold(), unit: 'µs' },
      limit,
      wanted: 'at most',
    },
    {
      // By work alone: evaluated one after the other, fewer policies stay in the caches and more do not.
      name: `policy: growth from ${fewer} to ${more}, ${variant}, caches emptied`,
      measured: { value: cost(to).cold() / cost(from).cold(), unit: '×' },
      limit: { value: GROWTH_MARGIN * (to / from), unit: '×' },
      wanted: 'at most',
    },
  ];
}

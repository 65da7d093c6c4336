import { median } from '../median.ts';
import type { Figure, Table } from '../part.ts';
import type { Size } from './compiled.ts';
import { VARIANTS } from './document.ts';
import type { Timed } from './timed.ts';

/** What one size was found to cost, in µs: the best while warm, the median while cold. */
export function costOf(
  all: readonly Timed[],
  size: Size,
): { readonly warm: number; readonly cold: () => number } {
  const one = all.find(
    ({ list, variant, count }) => list === size.list && variant === size.variant && count === size.count,
  );
  if (one === undefined) throw new RangeError('A size that was not measured');
  return { warm: one.found.warm, cold: () => median(one.found.cold) };
}

const FIVE = 'five conditions each, of which the last policy matches';

export function networkTable(all: readonly Timed[], counts: readonly number[]): Table {
  return {
    title: `CPU time to evaluate network policies, ${FIVE}`,
    ...cells(counts, (variant, count) => costOf(all, { list: 'network', variant, count }).warm),
    remarks: [
      'Conditions: RADIUS client, day and time, a pattern of Called-Station-Id, NAS-Port-Type, user group. The first four hold in every policy, so that all five are asked. plain: only the groups differ; patterns: each policy has a pattern of its own, too; distinct: no two policies share a condition.',
      'The best of several rounds, one evaluation right after the other; the user is in 51 groups.',
    ],
  };
}

export function coldTable(all: readonly Timed[], counts: readonly number[]): Table {
  return {
    title: 'The same when the caches of the processor were emptied before each evaluation',
    ...cells(counts, (variant, count) => costOf(all, { list: 'network', variant, count }).cold()),
    remarks: [
      'The median of several. Right after one another, as above, some policies stay in the caches and some do not; here none does, and what is left of the growth is that of the work.',
    ],
  };
}

export function requestTable(all: readonly Timed[], counts: readonly number[]): Table {
  return {
    title: `CPU time to evaluate connection request policies, ${FIVE}`,
    ...cells(counts, (variant, count) => costOf(all, { list: 'connection request', variant, count }).warm),
    remarks: [
      'Conditions: RADIUS client, day and time, patterns of Called-Station-Id and User-Name, NAS-Port-Type. A bridge.json has at most 1,000 such policies.',
    ],
  };
}

function cells(
  counts: readonly number[],
  cost: (variant: Size['variant'], count: number) => number,
): Pick<Table, 'columns' | 'rows'> {
  const microseconds = (value: number): Figure => ({ value, unit: 'µs' });
  return {
    columns: ['policies', ...VARIANTS.flatMap((variant) => [variant, 'for each 1,000'])],
    rows: counts.map((count) => ({
      name: count.toLocaleString('en'),
      cells: VARIANTS.flatMap((variant) => [
        microseconds(cost(variant, count)),
        microseconds((cost(variant, count) / count) * 1000),
      ]),
    })),
  };
}

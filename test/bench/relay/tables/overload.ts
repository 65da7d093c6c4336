import { NOT_ON_THIS_SYSTEM } from '../../machine/process.ts';
import { median } from '../../median.ts';
import type { Figure, Goal, Table, Unit } from '../../part.ts';
import { AT_CAPACITY, type Overload, type OverloadPlan } from '../overload.ts';

const figure = (value: number, unit: Unit): Figure => ({ value, unit });
const known = (value: number | undefined, unit: Unit): Figure | string =>
  value === undefined ? NOT_ON_THIS_SYSTEM : figure(value, unit);

/** The last rounds, whose first half is held against their second one. */
const LATE_ROUNDS = 4;

export function overloadTable(found: Overload, plan: OverloadPlan): Table {
  const { resident } = found;
  return {
    title: `Relay, HTTP/2: twice its capacity for ${plan.seconds} s, from clients that wait ${plan.patience} s and never slow down`,
    columns: ['', 'found'],
    rows: [
      {
        name: `capacity: answered with ${AT_CAPACITY.toLocaleString('en')} outstanding`,
        cells: [figure(found.capacity, '/s')],
      },
      { name: 'offered', cells: [figure(found.offered, '/s')] },
      { name: 'goodput: accepted in time', cells: [figure(found.goodput, '/s')] },
      { name: 'goodput of capacity', cells: [figure(found.share * 100, '%')] },
      { name: 'wrong rejects, also those that came too late', cells: [figure(found.rejected, '')] },
      { name: 'resident memory before', cells: [known(resident?.before, 'MB')] },
      { name: 'at most in the second round', cells: [known(resident && second(resident.rounds), 'MB')] },
      { name: 'at most in the last round', cells: [known(resident?.rounds.at(-1), 'MB')] },
    ],
    remarks: [
      `Medians of ${plan.rounds} rounds in turns with finding the capacity. The relay's table was made small enough (limits of relay.json) to be full after the first one: an answer is remembered for up to 30 s.`,
      ...(resident === undefined ? [] : [memoryWords(resident.rounds)]),
    ],
  };
}

export function overloadGoals({ share, rejected, resident }: Overload): Goal[] {
  const memory = (name: string, times: number | undefined, limit: number): Goal => ({
    name: `relay at twice its capacity: memory, ${name}`,
    measured: known(times, '×'),
    limit: figure(limit, '×'),
    wanted: 'at most',
  });
  return [
    {
      name: 'relay at twice its capacity: goodput',
      measured: figure(share * 100, '%'),
      limit: figure(90, '%'),
      wanted: 'at least',
    },
    {
      name: 'relay at twice its capacity: wrong rejects',
      measured: figure(rejected, ''),
      limit: figure(0, ''),
      wanted: 'at most',
    },
    memory('last round against second', resident && lastOf(resident.rounds) / second(resident.rounds), 1.1),
    memory('last two rounds against the two before', resident && growth(resident.rounds), 1.05),
  ];
}

/** A slow growth is within any limit for a while: so that it is seen, it is told. */
function memoryWords(rounds: readonly number[]): string {
  const late = rounds.slice(-LATE_ROUNDS);
  const share = (lastOf(late) / (late[0] ?? Number.NaN) - 1) * 100;
  const each = rounds.map((most) => most.toFixed(0)).join(', ');
  return `Resident memory at most in each round: ${each} MB. From the first to the last of the last ${late.length} it changed by ${share.toFixed(1)} %.`;
}

const lastOf = (rounds: readonly number[]): number => rounds.at(-1) ?? Number.NaN;
const second = (rounds: readonly number[]): number => rounds[1] ?? lastOf(rounds);

/** A quick run has fewer rounds: then the ones that there are. */
function growth(rounds: readonly number[]): number {
  const late = rounds.slice(-LATE_ROUNDS);
  const half = late.length >> 1;
  return half === 0 ? 1 : median(late.slice(half)) / median(late.slice(0, half));
}

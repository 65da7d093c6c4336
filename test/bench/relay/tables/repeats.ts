import { NOT_ON_THIS_SYSTEM } from '../../machine/process.ts';
import { median } from '../../median.ts';
import type { Figure, Goal, Row, Table } from '../../part.ts';
import type { RepeatCosts, RepeatPlan } from '../repeats.ts';
import { OUTSTANDING } from '../server.ts';

const of = (pick: (costs: readonly number[]) => number, costs: readonly number[]): Figure | string =>
  costs.length === 0 ? NOT_ON_THIS_SYSTEM : { value: pick(costs), unit: 'µs' };
const least = (costs: readonly number[]) => Math.min(...costs);

export function repeatsTable(costs: RepeatCosts, plan: RepeatPlan): Table {
  const closed = `${OUTSTANDING} outstanding`;
  const byTheClock = `${plan.perSecond.toLocaleString('en')} a second`;
  const row = (name: string, how: string, costs: readonly number[]): Row => ({
    name,
    cells: [how, of(median, costs), of(least, costs)],
  });
  return {
    title: 'Relay, HTTP/2: repeated datagrams, none of which became a call',
    columns: ['datagram', 'how', 'CPU of the relay', 'best round'],
    rows: [
      row('repeats an answered request: its reply goes out again', closed, costs.answered),
      row('repeats a request in work: dropped', byTheClock, costs.pending),
      row('UDP in and out in Node, nothing else', closed, costs.echoed),
      row('the same', byTheClock, costs.echoedByTheClock),
    ],
    remarks: [
      `Medians of ${plan.rounds} rounds in turns, ${plan.repeats.toLocaleString('en')} datagrams each. The fewer datagrams are there at a time, the more each costs.`,
    ],
  };
}

export function repeatsGoals(costs: RepeatCosts): Goal[] {
  const goal = (name: string, costs: readonly number[]): Goal => ({
    name,
    measured: of(median, costs),
    limit: { value: 20, unit: 'µs' },
    wanted: 'at most',
  });
  return [
    goal('relay: CPU for a repeat of an answered request', costs.answered),
    goal('relay: CPU for a repeat of a request in work', costs.pending),
  ];
}

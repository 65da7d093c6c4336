import { NOT_ON_THIS_SYSTEM } from '../machine/process.ts';
import type { Figure, Goal, Row, Table, Unit } from '../part.ts';
import type { Overload } from './overload.ts';
import type { RepeatCosts } from './repeats.ts';
import { LATENCY_RATE, type Throughput } from './throughput.ts';

const figure = (value: number, unit: Unit): Figure => ({ value, unit });
const known = (value: number | undefined, unit: Unit): Figure | string =>
  value === undefined ? NOT_ON_THIS_SYSTEM : figure(value, unit);

/** A server that used less of its core than this was not what held requests up. */
const BUSY = 0.9;

/**
 * @param x.freeRadius its figures among `found`, where it is there
 * @param x.absent names of rows that nothing could be measured for
 */
export function throughputTable(x: {
  found: readonly Throughput[];
  freeRadius: Throughput | undefined;
  absent: readonly string[];
  rounds: number;
  remarks: readonly string[];
}): Table {
  const rows: Row[] = x.found.map((row) => ({
    name: row.server.name,
    cells: [
      figure(row.perSecond, '/s'),
      known(row.cpu?.each, 'µs'),
      known(row.cpu && row.cpu.busy * 100, '%'),
      x.freeRadius === undefined ? '' : figure(row.perSecond / x.freeRadius.perSecond, '×'),
      figure(row.p50, 'ms'),
      figure(row.p99, 'ms'),
    ],
  }));
  const absent = x.absent.map((name) => ({ name, cells: ['not installed', '', '', '', '', ''] }));
  const idle = x.found.filter(({ cpu }) => cpu !== undefined && cpu.busy < BUSY);
  return {
    title:
      'Relay: Access-Requests (PAP, Message-Authenticator) on one core, 64 outstanding, a backend that answers at once',
    columns: [
      'server',
      'requests/s',
      'CPU a request',
      'of its core',
      '× FreeRADIUS',
      `p50 at ${LATENCY_RATE}/s`,
      `p99 at ${LATENCY_RATE}/s`,
    ],
    rows: [...rows, ...absent],
    remarks: [
      `Rounds in turns: ${x.rounds}; for each figure the best of them. Latency is that of the whole way, from a client's sending to its reply.`,
      'Only our relay signs its calls (Ed25519). FreeRADIUS speaks HTTP/1.1; radsecproxy speaks RADIUS over TLS with a server of its own.',
      ...idle.map(
        ({ server }) =>
          `${server.name}: its core was not full; the clients and the backend, or other work of this machine, held it up. It can do more.`,
      ),
      ...x.remarks,
    ],
  };
}

export function throughputGoals(relay: Throughput, freeRadius: Throughput | undefined): Goal[] {
  const late: Goal = {
    name: `relay, HTTP/2: p99 at ${LATENCY_RATE}/s`,
    measured: figure(relay.p99, 'ms'),
    limit: figure(4, 'ms'),
    wanted: 'at most',
  };
  if (freeRadius === undefined) return [late];
  return [
    {
      name: 'relay, HTTP/2: throughput of one core against FreeRADIUS + rlm_rest',
      measured: figure(relay.perSecond / freeRadius.perSecond, '×'),
      limit: figure(1, '×'),
      wanted: 'at least',
    },
    {
      name: `relay, HTTP/2: p50 at ${LATENCY_RATE}/s against FreeRADIUS + rlm_rest`,
      measured: figure(relay.p50 / freeRadius.p50, '×'),
      limit: figure(1.05, '×'),
      wanted: 'at most',
    },
    late,
  ];
}

export function repeatsTable(costs: RepeatCosts, perSecond: number): Table {
  const byTheClock = `${perSecond.toLocaleString('en')} a second`;
  return {
    title: 'Relay, HTTP/2: repeated datagrams, none of which became a call',
    columns: ['datagram', 'how', 'CPU of the relay'],
    rows: [
      {
        name: 'repeats an answered request: its reply goes out again',
        cells: ['64 outstanding', known(costs.answered, 'µs')],
      },
      {
        name: 'repeats a request in work: dropped',
        cells: [byTheClock, known(costs.pending, 'µs')],
      },
      { name: 'UDP in and out in Node, nothing else', cells: ['64 outstanding', known(costs.echoed, 'µs')] },
      { name: 'the same', cells: [byTheClock, known(costs.echoedByTheClock, 'µs')] },
    ],
    remarks: [
      'For each figure the best of all rounds. The fewer datagrams are there at a time, the more each costs.',
    ],
  };
}

export function repeatsGoals(costs: RepeatCosts): Goal[] {
  const goal = (name: string, cost: number | undefined): Goal[] =>
    cost === undefined
      ? []
      : [{ name, measured: figure(cost, 'µs'), limit: figure(20, 'µs'), wanted: 'at most' }];
  return [
    ...goal('relay: CPU for a repeat of an answered request', costs.answered),
    ...goal('relay: CPU for a repeat of a request in work', costs.pending),
  ];
}

export function overloadTable(
  found: Overload,
  x: { rounds: number; seconds: number; patience: number },
): Table {
  const { resident } = found;
  return {
    title: `Relay, HTTP/2: twice its capacity for ${x.seconds} s, from clients that wait ${x.patience} s and never slow down`,
    columns: ['', 'found'],
    rows: [
      { name: 'capacity: answered with 1,024 outstanding', cells: [figure(found.capacity, '/s')] },
      { name: 'offered', cells: [figure(found.offered, '/s')] },
      { name: 'goodput: accepted in time', cells: [figure(found.goodput, '/s')] },
      { name: 'goodput of capacity', cells: [figure(found.share * 100, '%')] },
      { name: 'wrong rejects', cells: [figure(found.rejected, '')] },
      { name: 'resident memory before', cells: [known(resident?.before, 'MB')] },
      { name: 'at most in the second round', cells: [known(resident?.secondRound, 'MB')] },
      { name: 'at most in the last round', cells: [known(resident?.lastRound, 'MB')] },
    ],
    remarks: [
      `Medians of ${x.rounds} rounds in turns with finding the capacity. The relay's table was made small enough (limits of relay.json) to be full after the first one: an answer is remembered for up to 30 s.`,
    ],
  };
}

export function overloadGoals({ share, rejected, resident }: Overload): Goal[] {
  const goals: Goal[] = [
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
  ];
  if (resident === undefined) return goals;
  const flat: Goal = {
    name: 'relay at twice its capacity: memory, last round against second',
    measured: figure(resident.lastRound / resident.secondRound, '×'),
    limit: figure(1.1, '×'),
    wanted: 'at most',
  };
  return [...goals, flat];
}

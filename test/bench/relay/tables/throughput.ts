import { NOT_ON_THIS_SYSTEM } from '../../machine/process.ts';
import type { Figure, Goal, Row, Table, Unit } from '../../part.ts';
import type { NotHere } from '../../peers/peer.ts';
import { OUTSTANDING } from '../server.ts';
import { LATENCY_RATE, type Throughput, timesOf } from '../throughput.ts';

/** What was found of one that the relay is held against, or why nothing was. */
export type Rival = Throughput | NotHere;

const figure = (value: number, unit: Unit): Figure => ({ value, unit });
const known = (value: number | undefined, unit: Unit): Figure | string =>
  value === undefined ? NOT_ON_THIS_SYSTEM : figure(value, unit);

/** A server that used less of its core than this was not what held requests up. */
const BUSY = 0.9;

const COLUMNS = [
  'server',
  'requests/s',
  'CPU a request',
  'of its core',
  'all others',
  '× FreeRADIUS',
  '× radsecproxy',
  `p50 at ${LATENCY_RATE}/s`,
  `p99 at ${LATENCY_RATE}/s`,
];

/** @param x.found in the order of the rows, FreeRADIUS and radsecproxy among them where they are here */
export function throughputTable(x: {
  found: readonly Throughput[];
  freeRadius: Rival;
  radsecproxy: Rival;
  remarks: readonly string[];
}): Table {
  const times = (row: Throughput, rival: Rival) =>
    'missing' in rival ? '' : figure(timesOf(row, rival), '×');
  const rows = x.found.map((row): Row => {
    const { perSecond, cpu } = row.best;
    return {
      name: row.server.name,
      cells: [
        figure(perSecond, '/s'),
        known(cpu?.each, 'µs'),
        known(cpu && cpu.busy * 100, '%'),
        known(cpu && cpu.others * 100, '%'),
        times(row, x.freeRadius),
        times(row, x.radsecproxy),
        figure(row.p50, 'ms'),
        figure(row.p99, 'ms'),
      ],
    };
  });
  const missing = [x.freeRadius, x.radsecproxy].filter((rival) => 'missing' in rival);
  const absent = missing.map(
    ({ name }): Row => ({ name, cells: ['not measured', ...COLUMNS.slice(2).map(() => '')] }),
  );
  const [first] = x.found;
  return {
    title: `Relay: Access-Requests (PAP, Message-Authenticator) on one core, ${OUTSTANDING} outstanding, a backend that answers at once`,
    columns: COLUMNS,
    rows: [...rows, ...absent],
    remarks: [
      `Rounds in turns: ${first?.rounds.length ?? 0}. Requests, CPU and use of cores are those of the best round; a multiple is the median of all rounds, each held against the same round of the other. "all others" are the clients and what stands behind the server, in shares of one processor.`,
      `Latency is that of the whole way, from a client's sending to its reply, of all rounds together: ${first?.samples.toLocaleString('en') ?? 0} requests for each server.`,
      'Only our relay signs its calls (Ed25519). FreeRADIUS speaks HTTP/1.1; radsecproxy speaks RADIUS over TLS with a server of its own.',
      ...x.found.filter(isHeldUp).map(({ server }) => `${server.name}: ${HELD_UP}`),
      ...missing.map(({ missing }) => missing),
      ...x.remarks,
    ],
  };
}

const HELD_UP =
  'its core was not full; the clients and what stands behind it, or other work of this machine, held it up. It can do more.';

const isHeldUp = ({ best }: Throughput): boolean => best.cpu !== undefined && best.cpu.busy < BUSY;

/** What has to be said where a multiple is not that of two full cores. */
function unfair(...compared: readonly Throughput[]): string {
  const words = compared
    .filter(isHeldUp)
    .map(
      ({ server, best }) => `${server.name} used ${Math.round((best.cpu?.busy ?? 0) * 100)} % of its core`,
    );
  return words.length === 0 ? '' : ` (${words.join(', ')})`;
}

/** @param relay over HTTP/2 */
export function throughputGoals(
  relay: Throughput,
  { freeRadius, radsecproxy }: { freeRadius: Rival; radsecproxy: Rival },
): Goal[] {
  const throughput = (rival: Rival, least: number, when = ''): Goal => {
    const here = 'missing' in rival ? undefined : rival;
    const name = 'missing' in rival ? rival.name : rival.server.name;
    return {
      name: `relay, HTTP/2: throughput of one core against ${name}${when}${here ? unfair(relay, here) : ''}`,
      measured: 'missing' in rival ? rival.missing : figure(timesOf(relay, rival), '×'),
      limit: figure(least, '×'),
      wanted: 'at least',
    };
  };
  const product = ', once it is a product';
  return [
    throughput(freeRadius, 1),
    throughput(freeRadius, 2.5, product),
    throughput(radsecproxy, 0.5, product),
    {
      name: `relay, HTTP/2: p50 at ${LATENCY_RATE}/s against FreeRADIUS`,
      measured: 'missing' in freeRadius ? freeRadius.missing : figure(relay.p50 / freeRadius.p50, '×'),
      limit: figure(1.05, '×'),
      wanted: 'at most',
    },
    {
      name: `relay, HTTP/2: p99 at ${LATENCY_RATE}/s`,
      measured: figure(relay.p99, 'ms'),
      limit: figure(4, 'ms'),
      wanted: 'at most',
    },
  ];
}

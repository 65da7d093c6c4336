import { descriptorLimit, NOT_ON_THIS_SYSTEM } from '../machine/process.ts';
import { type Programs, withPrograms } from '../machine/programs.ts';
import type { BenchRun, Figure, Goal, Measured, Part, Row } from '../part.ts';
import { STREAMS } from '../relay/backend/messages.ts';
import { startNullBackend } from '../relay/backend/start.ts';
import { startRelayUnderTest } from '../relay/relay-under-test.ts';
import { startSenders } from '../relay/senders/start.ts';
import { SECRET } from '../relay/server.ts';
import { type Held, holdPending } from './hold.ts';

interface Case {
  readonly protocol: 'HTTP/2' | 'HTTP/1.1';
  readonly pending: number;
}

const FULL: readonly Case[] = [
  { protocol: 'HTTP/2', pending: 1 },
  { protocol: 'HTTP/2', pending: 1_000 },
  { protocol: 'HTTP/2', pending: 10_000 },
  { protocol: 'HTTP/1.1', pending: 1_000 },
];
const QUICK: readonly Case[] = [
  { protocol: 'HTTP/2', pending: 200 },
  { protocol: 'HTTP/1.1', pending: 20 },
];

const WARM_UP = 2_000;
const WARM_UP_QUICK = 64;
/** Descriptors that a process needs besides one for each connection of HTTP/1.1, or for each `STREAMS` calls of HTTP/2. */
const OTHER_DESCRIPTORS = 100;
/** What the design asks for, in requests and MB. */
const WANTED = { pending: 100_000, megabytes: 300 };

/** Memory of the relay while people look at their phones. */
export const pending: Part = {
  name: 'pending',
  summary: 'resident memory of the relay while 1 to 10,000 sign-ins wait, and whether all get their reply',
  async measure(run) {
    const rows: Row[] = [];
    let most: Held | undefined;
    for (const { protocol, pending } of run.quick ? QUICK : FULL) {
      run.progress(`${pending} pending over ${protocol}`);
      // A relay of its own for each: memory that one load has left would be counted for the next.
      const found = await withPrograms(run, (programs) => hold(run, programs, { protocol, pending }));
      rows.push(rowOf(protocol, pending, found));
      if (protocol === 'HTTP/2' && typeof found === 'object') most = found;
    }
    return measured(rows, run.quick ? undefined : most);
  },
};

async function hold(run: BenchRun, programs: Programs, x: Case): Promise<Held | string> {
  const { cores } = run;
  const [backend, senders] = await Promise.all([
    startNullBackend({ run, programs, secret: SECRET }),
    startSenders(programs),
  ]);
  const relay = await startRelayUnderTest({
    run,
    programs,
    cores,
    name: `relay over ${x.protocol} for ${x.pending}`,
    backend,
    protocol: x.protocol,
    secret: SECRET,
    patience: 120,
  });
  const needed = OTHER_DESCRIPTORS + (x.protocol === 'HTTP/2' ? x.pending / STREAMS : x.pending);
  const allowed = await descriptorLimit(relay.pid);
  if (allowed !== undefined && allowed < needed) {
    return `needs ${needed} open files, ulimit -n allows ${allowed}`;
  }
  const warmUp = run.quick ? WARM_UP_QUICK : WARM_UP;
  return holdPending(senders, { relay, backend, pending: x.pending, warmUp, quick: run.quick });
}

function rowOf(protocol: string, pending: number, found: Held | string): Row {
  const name = `${pending.toLocaleString('en')} over ${protocol}`;
  if (typeof found === 'string') return { name, cells: [found, '', '', '', '', '', ''] };
  const { resident } = found;
  const megabytes = (value: number | undefined): Figure | string =>
    value === undefined ? NOT_ON_THIS_SYSTEM : { value, unit: 'MB' };
  return {
    name,
    cells: [
      megabytes(resident?.before),
      megabytes(resident?.holding),
      pending < STREAMS || resident === undefined ? '' : { value: each(found) ?? 0, unit: 'KB' },
      { value: found.connections, unit: '' },
      { value: pending, unit: '' },
      { value: found.releaseSeconds, unit: 's' },
      megabytes(resident?.after),
    ],
  };
}

/** KB of a thousand octets for each pending request; undefined without /proc. */
function each({ pending, resident }: Held): number | undefined {
  return resident && ((resident.holding - resident.before) * 1_000) / pending;
}

/** @param most the most that was held over HTTP/2, where figures mean something */
function measured(rows: readonly Row[], most: Held | undefined): Measured {
  return {
    tables: [
      {
        title: 'Relay: requests that wait at the backend all at once, then all get their reply',
        columns: [
          'pending',
          'resident before',
          'with all pending',
          'each',
          'connections',
          'answered',
          'all within',
          'resident after',
        ],
        rows,
        remarks: [
          'Each row has a relay of its own, which has answered some requests before. "all within" counts from the moment when the backend answers.',
          ...(extrapolated(most) === undefined
            ? []
            : [
                `${WANTED.pending.toLocaleString('en')} pending are not measured: the design knows that they take another HTTP/2 client than Node's.`,
              ]),
        ],
      },
    ],
    goals: goalsOf(most),
  };
}

/** Both are of a relay that has another HTTP/2 client; until then they stay open. */
function goalsOf(most: Held | undefined): Goal[] {
  const found = extrapolated(most);
  return [
    {
      name: `relay: ${WANTED.pending.toLocaleString('en')} pending for 60 s, none lost: resident memory`,
      measured: found === undefined ? NOT_MEASURED : `${NOT_MEASURED}: ${found}`,
      limit: { value: WANTED.megabytes, unit: 'MB' },
      wanted: 'at most',
    },
    {
      name: 'relay: throughput of others while 50,000 are pending',
      measured: NOT_MEASURED,
      limit: { value: 90, unit: '%' },
      wanted: 'at least',
    },
  ];
}

const NOT_MEASURED = 'not measured';

/** What the memory of so many as are wanted would be; undefined where it is not known of fewer. */
function extrapolated(most: Held | undefined): string | undefined {
  const kilobytes = most && each(most);
  if (most?.resident === undefined || kilobytes === undefined) return undefined;
  const megabytes = most.resident.before + (kilobytes * WANTED.pending) / 1_000;
  return `${kilobytes.toFixed(1)} KB each × ${WANTED.pending.toLocaleString('en')} would be ${Math.round(megabytes)} MB`;
}

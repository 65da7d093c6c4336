import { type Programs, withPrograms } from '../machine/programs.ts';
import type { BenchRun, Measured, Part } from '../part.ts';
import { startFreeRadius } from '../peers/freeradius.ts';
import type { NotHere, Peer } from '../peers/peer.ts';
import { startRadsecproxy } from '../peers/radsecproxy.ts';
import { startNullBackend } from './backend/start.ts';
import { startEcho } from './echo/start.ts';
import { measureOverload } from './overload.ts';
import { FULL, QUICK } from './plan.ts';
import { startRelayUnderTest } from './relay-under-test.ts';
import { measureRepeats } from './repeats.ts';
import { startSenders } from './senders/start.ts';
import { SECRET, type Server } from './server.ts';
import {
  overloadGoals,
  overloadTable,
  repeatsGoals,
  repeatsTable,
  throughputGoals,
  throughputTable,
} from './tables.ts';
import { measureThroughput } from './throughput.ts';

/** Requests a second of one core, added latency, repeats and overload of the relay. */
export const relay: Part = {
  name: 'relay',
  summary: 'the relay beside FreeRADIUS and radsecproxy: throughput, latency, repeats, overload',
  measure: (run) => withPrograms(run, (programs) => measure(run, programs)),
};

async function measure(run: BenchRun, programs: Programs): Promise<Measured> {
  const plan = run.quick ? QUICK : FULL;
  const { cores } = run;
  const [backend, senders] = await Promise.all([
    startNullBackend({ run, programs, secret: SECRET }),
    startSenders(programs),
  ]);
  for (const { pid } of [backend, senders]) await cores.pin(pid, 'others');
  const bench = { senders, cores };
  const common = { run, programs, cores, caFile: backend.caFile, secret: SECRET };
  const start = (name: string, url: string) => startRelayUnderTest({ ...common, name, url, patience: 60 });
  const [http2, http1, echo, overloaded, peers] = await Promise.all([
    start('our relay, HTTP/2', backend.http2Url),
    start('our relay, HTTP/1.1', backend.http1Url),
    startEcho(programs, cores),
    startRelayUnderTest({ ...common, ...plan.overload, name: 'our relay', url: backend.http2Url }),
    run.quick
      ? []
      : startPeers(run, programs, { url: backend.http1Url, caFile: backend.caFile }, cores.tested),
  ]);
  const here = peers.flatMap((peer) => ('missing' in peer.found ? [] : [peer.found]));
  const missing = peers.flatMap((peer) => ('missing' in peer.found ? [peer.found.missing] : []));
  const servers: Server[] = [
    http2,
    http1,
    ...here.map((peer) => ({ ...peer, expects: 'reply' as const })),
    echo,
  ];

  const found = await measureThroughput(bench, servers, plan.throughput, run.progress);
  run.progress('repeated datagrams');
  const repeats = await measureRepeats(bench, { relay: http2, backend, echo }, plan.repeats);
  const overload = await measureOverload(bench, overloaded, plan.overload, run.progress);

  const ours = found.find(({ server }) => server === http2);
  const freeRadius = found.find(({ server }) => server.name === FREERADIUS);
  return {
    tables: [
      throughputTable({
        found,
        freeRadius,
        absent: peers.flatMap(({ name, found }) => ('missing' in found ? [name] : [])),
        rounds: plan.throughput.rounds,
        remarks: [
          ...(run.quick ? ['FreeRADIUS and radsecproxy were left out.'] : []),
          ...missing,
          ...cores.remarks,
        ],
      }),
      repeatsTable(repeats, plan.repeats.perSecond),
      overloadTable(overload, plan.overload),
    ],
    goals: [
      ...(ours === undefined ? [] : throughputGoals(ours, freeRadius)),
      ...repeatsGoals(repeats),
      ...overloadGoals(overload),
    ],
  };
}

const FREERADIUS = 'FreeRADIUS + rlm_rest';

/** What others have made, each with the name of its row should it not be here. */
async function startPeers(
  run: BenchRun,
  programs: Programs,
  backend: { readonly url: string; readonly caFile: string },
  pinned: number | undefined,
): Promise<ReadonlyArray<{ readonly name: string; readonly found: Peer | NotHere }>> {
  const found = await Promise.all([
    startFreeRadius({ run, backend, pinned }),
    startRadsecproxy({ run, pinned }),
  ]);
  for (const peer of found) if ('stop' in peer) programs.defer(peer.stop);
  const [freeRadius, radsecproxy] = found;
  return [
    { name: FREERADIUS, found: freeRadius },
    { name: 'radsecproxy', found: radsecproxy },
  ];
}

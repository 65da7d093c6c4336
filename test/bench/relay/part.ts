import { type Programs, withPrograms } from '../machine/programs.ts';
import type { BenchRun, Measured, Part } from '../part.ts';
import { FREERADIUS, startFreeRadius } from '../peers/freeradius.ts';
import type { NotHere, Peer } from '../peers/peer.ts';
import { RADSECPROXY, startRadsecproxy } from '../peers/radsecproxy.ts';
import { type NullBackend, startNullBackend } from './backend/start.ts';
import { startEcho } from './echo/start.ts';
import { measureOverload } from './overload.ts';
import { FULL, QUICK } from './plan.ts';
import { startRelayUnderTest } from './relay-under-test.ts';
import { measureRepeats } from './repeats.ts';
import { startSenders } from './senders/start.ts';
import { SECRET, type Server } from './server.ts';
import { overloadGoals, overloadTable } from './tables/overload.ts';
import { repeatsGoals, repeatsTable } from './tables/repeats.ts';
import { type Rival, throughputGoals, throughputTable } from './tables/throughput.ts';
import { measureThroughput, type Throughput } from './throughput.ts';

/** Requests a second of one core, added latency, repeats and overload of the relay. */
export const relay: Part = {
  name: 'relay',
  summary: 'the relay beside FreeRADIUS and radsecproxy: throughput, latency, repeats, overload',
  measure: (run) => withPrograms(run, (programs) => measure(run, programs)),
};

async function measure(run: BenchRun, programs: Programs): Promise<Measured> {
  const plan = run.quick ? QUICK : FULL;
  const { cores, progress } = run;
  const [backend, senders] = await Promise.all([
    startNullBackend({ run, programs, secret: SECRET }),
    startSenders(programs),
  ]);
  const common = { run, programs, cores, backend, secret: SECRET, patience: 60 };
  const [http2, http1, echo, overloaded, freeRadius, radsecproxy] = await Promise.all([
    startRelayUnderTest({ ...common, name: 'our relay, HTTP/2', protocol: 'HTTP/2' }),
    startRelayUnderTest({ ...common, name: 'our relay, HTTP/1.1', protocol: 'HTTP/1.1' }),
    startEcho(programs, cores),
    startRelayUnderTest({ ...common, ...plan.overload, name: 'our relay', protocol: 'HTTP/2' }),
    ...startRivals(run, programs, backend),
  ]);
  const rivals = [freeRadius, radsecproxy].flatMap((rival) => ('missing' in rival ? [] : [rival]));
  const found = await measureThroughput({
    senders,
    backend: backend.pid,
    servers: [http2, http1, ...rivals, echo],
    plan: plan.throughput,
    progress,
  });
  progress('repeated datagrams');
  const repeats = await measureRepeats(senders, { relay: http2, backend, echo }, plan.repeats);
  const overload = await measureOverload(senders, overloaded, plan.overload, progress);

  const foundOf = (server: Server): Throughput => {
    const row = found.find((each) => each.server === server);
    if (row === undefined) throw new Error(`${server.name} was not measured.`);
    return row;
  };
  const rivalOf = (rival: Server | NotHere): Rival => ('missing' in rival ? rival : foundOf(rival));
  const compared = { freeRadius: rivalOf(freeRadius), radsecproxy: rivalOf(radsecproxy) };
  return {
    tables: [
      throughputTable({ found, ...compared, remarks: cores.remarks }),
      repeatsTable(repeats, plan.repeats),
      overloadTable(overload, plan.overload),
    ],
    goals: [
      ...throughputGoals(foundOf(http2), compared),
      ...repeatsGoals(repeats),
      ...overloadGoals(overload),
    ],
  };
}

/** What others have made. A quick run does without, so that it depends on nothing that may be missing. */
function startRivals(
  run: BenchRun,
  programs: Programs,
  { http1Url: url, caFile }: NullBackend,
): readonly [Promise<Server | NotHere>, Promise<Server | NotHere>] {
  const leftOut = async (name: string): Promise<NotHere> => ({
    name,
    missing: `${name} was left out of a quick run.`,
  });
  if (run.quick) return [leftOut(FREERADIUS), leftOut(RADSECPROXY)];
  const pinned = run.cores.tested;
  const serverOf = (peer: Peer | NotHere): Server | NotHere =>
    'missing' in peer ? peer : { ...peer, expects: 'reply' };
  return [
    startFreeRadius({ run, programs, backend: { url, caFile }, pinned }).then(serverOf),
    startRadsecproxy({ run, programs, pinned }).then(serverOf),
  ];
}

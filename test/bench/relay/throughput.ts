import { cpuSeconds } from '../machine/process.ts';
import { median } from '../median.ts';
import { percentile } from './percentile.ts';
import type { Senders } from './senders/start.ts';
import { allAccepted, closedLoop, OUTSTANDING, PATIENCE, type Server, targetOf } from './server.ts';

/** One round at full speed. */
export interface FullSpeed {
  readonly perSecond: number;
  /** Undefined without /proc. */
  readonly cpu:
    | {
        /** Microseconds of the server for each request. */
        readonly each: number;
        /** Share of one processor that the server used, and that its clients and what stands behind it used. */
        readonly busy: number;
        readonly others: number;
      }
    | undefined;
}

/** What a server does on one core. */
export interface Throughput {
  readonly server: Server;
  readonly rounds: readonly FullSpeed[];
  /** The round with the most requests a second. */
  readonly best: FullSpeed;
  /** Milliseconds at `LATENCY_RATE` requests a second, of the requests of all rounds together. */
  readonly p50: number;
  readonly p99: number;
  readonly samples: number;
}

export interface ThroughputPlan {
  readonly rounds: number;
  /** Requests before the first round, until code is compiled and connections are open; and before later ones. */
  readonly warmUp: number;
  readonly warmAgain: number;
  /** Of each round: at full speed, and at `LATENCY_RATE`. */
  readonly fullSeconds: number;
  readonly calmSeconds: number;
}

/** Requests a second at which latency is taken. */
export const LATENCY_RATE = 200;

/**
 * Measures servers in turns, so many rounds.
 *
 * @param x.backend process id of what stands behind most of the servers
 * @throws Error when a request was not accepted, once
 */
export async function measureThroughput(x: {
  senders: Senders;
  backend: number;
  servers: readonly Server[];
  plan: ThroughputPlan;
  progress: (line: string) => void;
}): Promise<Throughput[]> {
  const { senders, servers, plan } = x;
  const runs = servers.map((server) => ({
    server,
    rate: 0,
    rounds: [] as FullSpeed[],
    latencies: [] as number[],
  }));
  for (let round = 0; round < plan.rounds; round += 1) {
    for (const run of runs) {
      const { server } = run;
      const warm = await closedLoop(senders, server, round === 0 ? plan.warmUp : plan.warmAgain);
      run.rate ||= warm.sent / warm.seconds;
      const full = await fullSpeed(x, server, Math.ceil(run.rate * plan.fullSeconds));
      run.rate = full.perSecond;
      run.rounds.push(full);
      const calm = await senders.send({
        ...targetOf(server),
        count: Math.ceil(LATENCY_RATE * plan.calmSeconds),
        sockets: OUTSTANDING,
        pace: { perSecond: LATENCY_RATE },
        patience: PATIENCE,
        atFault: 'end',
      });
      run.latencies.push(...allAccepted(server.name, calm).latencies);
      x.progress(`round ${round + 1} of ${plan.rounds}: ${server.name}, ${Math.round(run.rate)} requests/s`);
    }
  }
  return runs.map(({ server, rounds, latencies }) => ({
    server,
    rounds,
    best: bestOf(rounds),
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
    samples: latencies.length,
  }));
}

/**
 * How many times the requests a second of another one: the median of the rounds, each held against the same round of
 * the other, since what else the machine does goes by.
 */
export function timesOf(one: Pick<Throughput, 'rounds'>, other: Pick<Throughput, 'rounds'>): number {
  return median(
    one.rounds.map(({ perSecond }, at) => perSecond / (other.rounds[at]?.perSecond ?? Number.NaN)),
  );
}

async function fullSpeed(
  { senders, backend }: { senders: Senders; backend: number },
  server: Server,
  count: number,
): Promise<FullSpeed> {
  const used = async () => ({
    own: await cpuSeconds(server.pid),
    behind: await sumOf([backend, ...server.beside].map(cpuSeconds)),
  });
  const before = await used();
  const { sent, seconds, cpuSeconds: clients } = await closedLoop(senders, server, count);
  const after = await used();
  const perSecond = sent / seconds;
  if (
    before.own === undefined ||
    after.own === undefined ||
    before.behind === undefined ||
    after.behind === undefined
  ) {
    return { perSecond, cpu: undefined };
  }
  const own = after.own - before.own;
  return {
    perSecond,
    cpu: {
      each: (own / sent) * 1e6,
      busy: own / seconds,
      others: (clients + after.behind - before.behind) / seconds,
    },
  };
}

async function sumOf(figures: ReadonlyArray<Promise<number | undefined>>): Promise<number | undefined> {
  let sum = 0;
  for (const figure of await Promise.all(figures)) {
    if (figure === undefined) return undefined;
    sum += figure;
  }
  return sum;
}

/** What else runs on a machine only takes away. All figures of a server come from one round: they belong together. */
function bestOf(rounds: readonly FullSpeed[]): FullSpeed {
  return rounds.reduce((best, round) => (round.perSecond > best.perSecond ? round : best));
}

import { cpuSeconds } from '../machine/process.ts';
import { percentile } from './percentile.ts';
import { allAccepted, type Bench, closedLoop, PATIENCE, type Server, targetOf } from './server.ts';

/** What a server does on one core. */
export interface Throughput {
  readonly server: Server;
  readonly perSecond: number;
  /** Microseconds for each request, and how much of its core it used meanwhile; undefined without /proc. */
  readonly cpu: { readonly each: number; readonly busy: number } | undefined;
  /** Milliseconds, at `LATENCY_RATE` requests a second. */
  readonly p50: number;
  readonly p99: number;
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
const SOCKETS = 64;

/**
 * Measures servers in turns, so many rounds, and gives each the best of its rounds: what else runs on a machine only
 * takes away, now from one and then from another.
 */
export async function measureThroughput(
  bench: Bench,
  servers: readonly Server[],
  plan: ThroughputPlan,
  progress: (line: string) => void,
): Promise<Throughput[]> {
  const runs = servers.map((server) => ({
    server,
    rate: 0,
    perSecond: [] as number[],
    each: [] as number[],
    busy: [] as number[],
    p50: [] as number[],
    p99: [] as number[],
  }));
  for (let round = 0; round < plan.rounds; round += 1) {
    for (const run of runs) {
      const { server } = run;
      const warm = await closedLoop(bench, server, round === 0 ? plan.warmUp : plan.warmAgain);
      run.rate ||= warm.sent / warm.seconds;
      const before = await cpuSeconds(server.pid);
      const full = await closedLoop(bench, server, Math.ceil(run.rate * plan.fullSeconds));
      const after = await cpuSeconds(server.pid);
      run.rate = full.sent / full.seconds;
      run.perSecond.push(run.rate);
      if (before !== undefined && after !== undefined) {
        run.each.push(((after - before) / full.sent) * 1e6);
        run.busy.push((after - before) / full.seconds);
      }
      const calm = await bench.senders.send({
        ...targetOf(server),
        count: Math.ceil(LATENCY_RATE * plan.calmSeconds),
        sockets: SOCKETS,
        pace: { perSecond: LATENCY_RATE },
        patience: PATIENCE,
      }).outcome;
      const { latencies } = allAccepted(server.name, calm);
      run.p50.push(percentile(latencies, 0.5));
      run.p99.push(percentile(latencies, 0.99));
      progress(`round ${round + 1} of ${plan.rounds}: ${server.name}, ${Math.round(run.rate)} requests/s`);
    }
  }
  return runs.map(({ server, perSecond, each, busy, p50, p99 }) => ({
    server,
    perSecond: Math.max(...perSecond),
    cpu: each.length === 0 ? undefined : { each: Math.min(...each), busy: Math.max(...busy) },
    p50: Math.min(...p50),
    p99: Math.min(...p99),
  }));
}

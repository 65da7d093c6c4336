import { residentMegabytes } from '../machine/process.ts';
import { median } from '../median.ts';
import type { RelayUnderTest } from './relay-under-test.ts';
import { type Bench, closedLoop, targetOf } from './server.ts';

/** What a relay does when clients ask more than it can; medians of the rounds. */
export interface Overload {
  /** Requests a second that it answers when a thousand clients wait for their answers: mean of before and after. */
  readonly capacity: number;
  readonly offered: number;
  /** Accepts a second that came within their clients' patience, once the overload has lasted as long as that. */
  readonly goodput: number;
  /** Goodput as a share of capacity, 1 for all of it. */
  readonly share: number;
  /** Of all rounds. */
  readonly rejected: number;
  /** Resident MB, undefined without /proc: before; at most in the second round, when the table is full, and in the last. */
  readonly resident:
    | { readonly before: number; readonly secondRound: number; readonly lastRound: number }
    | undefined;
}

export interface OverloadPlan {
  readonly rounds: number;
  readonly warmUp: number;
  readonly capacitySeconds: number;
  /** Of the relay's client, in whole seconds. */
  readonly patience: number;
  /** Of each round; more than the patience. */
  readonly seconds: number;
  /** Of the relay's table: full after the first round, so that later ones show whether memory is flat. */
  readonly limits: { readonly pending: number; readonly remembered: number };
}

interface Round {
  readonly offered: number;
  readonly goodput: number;
  readonly rejected: number;
  readonly resident: number;
}

/** The load as a multiple of the capacity. */
const TIMES = 2;
/** The fuller the relay is, the more it does at a time; 64 outstanding do not show all that it can. */
const AT_CAPACITY = 1_024;
const SAMPLE_EVERY = 100;
const IDENTIFIERS = 256;
/** Seconds after which an identifier may be used again, beyond the patience. */
const SPARE = 2;

/**
 * Offers twice the capacity that it finds, in turns with finding it: clients that repeat nothing and never slow down.
 *
 * @throws Error when an answer was wrong or came twice, or when something was lost below the capacity
 */
export async function measureOverload(
  bench: Bench,
  relay: RelayUnderTest,
  plan: OverloadPlan,
  progress: (line: string) => void,
): Promise<Overload> {
  let rate = rateOf(await closedLoop(bench, relay, plan.warmUp, AT_CAPACITY));
  const findCapacity = async () => {
    const count = Math.ceil(rate * plan.capacitySeconds);
    rate = rateOf(await closedLoop(bench, relay, count, AT_CAPACITY));
    return rate;
  };
  const before = await residentMegabytes(relay.pid);
  const capacities = [await findCapacity()];
  const rounds: Round[] = [];
  for (let round = 0; round < plan.rounds; round += 1) {
    rounds.push(await overloaded(bench, relay, rate * TIMES, plan));
    capacities.push(await findCapacity());
    progress(
      `round ${round + 1} of ${plan.rounds}: overloaded, ${Math.round(rounds.at(-1)?.goodput ?? 0)}/s`,
    );
  }
  const around = rounds.map((_, at) => ((capacities[at] ?? 0) + (capacities[at + 1] ?? 0)) / 2);
  const last = rounds.at(-1);
  const second = rounds[1] ?? last;
  return {
    capacity: median(around),
    offered: median(rounds.map(({ offered }) => offered)),
    goodput: median(rounds.map(({ goodput }) => goodput)),
    share: median(rounds.map(({ goodput }, at) => goodput / (around[at] ?? 0))),
    rejected: rounds.reduce((sum, { rejected }) => sum + rejected, 0),
    resident:
      before === undefined || second === undefined || last === undefined
        ? undefined
        : { before, secondRound: second.resident, lastRound: last.resident },
  };
}

const rateOf = ({ sent, seconds }: { readonly sent: number; readonly seconds: number }) => sent / seconds;

async function overloaded(
  { senders }: Bench,
  relay: RelayUnderTest,
  perSecond: number,
  { patience, seconds }: OverloadPlan,
): Promise<Round> {
  let resident = 0;
  const sampling = setInterval(() => {
    void residentMegabytes(relay.pid).then((now = 0) => {
      resident = Math.max(resident, now);
    });
  }, SAMPLE_EVERY);
  const found = await senders
    .send({
      ...targetOf(relay),
      count: Math.ceil(perSecond * seconds),
      sockets: Math.ceil((perSecond * (patience + SPARE)) / IDENTIFIERS),
      pace: { perSecond },
      patience: patience * 1_000,
    })
    .outcome.finally(() => clearInterval(sampling));
  if (found.wrong > 0 || found.twice > 0) {
    throw new Error(
      `${relay.name}, overloaded: ${found.wrong} answers were wrong, ${found.twice} came twice`,
    );
  }
  const from = patience * 10;
  const until = Math.floor(found.sendingSeconds * 10);
  const inTime = found.tenths.slice(from, until).reduce((sum, accepts) => sum + accepts, 0);
  return {
    offered: found.sent / found.sendingSeconds,
    goodput: (inTime / (until - from)) * 10,
    rejected: found.rejected,
    resident,
  };
}

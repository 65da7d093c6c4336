import { residentMegabytes } from '../machine/process.ts';
import { median } from '../median.ts';
import type { RelayUnderTest } from './relay-under-test.ts';
import { IDENTIFIERS, type Outcome } from './senders/messages.ts';
import type { Senders } from './senders/start.ts';
import { closedLoop, targetOf } from './server.ts';

/** What a relay does when clients ask more than it can; medians of the rounds. */
export interface Overload {
  /** Requests a second that it answers when a thousand clients wait for their answers: mean of before and after. */
  readonly capacity: number;
  readonly offered: number;
  /** Accepts a second that came within their clients' patience, once the overload has lasted as long as that. */
  readonly goodput: number;
  /** Goodput as a share of capacity, 1 for all of it. */
  readonly share: number;
  /** Of all rounds, however late. */
  readonly rejected: number;
  /** Resident MB: before the first round, and at most in each round; undefined without /proc. */
  readonly resident: { readonly before: number; readonly rounds: readonly number[] } | undefined;
}

export interface OverloadPlan {
  readonly rounds: number;
  readonly warmUp: number;
  readonly capacitySeconds: number;
  /** Of the relay's client, in whole seconds. */
  readonly patience: number;
  /** Of each round; more than the patience. */
  readonly seconds: number;
  /** In ms, once the last client has gone: a reject that comes then is as wrong as one in time. */
  readonly listenFor: number;
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
/** Outstanding requests; the fuller the relay is, the more it does at a time. */
export const AT_CAPACITY = 1_024;
const SAMPLE_EVERY = 100;
/** Seconds after which an identifier may be used again, beyond the patience. */
const SPARE = 2;

/**
 * Offers twice the capacity that it finds, in turns with finding it: clients that repeat nothing and never slow down.
 *
 * @throws Error when an answer was wrong or came twice, or when something was lost below the capacity
 */
export async function measureOverload(
  senders: Senders,
  relay: RelayUnderTest,
  plan: OverloadPlan,
  progress: (line: string) => void,
): Promise<Overload> {
  let rate = rateOf(await closedLoop(senders, relay, plan.warmUp, AT_CAPACITY));
  const findCapacity = async () => {
    const count = Math.ceil(rate * plan.capacitySeconds);
    rate = rateOf(await closedLoop(senders, relay, count, AT_CAPACITY));
    return rate;
  };
  const before = await residentMegabytes(relay.pid);
  const capacities = [await findCapacity()];
  const rounds: Round[] = [];
  for (let round = 0; round < plan.rounds; round += 1) {
    const found = await overloaded(senders, relay, rate * TIMES, plan);
    rounds.push(found);
    capacities.push(await findCapacity());
    progress(`round ${round + 1} of ${plan.rounds}: overloaded, ${Math.round(found.goodput)}/s`);
  }
  const around = rounds.map((_, at) => ((capacities[at] ?? 0) + (capacities[at + 1] ?? 0)) / 2);
  return {
    capacity: median(around),
    offered: median(rounds.map(({ offered }) => offered)),
    goodput: median(rounds.map(({ goodput }) => goodput)),
    share: median(rounds.map(({ goodput }, at) => goodput / (around[at] ?? 0))),
    rejected: rounds.reduce((sum, { rejected }) => sum + rejected, 0),
    resident: before === undefined ? undefined : { before, rounds: rounds.map(({ resident }) => resident) },
  };
}

const rateOf = ({ sent, seconds }: Pick<Outcome, 'sent' | 'seconds'>) => sent / seconds;

async function overloaded(
  senders: Senders,
  relay: RelayUnderTest,
  perSecond: number,
  { patience, seconds, listenFor }: OverloadPlan,
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
      atFault: { listenFor },
    })
    .finally(() => clearInterval(sampling));
  if (found.wrong > 0 || found.twice > 0) {
    throw new Error(
      `${relay.name}, overloaded: ${found.wrong} answers were wrong, ${found.twice} came twice`,
    );
  }
  return {
    offered: found.sent / found.sendingSeconds,
    goodput: goodputOf(found, patience),
    rejected: found.rejected,
    resident,
  };
}

/**
 * Accepts a second between the patience, in seconds, and the last sending.
 *
 * @throws RangeError when there is no tenth of a second between them
 */
export function goodputOf(
  { tenths, sendingSeconds }: Pick<Outcome, 'tenths' | 'sendingSeconds'>,
  patience: number,
): number {
  const from = patience * 10;
  const until = Math.floor(sendingSeconds * 10);
  if (until <= from)
    throw new RangeError(`An overload of ${sendingSeconds} s is shorter than its clients wait.`);
  const inTime = tenths.slice(from, until).reduce((sum, accepts) => sum + accepts, 0);
  return (inTime / (until - from)) * 10;
}

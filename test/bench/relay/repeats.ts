import { setTimeout } from 'node:timers/promises';
import { cpuSeconds } from '../machine/process.ts';
import type { NullBackend } from './backend/start.ts';
import { allHeld, HOLD_RATE } from './held.ts';
import type { RelayUnderTest } from './relay-under-test.ts';
import {
  allAccepted,
  type Bench,
  closedLoop,
  OUTSTANDING,
  PATIENCE,
  type Server,
  targetOf,
} from './server.ts';

/** CPU time of the relay in µs for each repeat, in its best round; undefined without /proc. */
export interface RepeatCosts {
  readonly answered: number | undefined;
  readonly pending: number | undefined;
  /** The same datagrams to what only sends them back, at the speed of `answered` and of `pending`. */
  readonly echoed: number | undefined;
  readonly echoedByTheClock: number | undefined;
}

export interface RepeatPlan {
  readonly rounds: number;
  /** Requests (several times 64), and how often they are repeated all in all. */
  readonly requests: number;
  readonly repeats: number;
  /** Repeats a second where no answer says when the next one may go. */
  readonly perSecond: number;
}

/** In ms: what is still in the relay's socket. */
const IN_FLIGHT = 20;
/** In ms: the echo's socket holds less than the relay's, and what it lost is not waited for long. */
const ECHO_PATIENCE = 500;

/**
 * Measures what a datagram costs that repeats an answered request, and one that repeats a request in work.
 *
 * @throws Error when a repeat became a call, when one of an answered request was not answered, or when the reply to
 *   a request in work came more than once
 */
export async function measureRepeats(
  bench: Bench,
  x: { relay: RelayUnderTest; backend: NullBackend; echo: Server },
  plan: RepeatPlan,
): Promise<RepeatCosts> {
  const { relay, backend, echo } = x;
  const costs = {
    answered: [] as (number | undefined)[],
    pending: [] as (number | undefined)[],
    echoed: [] as (number | undefined)[],
    echoedByTheClock: [] as (number | undefined)[],
  };

  async function answered(): Promise<number | undefined> {
    await closedLoop(bench, relay, plan.requests);
    return noCall(relay, backend, 'resent', async () => allAccepted(relay.name, await againAnswered()));
  }

  const againAnswered = () =>
    bench.senders.again({
      count: plan.repeats,
      pace: { outstanding: OUTSTANDING },
      patience: PATIENCE,
      answered: true,
    });

  async function pending(): Promise<number | undefined> {
    await backend.treat({ kind: 'hold' });
    const { outcome } = bench.senders.send({
      ...targetOf(relay),
      count: plan.requests,
      sockets: OUTSTANDING,
      pace: { perSecond: HOLD_RATE },
      patience: PATIENCE,
    });
    await allHeld(bench, { backend, count: plan.requests });
    const pace = { perSecond: plan.perSecond };
    const again = { count: plan.repeats, pace, patience: 0, answered: false };
    const cost = await noCall(relay, backend, 'repeat-in-work', () => bench.senders.again(again));
    await backend.treat({ kind: 'answer', delay: 0 });
    allAccepted(`${relay.name}, with repeats`, await outcome);
    return cost;
  }

  const echoed = async () => {
    await closedLoop(bench, echo, plan.requests);
    return costOf(echo, async () => allAccepted(echo.name, await againAnswered()).sent);
  };
  const echoedByTheClock = () =>
    costOf(echo, async () => {
      const pace = { perSecond: plan.perSecond };
      const load = {
        ...targetOf(echo),
        count: plan.repeats,
        sockets: OUTSTANDING,
        pace,
        patience: ECHO_PATIENCE,
      };
      return (await bench.senders.send(load).outcome).accepted;
    });

  for (let round = 0; round < plan.rounds; round += 1) {
    costs.answered.push(await answered());
    costs.echoed.push(await echoed());
    costs.pending.push(await pending());
    costs.echoedByTheClock.push(await echoedByTheClock());
  }
  return {
    answered: least(costs.answered),
    pending: least(costs.pending),
    echoed: least(costs.echoed),
    echoedByTheClock: least(costs.echoedByTheClock),
  };
}

function least(found: ReadonlyArray<number | undefined>): number | undefined {
  const known = found.filter((cost) => cost !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

/** What each of them costs the server; of datagrams that the system lost, nothing is known. */
async function costOf(server: Server, work: () => Promise<number>): Promise<number | undefined> {
  const before = await cpuSeconds(server.pid);
  const count = await work();
  const after = await cpuSeconds(server.pid);
  return before === undefined || after === undefined ? undefined : ((after - before) / count) * 1e6;
}

/**
 * The cost of each repeat that the relay saw, of which none may have become a call.
 *
 * @param counter of the relay that counts them
 */
async function noCall(
  relay: RelayUnderTest,
  backend: NullBackend,
  counter: 'resent' | 'repeat-in-work',
  send: () => Promise<unknown>,
): Promise<number | undefined> {
  const counted = async () => {
    const { relay: counts, drops } = await relay.counts();
    return (counter === 'resent' ? counts[counter] : drops[counter]) ?? 0;
  };
  const before = { counted: await counted(), calls: (await backend.counts()).calls };
  const cost = await costOf(relay, async () => {
    await send();
    await setTimeout(IN_FLIGHT);
    const seen = (await counted()) - before.counted;
    if (seen === 0) throw new Error(`${relay.name}: no repeat was seen`);
    return seen;
  });
  const calls = (await backend.counts()).calls - before.calls;
  if (calls !== 0) throw new Error(`${relay.name}: ${calls} repeats became calls`);
  return cost;
}

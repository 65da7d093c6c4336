import { setTimeout } from 'node:timers/promises';
import { cpuSeconds } from '../machine/process.ts';
import type { NullBackend } from './backend/start.ts';
import { allHeld, HOLD_RATE } from './held.ts';
import { noCalls } from './no-calls.ts';
import type { RelayUnderTest } from './relay-under-test.ts';
import type { Senders } from './senders/start.ts';
import { allAccepted, closedLoop, OUTSTANDING, PATIENCE, type Server, targetOf } from './server.ts';

/** CPU time of a server in µs for each repeat, one figure for each round; none without /proc. */
export interface RepeatCosts {
  readonly answered: readonly number[];
  readonly pending: readonly number[];
  /** The same datagrams to what only sends them back, at the speed of `answered` and of `pending`. */
  readonly echoed: readonly number[];
  readonly echoedByTheClock: readonly number[];
}

export interface RepeatPlan {
  readonly rounds: number;
  /** Requests (several times `OUTSTANDING`), and how often they are repeated all in all. */
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
 * @throws Error when a repeat became a call or was not taken for one, when one of an answered request was not answered,
 *   or when the reply to a request in work came more than once
 */
export async function measureRepeats(
  senders: Senders,
  x: { relay: RelayUnderTest; backend: NullBackend; echo: Server },
  plan: RepeatPlan,
): Promise<RepeatCosts> {
  const { relay, backend, echo } = x;
  const byTheClock = { perSecond: plan.perSecond };

  const againAnswered = () =>
    senders.again({
      count: plan.repeats,
      pace: { outstanding: OUTSTANDING },
      patience: PATIENCE,
      answered: true,
    });

  async function answered(): Promise<number[]> {
    await closedLoop(senders, relay, plan.requests);
    return costOf(relay, () =>
      noCalls({ relay, backend, counter: 'resent', count: plan.repeats }, async () => {
        allAccepted(relay.name, await againAnswered());
      }),
    );
  }

  async function pending(): Promise<number[]> {
    await backend.treat('hold');
    const outcome = senders.send({
      ...targetOf(relay),
      count: plan.requests,
      sockets: OUTSTANDING,
      pace: { perSecond: HOLD_RATE },
      patience: PATIENCE + (plan.repeats / plan.perSecond) * 1_000,
      atFault: 'end',
    });
    await allHeld(senders, { backend, count: plan.requests });
    const cost = await costOf(relay, () =>
      noCalls({ relay, backend, counter: 'repeat-in-work', count: plan.repeats }, async () => {
        await senders.again({ count: plan.repeats, pace: byTheClock, patience: 0, answered: false });
        await setTimeout(IN_FLIGHT);
      }),
    );
    await backend.treat('answer');
    allAccepted(`${relay.name}, with repeats`, await outcome);
    return cost;
  }

  async function echoed(): Promise<number[]> {
    await closedLoop(senders, echo, plan.requests);
    return costOf(echo, async () => allAccepted(echo.name, await againAnswered()).sent);
  }

  const echoedByTheClock = () =>
    costOf(echo, async () => {
      const { accepted } = await senders.send({
        ...targetOf(echo),
        count: plan.repeats,
        sockets: OUTSTANDING,
        pace: byTheClock,
        patience: ECHO_PATIENCE,
        atFault: { listenFor: 0 },
      });
      return accepted;
    });

  const costs = { answered: [], pending: [], echoed: [], echoedByTheClock: [] } as Record<
    keyof RepeatCosts,
    number[]
  >;
  for (let round = 0; round < plan.rounds; round += 1) {
    costs.answered.push(...(await answered()));
    costs.echoed.push(...(await echoed()));
    costs.pending.push(...(await pending()));
    costs.echoedByTheClock.push(...(await echoedByTheClock()));
  }
  return costs;
}

/**
 * What each of them costs the server; nothing without /proc.
 *
 * @param work resolves to how many there were: of datagrams that the system lost, nothing is known
 */
async function costOf(server: Server, work: () => Promise<number>): Promise<number[]> {
  const before = await cpuSeconds(server.pid);
  const count = await work();
  const after = await cpuSeconds(server.pid);
  return before === undefined || after === undefined ? [] : [((after - before) / count) * 1e6];
}

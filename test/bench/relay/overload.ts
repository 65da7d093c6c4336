import { residentMegabytes } from './process.ts';
import type { RelayUnderTest } from './relay-under-test.ts';
import { type Bench, closedLoop, targetOf } from './server.ts';

/** What a relay does when clients ask more than it can. */
export interface Overload {
  /** Requests a second that it answers when a thousand clients wait for their answers: mean of before and after. */
  readonly capacity: number;
  readonly offered: number;
  /** Accepts a second that came within their clients' patience, once the overload has lasted as long as that. */
  readonly goodput: number;
  readonly rejected: number;
  /** Resident MB: before; at most in the first and in the second half; when it has carried another load since. */
  readonly resident: Resident | undefined;
}

export interface Resident {
  readonly before: number;
  readonly firstHalf: number;
  readonly secondHalf: number;
  readonly after: number;
}

export interface OverloadPlan {
  readonly warmUp: number;
  readonly capacitySeconds: number;
  /** Of the relay's client, in whole seconds. */
  readonly patience: number;
  /** More than the patience. */
  readonly seconds: number;
  /** Of its table: full within the first half, so that the second one shows whether memory is flat. */
  readonly limits: { readonly pending: number; readonly remembered: number };
}

const TIMES = 2;
/** The fuller the relay is, the more it does at a time; 64 outstanding do not show all that it can. */
const AT_CAPACITY = 1_024;
const SAMPLE_EVERY = 100;
const IDENTIFIERS = 256;
/** Seconds after which an identifier may be used again, beyond the patience. */
const SPARE = 2;

/** Offers twice the capacity that it finds for a while: clients that repeat nothing and never slow down. */
export async function measureOverload(
  bench: Bench,
  relay: RelayUnderTest,
  plan: OverloadPlan,
): Promise<Overload> {
  const warm = await closedLoop(bench, relay, plan.warmUp, AT_CAPACITY);
  const count = Math.ceil((warm.sent / warm.seconds) * plan.capacitySeconds);
  const capacity = async () => {
    const { sent, seconds } = await closedLoop(bench, relay, count, AT_CAPACITY);
    return sent / seconds;
  };
  const capacityBefore = await capacity();
  const perSecond = capacityBefore * TIMES;
  const before = await residentMegabytes(relay.pid);
  const samples: number[] = [];
  const sampling = setInterval(() => {
    void residentMegabytes(relay.pid).then((resident) => resident && samples.push(resident));
  }, SAMPLE_EVERY);
  const { sent, outcome } = bench.senders.send({
    ...targetOf(relay),
    count: Math.ceil(perSecond * plan.seconds),
    sockets: Math.ceil((perSecond * (plan.patience + SPARE)) / IDENTIFIERS),
    pace: { perSecond },
    patience: plan.patience * 1_000,
  });
  await sent;
  clearInterval(sampling);
  const found = await outcome;
  if (found.wrong > 0 || found.twice > 0) {
    throw new Error(
      `${relay.name}, overloaded: ${found.wrong} answers were wrong, ${found.twice} came twice`,
    );
  }
  const capacityAfter = await capacity();
  const after = await residentMegabytes(relay.pid);
  const from = plan.patience * 10;
  const until = Math.floor(found.sendingSeconds * 10);
  const inTime = found.tenths.slice(from, until).reduce((sum, accepts) => sum + accepts, 0);
  const half = samples.length >> 1;
  return {
    capacity: (capacityBefore + capacityAfter) / 2,
    offered: found.sent / found.sendingSeconds,
    goodput: (inTime / (until - from)) * 10,
    rejected: found.rejected,
    resident:
      before === undefined || after === undefined
        ? undefined
        : {
            before,
            firstHalf: Math.max(before, ...samples.slice(0, half)),
            secondHalf: Math.max(before, ...samples.slice(half)),
            after,
          },
  };
}

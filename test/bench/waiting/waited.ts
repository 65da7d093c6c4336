import { setTimeout } from 'node:timers/promises';
import { cpuSeconds, residentMegabytes } from '../machine/process.ts';
import type { FunctionsSide } from './functions-side.ts';
import { approveAll, untilRinging } from './ringing.ts';

/** A number of people who sign in and wait for their phones. Undefined is what takes /proc where there is none. */
export interface Waited {
  readonly people: number;
  /** Resident memory of the host in MB: when nobody has come yet, when all wait, when all have gone. */
  readonly before: number | undefined;
  readonly waiting: number | undefined;
  readonly after: number | undefined;
  /** Seconds from the first call until every phone rang. */
  readonly ringing: number;
  /** Seconds from the first approval until every call was answered. */
  readonly answered: number;
  /** Milliseconds of the host's CPU time for each sign-in: what comes before its phone rings and after it is approved. */
  readonly cpu: number | undefined;
  /** CPU time of the host while all wait and nothing happens, as a share of one core. */
  readonly idle: number | undefined;
}

export interface WaitingPlan {
  /** Sign-ins at each host before it counts, until code is compiled and the token is there. */
  readonly warmUp: number;
  /** Seconds in which nothing happens, before memory is read; the last time twice as long. */
  readonly calm: number;
}

/**
 * Lets so many people wait at a fresh host, then approves them all.
 *
 * @throws Error unless each gets an Access-Accept
 */
export async function waitForApproval(
  side: FunctionsSide,
  hostFile: string,
  people: number,
  plan: WaitingPlan,
): Promise<Waited> {
  const host = await side.startHost(hostFile);
  try {
    await approveAll(side, host.prepare(range(people, people + plan.warmUp))());
    await setTimeout(plan.calm * 1_000);
    const [before, cpuBefore] = await both(host.pid);

    const send = host.prepare(range(0, people));
    const started = performance.now();
    const signingIn = send();
    const prompts = await untilRinging(side, people, signingIn);
    const ringing = secondsSince(started);
    const cpuRinging = await cpuSeconds(host.pid);
    const calmFrom = performance.now();
    await setTimeout(plan.calm * 1_000);
    const [waiting, cpuCalm] = await both(host.pid);
    const calm = secondsSince(calmFrom);

    const approved = performance.now();
    const [outcomes] = await Promise.all([Promise.all(signingIn), side.approve(prompts)]);
    const answered = secondsSince(approved);
    if (outcomes.includes('full')) throw new Error('A host without limits had no room for a sign-in.');
    const cpuAnswered = await cpuSeconds(host.pid);
    // Long enough for connections to be closed that nobody uses any more.
    await setTimeout(plan.calm * 2_000);
    const after = await residentMegabytes(host.pid);
    const base = { people, before, waiting, after, ringing, answered };
    if (
      cpuBefore === undefined ||
      cpuRinging === undefined ||
      cpuCalm === undefined ||
      cpuAnswered === undefined
    ) {
      return { ...base, cpu: undefined, idle: undefined };
    }
    return {
      ...base,
      cpu: ((cpuRinging - cpuBefore + cpuAnswered - cpuCalm) / people) * 1_000,
      idle: (cpuCalm - cpuRinging) / calm,
    };
  } finally {
    await host.stop();
  }
}

/** Memory in MB and CPU time in seconds of a process. */
function both(pid: number): Promise<[number | undefined, number | undefined]> {
  return Promise.all([residentMegabytes(pid), cpuSeconds(pid)]);
}

function secondsSince(start: number): number {
  return (performance.now() - start) / 1_000;
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, at) => from + at);
}

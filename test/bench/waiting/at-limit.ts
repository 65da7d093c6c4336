import { setTimeout } from 'node:timers/promises';
import type { SignedIn } from '../functions-call.ts';
import type { FunctionsSide } from './functions-side.ts';
import { approveAll, untilRinging } from './ringing.ts';

/** What a host did with more sign-ins at a time than its host.json lets in. */
export interface AtLimit {
  readonly people: number;
  /** Calls that ran: their phones rang before anybody approved. */
  readonly ran: number;
  /** Calls that were kept until others had been answered, and then went through too. */
  readonly kept: number;
  /** Calls that were answered 429. */
  readonly full: number;
}

/** Calls that run at a time, and calls that run or wait for a place, as host.json has them. */
export interface Limits {
  readonly concurrent: number;
  readonly outstanding: number;
}

/** Between two looks whether all that are too many have been turned away, and for how long at most, in ms. */
const betweenLooks = 50;
const patience = 30_000;

/**
 * Lets so many people sign in at the same time at a fresh host. Approves whatever rings as soon as the calls that are
 * too many have been turned away.
 *
 * @param hostFile a host.json with these limits
 * @param people more than `outstanding`
 * @throws Error when fewer phones ring than calls may run, when fewer are turned away than are too many, and unless
 *   each call gets an Access-Accept or 429
 */
export async function goOverLimit(
  side: FunctionsSide,
  hostFile: string,
  people: number,
  limits: Limits,
): Promise<AtLimit> {
  const host = await side.startHost(hostFile);
  try {
    const signingIn = host.prepare(Array.from({ length: people }, (_, person) => person))();
    let full = 0;
    for (const signedIn of signingIn) {
      void signedIn.then(
        (outcome) => {
          if (outcome === 'full') full += 1;
        },
        // Told by `untilRinging` or `approveAll`.
        () => undefined,
      );
    }
    await untilRinging(side, limits.concurrent, signingIn);
    const latest = performance.now() + patience;
    while (full < people - limits.outstanding) {
      if (performance.now() > latest) {
        throw new Error(`Of ${people} calls ${full} were answered 429, with room for ${limits.outstanding}.`);
      }
      await setTimeout(betweenLooks);
    }
    const ran = (await side.prompts()).length;
    const outcomes = await approveAll(side, signingIn);
    const count = (which: SignedIn) => outcomes.filter((outcome) => outcome === which).length;
    return { people, ran, kept: count('accepted') - ran, full: count('full') };
  } finally {
    await host.stop();
  }
}

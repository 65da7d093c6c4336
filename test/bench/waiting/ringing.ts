import { setTimeout } from 'node:timers/promises';
import type { OpenPrompt } from '../../../local/stand-ins/phone.ts';
import type { SignedIn } from '../functions-call.ts';
import type { FunctionsSide } from './functions-side.ts';

/** Between two looks at the phones, in ms. A look costs the stand-ins, not the host. */
const betweenLooks = 20;

/**
 * Resolves when so many phones ring, to all that do.
 *
 * @throws unknown what a sign-in rejects with meanwhile
 * @throws Error when all sign-ins have ended before
 */
export async function untilRinging(
  side: FunctionsSide,
  count: number,
  signingIn: ReadonlyArray<Promise<SignedIn>>,
): Promise<readonly OpenPrompt[]> {
  const ended = Promise.all(signingIn).then(() => {
    throw new Error(`All sign-ins ended before ${count} phones rang.`);
  });
  async function look(): Promise<readonly OpenPrompt[]> {
    for (;;) {
      const prompts = await Promise.race([side.prompts(), ended]);
      if (prompts.length >= count) return prompts;
      await Promise.race([setTimeout(betweenLooks), ended]);
    }
  }
  return look();
}

/**
 * Approves whatever rings until every sign-in has ended.
 *
 * @throws unknown what a sign-in rejects with
 */
export async function approveAll(
  side: FunctionsSide,
  signingIn: ReadonlyArray<Promise<SignedIn>>,
): Promise<readonly SignedIn[]> {
  let ended = false;
  const all = Promise.all(signingIn).finally(() => {
    ended = true;
  });
  // Whatever goes wrong here is told first; sign-ins that break off after it are no news.
  all.catch(() => undefined);
  while (!ended) {
    await side.approve(await side.prompts());
    await Promise.race([setTimeout(betweenLooks), all]);
  }
  return all;
}

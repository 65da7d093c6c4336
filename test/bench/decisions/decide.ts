import { setImmediate } from 'node:timers/promises';
import { type Bridge, createBridge } from '../../../functions/bridge.ts';
import type { CallAnswer } from '../../../functions/exchange/answer.ts';
import { type Log, logLine } from '../../../functions/records/log.ts';
import { policyName } from '../policy/document.ts';
import { checkAnswer, type MadeCall } from './calls.ts';
import { POLICIES } from './scene.ts';

/**
 * Has calls answered, so many of them at the same time.
 *
 * @returns the answers, in order, not looked at yet
 */
export type Decide = (calls: readonly MadeCall[], atOnce: number) => Promise<readonly CallAnswer[]>;

/**
 * The bridge as the functions app assembles it, by this process's environment. Each event becomes a line as in the app;
 * what a host does with the line is not part of it.
 *
 * @returns `decided`: how many decisions were told so far, each made by the last policy
 */
export function decider(): { readonly decide: Decide; readonly decided: () => number } {
  const last = policyName(POLICIES - 1);
  let decisions = 0;
  const log: Log = (event) => {
    const line = logLine(event);
    if (event.event !== 'decision') return;
    if (event['networkPolicy'] !== last) throw new Error(`A decision was not made by ${last}: ${line}`);
    decisions += 1;
  };
  const bridge = createBridge(process.env, log);
  if (bridge instanceof Error) throw bridge;
  return { decide: (calls, atOnce) => decideAll(bridge, log, calls, atOnce), decided: () => decisions };
}

async function decideAll(
  { exchange }: Bridge,
  log: Log,
  calls: readonly MadeCall[],
  atOnce: number,
): Promise<readonly CallAnswer[]> {
  const answers: CallAnswer[] = [];
  for (let start = 0; start < calls.length; start += atOnce) {
    const some = calls.slice(start, start + atOnce);
    answers.push(...(await Promise.all(some.map(({ received }) => exchange(received, log)))));
    // Calls come one event after the other; without this, timers would never have their turn.
    await setImmediate();
  }
  return answers;
}

/** @throws Error when one was lost or is wrong */
export function checkAnswers(calls: readonly MadeCall[], answers: readonly CallAnswer[]): void {
  if (answers.length !== calls.length) throw new Error('A call was not answered.');
  for (const [index, call] of calls.entries()) {
    const answer = answers[index];
    if (answer === undefined) throw new Error('A call was not answered.');
    checkAnswer(call, answer);
  }
}

import type { Clock } from '../../relay-call/clock.ts';
import type { Lease } from '../store/lease.ts';
import { StoreUnreachable } from '../store/port.ts';
import type { Sleep } from '../store/sleep.ts';
import type { Attempt } from './attempt.ts';
import type { MfaProvider, Watched } from './provider.ts';

/** What a prompt came to, as its row holds it for those who wait. */
export type PromptEnd = { readonly attempt: Attempt } & Watched;

/** What prompts tell the log, in an administrator's words. */
export const PROMPT_EVENTS = {
  'prompt-ended-late':
    'A prompt ended after the client that had begun it stopped waiting; `result` says how.',
  'prompt-failed': 'The bridge met a fault of its own while it prompted; `fault` is its name.',
} as const;

export type PromptLog = (
  event: { readonly attempt: string } & (
    | { readonly event: 'prompt-ended-late'; readonly result: string }
    | { readonly event: 'prompt-failed'; readonly fault: string }
  ),
) => void;

/** A prompt under way. It goes on whoever waits for it. */
export interface Prompt {
  readonly attempt: Attempt;
  /** Its end, once that is stored. Never rejects. */
  readonly end: Promise<PromptEnd>;
  /**
   * Whoever began it waits no more. `unstored`: there is an outcome, which the store has not taken yet. The end is told
   * to the log then, since no record will.
   */
  unheard(): 'open' | 'unstored';
}

/** Milliseconds for which an end is kept: much longer than those who wait need to see it. */
const OUTCOME_KEPT = 15_000;
/** Where nothing rang the next may try soon, but not every packet of a crowd one after the other. */
const NOT_BEGUN_KEPT = 2_000;
/** Until a store that is away has lost its patience with us, so that an approval is not thrown away. */
const STORE_AGAIN_AFTER = 500;

/**
 * Rings, waits until the window is over at the latest, and stores what it came to before anybody uses it.
 *
 * @param x.wanted aborts when the packet that began it has no use for it any more; counts only until it rings
 */
export function runPrompt(x: {
  readonly provider: MfaProvider;
  readonly lease: Lease<Attempt, PromptEnd>;
  readonly attempt: Attempt;
  readonly wanted: AbortSignal;
  readonly clock: Clock;
  readonly sleep: Sleep;
  readonly log: PromptLog;
}): Prompt {
  const { lease, attempt, clock, sleep } = x;
  let state: 'open' | 'unstored' = 'open';
  let heard = true;

  async function watch(over: AbortSignal): Promise<Watched> {
    const begun = await x.provider.begin(attempt, AbortSignal.any([over, lease.lost, x.wanted]));
    if (begun.kind === 'not-begun') return begun;
    const abandon = () => begun.abandon();
    for (const signal of [over, lease.lost]) {
      if (signal.aborted) abandon();
      signal.addEventListener('abort', abandon, { once: true });
    }
    return begun.watch();
  }

  async function withinWindow(): Promise<Watched> {
    const over = new AbortController();
    const ended = new AbortController();
    sleep(attempt.deadline - clock.now(), ended.signal).then(
      () => over.abort(),
      () => undefined,
    );
    try {
      return await watch(over.signal);
    } finally {
      ended.abort();
    }
  }

  async function store(end: PromptEnd): Promise<PromptEnd> {
    for (;;) {
      try {
        const stored = await lease.settle(end, keepFor(end));
        // Another instance has told those who wait that the outcome is lost; two answers must not go out.
        return stored ? end : { kind: 'lost', code: 'instance-lost', attempt };
      } catch (error) {
        if (!(error instanceof StoreUnreachable)) throw error;
        if (clock.now() >= attempt.deadline) return { kind: 'lost', code: 'outcome-not-stored', attempt };
        await sleep(STORE_AGAIN_AFTER, new AbortController().signal);
      }
    }
  }

  function keepFor({ kind }: PromptEnd): number {
    if (kind === 'outcome') return OUTCOME_KEPT;
    return kind === 'not-begun' ? NOT_BEGUN_KEPT : remaining(attempt, clock.now());
  }

  function failed(error: unknown): Extract<Watched, { kind: 'lost' }> {
    const fault = error instanceof Error ? error.name : typeof error;
    x.log({ event: 'prompt-failed', attempt: attempt.id, fault });
    return { kind: 'lost', code: 'provider-fault' };
  }

  async function run(): Promise<PromptEnd> {
    const watched = await withinWindow().catch(failed);
    state = 'unstored';
    const end = await store({ ...watched, attempt }).catch((error) => ({ ...failed(error), attempt }));
    if (!heard) x.log({ event: 'prompt-ended-late', attempt: attempt.id, result: resultOf(end) });
    return end;
  }

  return {
    attempt,
    end: run(),
    unheard() {
      heard = false;
      return state;
    },
  };
}

/** Milliseconds until the window is over; never more than the whole of it, should the clock have been set back. */
export function remaining({ began, deadline }: Attempt, now: number): number {
  return Math.min(Math.max(deadline - now, 0), deadline - began);
}

function resultOf(end: Watched): string {
  if (end.kind !== 'outcome') return end.code;
  return end.outcome.kind === 'approved' ? 'approved' : end.outcome.code;
}

import type { Clock } from '../../relay-call/clock.ts';
import { rowKey } from '../store/keys.ts';
import type { LeaseRow, Leases, Waiting } from '../store/lease.ts';
import type { Sleep } from '../store/sleep.ts';
import type { Attempt } from './attempt.ts';
import type { MfaFault, Outcome } from './outcome.ts';
import { type Prompt, type PromptEnd, type PromptLog, remaining, runPrompt } from './prompt.ts';
import type { MfaProvider } from './provider.ts';

/** The name of the prompts' table in `Store`. */
export const PROMPTS = 'prompts';
export type PromptRow = LeaseRow<Attempt, PromptEnd>;

/** A packet that asks for a second factor. */
export interface Asking {
  readonly provider: MfaProvider;
  readonly attempt: Omit<Attempt, 'provider' | 'began' | 'deadline'>;
  /**
   * Where the packet says the person is: any text that differs where places differ. A port counts only where neither
   * station nor machine is named.
   */
  readonly place: { readonly station?: string; readonly machine?: string; readonly port?: string };
  /** Milliseconds from begin after which a prompt without an outcome is over. */
  readonly window: number;
  /** No prompt is begun for a client that waits for fewer milliseconds than these. */
  readonly minimumWait: number;
  /** Milliseconds that the client still waits. */
  left(): number;
  /** Aborts when the client has stopped waiting, or its packet is another instance's. */
  readonly signal: AbortSignal;
}

/** What became of it for this packet. `joined`: another packet had begun the prompt. */
export type Asked =
  | {
      readonly kind: 'outcome';
      readonly outcome: Outcome;
      readonly attempt: Attempt;
      readonly joined: boolean;
    }
  | {
      readonly kind: 'lost';
      readonly code: MfaFault;
      readonly detail?: string;
      readonly attempt: Attempt;
      readonly joined: boolean;
    }
  | { readonly kind: 'not-begun'; readonly code: MfaFault; readonly detail?: string }
  /** The client's time is over; the prompt goes on. */
  | { readonly kind: 'no-answer-yet'; readonly attempt: Attempt; readonly joined: boolean }
  | { readonly kind: 'too-little-time' };

export interface Prompts {
  /** @throws StoreUnreachable, and the signal's reason; in both cases something may have rung */
  ask(x: Asking): Promise<Asked>;
}

/** An answer needs this many milliseconds to reach the client in time. */
const ANSWERING = 1_000;
/**
 * Those who wait look at least this often as long as the store answers at once; an outcome that has stood so long has
 * been seen by them.
 */
const SEEN_BY_ALL = 1_000;
/** A prompt's row outlives its window by so much, so that clocks that differ do not end the window early. */
const MARGIN = 5_000;

/** What is known of a packet's way so far. */
interface Way {
  /** It came with less time than a person needs; it may join a prompt, and begins none. */
  readonly short: boolean;
  /** The etag of an outcome that it came too late for. */
  readonly instead?: string;
  /** It has waited for a prompt that ended without an outcome. */
  readonly waited: boolean;
}

/**
 * One prompt for one person at one place (design §4, "Prompts"): the first packet of a key begins it, packets that come
 * while it is open wait for the same outcome. Only the outcome is shared; each packet has been verified and granted on
 * its own before it comes here. A packet that comes after the outcome begins a prompt of its own.
 *
 * A prompt runs by itself and not within the call that began it: that client may stop waiting before others do.
 */
export function createPrompts(parts: {
  readonly leases: Leases<Attempt, PromptEnd>;
  readonly clock: Clock;
  readonly sleep: Sleep;
  readonly log: PromptLog;
}): Prompts {
  const { leases, clock, sleep } = parts;

  async function claim(x: Asking, way: Way): Promise<Asked | Way> {
    const began = clock.now();
    const attempt = { ...x.attempt, provider: x.provider.name, began, deadline: began + x.window };
    const claimed = await leases.claim(partitionOf(attempt), keyOf(x), {
      work: attempt,
      expires: attempt.deadline + MARGIN,
      ...(way.instead === undefined ? {} : { instead: way.instead }),
    });
    if (claimed.kind === 'waiting') return join(x, claimed, way);
    if (claimed.kind === 'settled') {
      if (claimed.value.kind !== 'outcome') return asked(claimed.value, true);
      // Whoever comes after an outcome must not take its row away from those who wait for it.
      await sleep(SEEN_BY_ALL, x.signal);
      return { ...way, instead: claimed.etag };
    }
    if (x.signal.aborted) {
      await claimed.release();
      throw x.signal.reason;
    }
    const refusal = refusalOf(x, way);
    if (refusal !== undefined) {
      await claimed.release();
      return refusal;
    }
    return begin(x, runPrompt({ ...parts, provider: x.provider, lease: claimed, attempt, wanted: x.signal }));
  }

  /** Waits for the end that the prompt comes to, as long as the client does. */
  async function begin(x: Asking, prompt: Prompt): Promise<Asked> {
    const stopped = new AbortController();
    const late = sleep(waitingTime(x), AbortSignal.any([stopped.signal, x.signal])).catch(() => undefined);
    try {
      const end = await Promise.race([prompt.end, late]);
      if (end !== undefined) return asked(end, false);
      // Whether the user has approved is known by then, though nobody may use it.
      return prompt.unheard() === 'unstored'
        ? { kind: 'lost', code: 'outcome-not-stored', attempt: prompt.attempt, joined: false }
        : { kind: 'no-answer-yet', attempt: prompt.attempt, joined: false };
    } finally {
      stopped.abort();
    }
  }

  async function join(x: Asking, waiting: Waiting<Attempt, PromptEnd>, way: Way): Promise<Asked | Way> {
    const outcome = await waiting.wait({ within: waitingTime(x), signal: x.signal });
    switch (outcome.kind) {
      case 'settled':
        return asked(outcome.value, true);
      case 'late':
        return { kind: 'no-answer-yet', attempt: waiting.work, joined: true };
      case 'released':
        return { short: way.short, waited: true };
      case 'holder': {
        // Its holder has vanished, and nobody else can hear the answer of a provider that is not polled.
        const attempt = outcome.work;
        const end = { kind: 'lost', code: 'instance-lost', attempt } as const;
        await outcome.settle(end, remaining(attempt, clock.now()));
        return asked(end, true);
      }
    }
  }

  return {
    async ask(x) {
      let way: Way = { short: x.left() < x.minimumWait, waited: false };
      for (;;) {
        const answer = await claim(x, way);
        if ('kind' in answer) return answer;
        way = answer;
      }
    },
  };
}

/** Why this packet begins no prompt. Time that it has spent waiting for another one is no fault of its client's. */
function refusalOf(x: Asking, way: Way): Asked | undefined {
  if (way.waited) {
    return x.left() < x.minimumWait ? { kind: 'not-begun', code: 'prompt-ended-meanwhile' } : undefined;
  }
  return way.short ? { kind: 'too-little-time' } : undefined;
}

function waitingTime(x: Asking): number {
  return Math.max(x.left() - ANSWERING, 0);
}

function asked(end: PromptEnd, joined: boolean): Asked {
  const { attempt } = end;
  if (end.kind === 'outcome') return { kind: 'outcome', outcome: end.outcome, attempt, joined };
  const fault = { code: end.code, ...(end.detail === undefined ? {} : { detail: end.detail }) };
  return end.kind === 'lost' ? { kind: 'lost', ...fault, attempt, joined } : { kind: 'not-begun', ...fault };
}

/** By ids that stay, so that every form of a name leads to the same person. */
function partitionOf({ user }: Pick<Attempt, 'user'>): string {
  return rowKey(user.tenantId, user.objectId);
}

/** An approval for one place must not open another. */
function keyOf({ attempt, place: { station, machine, port } }: Asking): string {
  const bare = station === undefined && machine === undefined;
  return rowKey(attempt.client, station ?? '', machine ?? '', bare ? (port ?? '') : '');
}

import { randomUUID } from 'node:crypto';
import type { Clock } from '../../relay-call/clock.ts';

/** What becomes of a prompt by itself: `phone` waits for somebody at the page, `ring` rings unanswered to its end. */
export const PHONE_MODES = ['approve', 'deny', 'fraud', 'ring', 'phone'] as const;
export type PhoneMode = (typeof PHONE_MODES)[number];

/** What somebody does with a prompt. `ignore` lets it ring: it leaves the page and rings on to its end. */
export const PHONE_ACTIONS = ['approve', 'deny', 'fraud', 'ignore'] as const;
export type PhoneAction = (typeof PHONE_ACTIONS)[number];

/** A prompt that can be answered. Times in milliseconds since the epoch. */
export interface OpenPrompt {
  readonly id: string;
  readonly upn: string;
  /** The caller's correlation id. */
  readonly contextId: string;
  readonly began: number;
  readonly ends: number;
}

export interface PhoneState {
  readonly mode: PhoneMode;
  /** Milliseconds for which a prompt rings that nobody answers. */
  readonly ringFor: number;
  /** The oldest first. */
  readonly prompts: readonly OpenPrompt[];
}

/** How a prompt ended. */
export type PhoneOutcome = 'approved' | 'denied' | 'fraud' | 'no-answer';

/** The phones of all people, on one page. */
export interface Phone {
  /** Rings until it is answered, or `ringFor` has passed. Nothing else stops it: the service knows no cancelling. */
  ring(x: { readonly upn: string; readonly contextId: string }): Promise<PhoneOutcome>;
  /** Whether a prompt of this user rings, ignored or not. */
  isRinging(upn: string): boolean;
  state(): PhoneState;
  /** False when no such prompt can be answered: unknown, over, or left to ring. */
  answer(id: string, action: PhoneAction): boolean;
  /** For prompts from now on. `ringFor` in milliseconds; without it as before. */
  set(mode: PhoneMode, ringFor?: number): void;
  /** How often each user's phone has rung so far. */
  prompts(): Record<string, number>;
  /** Ends every prompt unanswered, and later ones at once. */
  close(): void;
}

const outcomes = { approve: 'approved', deny: 'denied', fraud: 'fraud' } as const;

/** A phone that rings for whom it is told to, and is answered by its mode or by somebody at its page. */
export function phone(x: {
  readonly clock: Clock;
  /** Runs something later; what it returns calls that off. */
  readonly after: (ms: number, run: () => void) => () => void;
  readonly mode: PhoneMode;
  /** Milliseconds; default a minute, which is what clients of the service wait. */
  readonly ringFor?: number;
  /** Milliseconds after which a mode answers. */
  readonly answersAfter?: number;
}): Phone {
  const { clock, after, answersAfter = 300 } = x;
  let mode = x.mode;
  let ringFor = x.ringFor ?? 60_000;
  let closed = false;
  const ringing = new Map<
    string,
    { prompt: OpenPrompt; ignored: boolean; end(outcome: PhoneOutcome): void }
  >();
  const rung = new Map<string, number>();

  return {
    ring({ upn, contextId }) {
      if (closed) return Promise.resolve('no-answer');
      rung.set(upn, (rung.get(upn) ?? 0) + 1);
      const began = clock.now();
      const prompt = { id: randomUUID(), upn, contextId, began, ends: began + ringFor };
      return new Promise((resolve) => {
        const timers: (() => void)[] = [];
        const end = (outcome: PhoneOutcome) => {
          for (const cancel of timers) cancel();
          ringing.delete(prompt.id);
          resolve(outcome);
        };
        ringing.set(prompt.id, { prompt, ignored: mode === 'ring', end });
        timers.push(after(ringFor, () => end('no-answer')));
        if (mode !== 'phone' && mode !== 'ring') {
          const outcome = outcomes[mode];
          timers.push(after(answersAfter, () => end(outcome)));
        }
      });
    },
    isRinging: (upn) =>
      [...ringing.values()].some(({ prompt }) => prompt.upn.toLowerCase() === upn.toLowerCase()),
    state: () => ({
      mode,
      ringFor,
      prompts: [...ringing.values()].filter(({ ignored }) => !ignored).map(({ prompt }) => prompt),
    }),
    answer(id, action) {
      const one = ringing.get(id);
      if (one === undefined || one.ignored) return false;
      if (action === 'ignore') one.ignored = true;
      else one.end(outcomes[action]);
      return true;
    },
    set(next, nextRingFor) {
      mode = next;
      ringFor = nextRingFor ?? ringFor;
    },
    prompts: () => Object.fromEntries(rung),
    close() {
      closed = true;
      for (const { end } of [...ringing.values()]) end('no-answer');
    },
  };
}

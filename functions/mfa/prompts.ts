import type { Clock } from '../../relay-call/clock.ts';
import { rowKey } from '../store/keys.ts';
import type { Lease, LeaseRow, Leases } from '../store/lease.ts';
import type { Sleep } from '../store/sleep.ts';
import type { Attempt } from './attempt.ts';
import type { MfaFault, Outcome } from './outcome.ts';
import type { MfaProvider, Watched } from './provider.ts';

/** The name of the prompts' table in `Store`. */
export const PROMPTS = 'prompts';

/** What a prompt came to; `lost` until its window has passed, so that nobody is asked twice inside it. */
export type PromptEnd = { readonly attempt: Attempt } & Extract<Watched, { kind: 'outcome' | 'lost' }>;
export type PromptRow = LeaseRow<Attempt, PromptEnd>;

/** A packet that asks for a second factor. */
export interface Asking {
  readonly provider: MfaProvider;
  readonly attempt: Omit<Attempt, 'provider' | 'began' | 'deadline'>;
  /** NAS-Port; tells sign-ins apart where the packet names neither station nor machine. */
  readonly port?: number;
  /** Milliseconds from begin after which a prompt without an outcome is over. */
  readonly window: number;
  /** No prompt is begun when its client waits for fewer milliseconds than these. */
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
/** Those who wait look at least this often, so an outcome that has stood so long has been seen by all of them. */
const SEEN_BY_ALL = 1_000;
/** How long an outcome is kept for those who wait. */
const KEPT = 5_000;

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
}): Prompts {
  const { leases, clock, sleep } = parts;

  async function claim(
    x: Asking,
    instead: string | undefined,
  ): Promise<Asked | { readonly passOver?: string }> {
    const began = clock.now();
    const attempt = { ...x.attempt, provider: x.provider.name, began, deadline: began + x.window };
    const claimed = await leases.claim(partitionOf(attempt), keyOf(x), {
      work: attempt,
      expires: attempt.deadline,
      ...(instead === undefined ? {} : { instead }),
    });
    if (claimed.kind === 'holder') return begin(x, claimed, attempt);
    if (claimed.kind === 'settled') return settled(x, claimed);
    const outcome = await claimed.wait({ within: waitingTime(x), signal: x.signal });
    switch (outcome.kind) {
      case 'settled':
        return asked(outcome.value, true);
      case 'late':
        return { kind: 'no-answer-yet', attempt: claimed.work, joined: true };
      case 'released':
        return {};
      case 'holder':
        return takenOver(outcome);
    }
  }

  async function begin(x: Asking, lease: Lease<Attempt, PromptEnd>, attempt: Attempt): Promise<Asked> {
    if (x.left() < x.minimumWait) {
      await lease.release();
      return { kind: 'too-little-time' };
    }
    const end = run(x.provider, lease, attempt);
    // When the client stops waiting first, nobody is left to hear what went wrong.
    end.catch(() => undefined);
    const stopped = new AbortController();
    const late = sleep(waitingTime(x), AbortSignal.any([stopped.signal, x.signal])).catch(() => undefined);
    const ended = await Promise.race([end, late]);
    stopped.abort();
    if (ended === undefined) return { kind: 'no-answer-yet', attempt, joined: false };
    return ended.kind === 'not-begun' ? ended : asked({ ...ended, attempt }, false);
  }

  /** Whoever comes after an outcome must not take its row away from those who wait for it. */
  async function settled(
    x: Asking,
    { value, etag }: { readonly value: PromptEnd; readonly etag: string },
  ): Promise<Asked | { readonly passOver: string }> {
    if (value.kind === 'lost') return asked(value, true);
    await sleep(SEEN_BY_ALL, x.signal);
    return { passOver: etag };
  }

  /** Its holder has vanished. Nobody else can hear the answer of a provider that is not polled. */
  async function takenOver(lease: Lease<Attempt, PromptEnd>): Promise<Asked> {
    const attempt = lease.work;
    const end = { kind: 'lost', code: 'instance-lost', attempt } as const;
    await lease.settle(end, Math.max(attempt.deadline - clock.now(), 0));
    return asked(end, true);
  }

  /** Rings, waits until the window is over at the latest, and stores what it came to before anybody uses it. */
  async function run(
    provider: MfaProvider,
    lease: Lease<Attempt, PromptEnd>,
    attempt: Attempt,
  ): Promise<Watched> {
    const over = new AbortController();
    const ended = new AbortController();
    const timer = sleep(attempt.deadline - clock.now(), ended.signal).then(
      () => over.abort(),
      () => undefined,
    );
    try {
      const begun = await provider.begin(attempt, AbortSignal.any([over.signal, lease.lost]));
      if (begun.kind === 'not-begun') {
        await lease.release();
        return begun;
      }
      const abandon = () => begun.abandon();
      for (const signal of [over.signal, lease.lost]) {
        if (signal.aborted) abandon();
        signal.addEventListener('abort', abandon, { once: true });
      }
      return await store(lease, attempt, await begun.watch());
    } finally {
      ended.abort();
      await timer;
    }
  }

  async function store(
    lease: Lease<Attempt, PromptEnd>,
    attempt: Attempt,
    watched: Watched,
  ): Promise<Watched> {
    if (watched.kind === 'not-begun') {
      await lease.release();
      return watched;
    }
    const keepFor = watched.kind === 'outcome' ? KEPT : Math.max(attempt.deadline - clock.now(), 0);
    const stored = await lease.settle({ ...watched, attempt }, keepFor);
    // Another instance has told those who wait that the outcome is lost; two answers must not go out.
    return stored ? watched : { kind: 'lost', code: 'instance-lost' };
  }

  return {
    async ask(x) {
      let instead: string | undefined;
      for (;;) {
        const answer = await claim(x, instead);
        if ('kind' in answer) return answer;
        instead = answer.passOver;
      }
    },
  };
}

function waitingTime(x: Asking): number {
  return Math.max(x.left() - ANSWERING, 0);
}

function asked(end: PromptEnd, joined: boolean): Asked {
  const { attempt } = end;
  if (end.kind === 'outcome') return { kind: 'outcome', outcome: end.outcome, attempt, joined };
  const { code, detail } = end;
  return { kind: 'lost', code, ...(detail === undefined ? {} : { detail }), attempt, joined };
}

/** By ids that stay, so that every form of a name leads to the same person. */
function partitionOf({ user }: Pick<Attempt, 'user'>): string {
  return rowKey(user.tenantId, user.objectId);
}

/** What the packet says of where the person is. An approval for one place must not open another. */
function keyOf({ attempt: { client, station, machine }, port }: Asking): string {
  const place = station === undefined && machine === undefined ? String(port ?? '') : '';
  return rowKey(client, station ?? '', machine ?? '', place);
}

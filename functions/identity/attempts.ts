import { createHmac } from 'node:crypto';
import type { Clock } from '../../relay-call/clock.ts';
import { abortable } from '../azure/abortable.ts';
import type { PasswordAnswer } from '../entra/password/check.ts';
import { SecretMissing, type SecretReader, VaultUnreachable } from '../keyvault/secrets.ts';
import { rowKey } from '../store/keys.ts';
import type { Lease, LeaseRow, Leases } from '../store/lease.ts';
import { StoreUnreachable } from '../store/port.ts';
import { type Sleep, systemSleep } from '../store/sleep.ts';
import type { IdentityFault, PasswordVerdict, Question } from './directory.ts';
import { isFresh, keepFor, type StoredVerdict, verdictOf } from './stored-verdict.ts';

export type { StoredVerdict };

/** The name of the attempts' table in `Store`. */
export const ATTEMPTS = 'passwords';
export type AttemptRow = LeaseRow<AttemptWork, StoredVerdict>;

/** What is known of a password while a directory is asked about it: the id of the question. */
export interface AttemptWork {
  readonly question: string;
}

/** One try of one user with one password. */
export interface PasswordAttempt {
  /** The directory's name in the configuration. */
  readonly directory: string;
  /** The user's id within it, the same for every form of the name. */
  readonly userId: string;
  readonly password: Buffer;
  readonly question: Question;
  /**
   * Asks the directory. Never rejects. Gets a signal of its own: others wait for the same answer when the client that
   * asked first has gone.
   */
  readonly ask: (question: Question) => Promise<PasswordAnswer>;
}

export interface Attempts {
  /**
   * The verdict on this password, of one question for all who ask at the same time or within a minute.
   * `verification-too-late` when the question's signal aborts first.
   *
   * @throws StoreUnreachable: the directory may have been asked
   */
  once(x: PasswordAttempt): Promise<PasswordVerdict>;
}

/** The Key Vault secret under which passwords become keys of rows. */
export const ATTEMPT_KEY = 'attempt-key';
/** In octets: with a shorter one whoever reads the store could find passwords by trying. */
export const SHORTEST_ATTEMPT_KEY = 16;

/** All in milliseconds. One question ends after this, whoever still waits for it. */
const PATIENCE = 20_000;
/** One wait for another's question; then the row is claimed again, so that taking it over finds it alive. */
const WAIT = 30_000;
/** A row that nobody settles goes after this: a wait, and a question in the place of one that vanished. */
const WORK_KEPT = WAIT + PATIENCE + 10_000;
const STORE_AGAIN_AFTER = 500;
const STORE_PATIENCE = 5_000;

const TOO_LATE: PasswordVerdict = { kind: 'unavailable', code: 'verification-too-late' };
const BROKEN_OFF: PasswordAnswer = {
  kind: 'unavailable',
  code: 'password-check-broken-off',
  detail: '',
  retryAfter: 0,
};

/**
 * One question for a retried attempt, over instances (design §4 step 7). A directory that locks accounts counts every
 * question, and RADIUS clients ask again by themselves. A row holds the verdict under an HMAC of the password, whose
 * key is not in the store.
 *
 * When whoever asks vanishes, the next asks anew after a while: whether the directory has been asked cannot be known.
 */
export function createAttempts(parts: {
  readonly leases: Leases<AttemptWork, StoredVerdict>;
  readonly secrets: SecretReader;
  readonly clock: Clock;
  readonly sleep?: Sleep;
}): Attempts {
  const { leases, secrets, clock, sleep = systemSleep } = parts;

  async function attemptKey(signal: AbortSignal): Promise<Buffer | IdentityFault> {
    try {
      const octets = await secrets.read(ATTEMPT_KEY, signal);
      return octets.length < SHORTEST_ATTEMPT_KEY ? 'attempt-key-missing' : octets;
    } catch (error) {
      if (error instanceof SecretMissing) return 'attempt-key-missing';
      if (error instanceof VaultUnreachable) return 'attempt-key-unavailable';
      throw error;
    }
  }

  /** Undefined when the lease was lost: another has asked, and only that answer counts. */
  async function run(lease: Lease<AttemptWork, StoredVerdict>, x: PasswordAttempt) {
    const question = x.question.id;
    const answer = await answerOf(lease, x);
    const stored = { question, answer, at: clock.now() };
    return (await settle(lease, stored)) ? stored : undefined;
  }

  async function answerOf(lease: Lease<AttemptWork, StoredVerdict>, x: PasswordAttempt) {
    const patience = new AbortController();
    const ended = new AbortController();
    sleep(PATIENCE, ended.signal).then(
      () => patience.abort(),
      () => undefined,
    );
    const over = AbortSignal.any([patience.signal, lease.lost]);
    try {
      return await abortable(x.ask({ id: x.question.id, signal: over }), over);
    } catch (error) {
      if (over.aborted) return BROKEN_OFF;
      await lease.release();
      throw error;
    } finally {
      ended.abort();
    }
  }

  async function settle(lease: Lease<AttemptWork, StoredVerdict>, verdict: StoredVerdict): Promise<boolean> {
    const end = clock.monotonic() + STORE_PATIENCE;
    for (;;) {
      try {
        return await lease.settle(verdict, keepFor(verdict.answer));
      } catch (error) {
        if (!(error instanceof StoreUnreachable) || clock.monotonic() >= end) throw error;
        await sleep(STORE_AGAIN_AFTER, new AbortController().signal);
      }
    }
  }

  async function shared(x: PasswordAttempt, key: string): Promise<PasswordVerdict> {
    const { id, signal } = x.question;
    const partition = rowKey(x.directory, x.userId);
    let instead: { readonly instead?: string } = {};
    for (;;) {
      const expires = clock.now() + WORK_KEPT;
      const claimed = await leases.claim(partition, key, { work: { question: id }, expires, ...instead });
      const outcome = claimed.kind === 'waiting' ? await claimed.wait({ within: WAIT, signal }) : claimed;
      instead = {};
      if (outcome.kind === 'settled') {
        if (isFresh(outcome.value, clock.now())) return verdictOf(outcome.value, true);
        instead = { instead: outcome.etag };
      }
      if (outcome.kind !== 'holder') continue;
      if (signal.aborted) {
        await outcome.release();
        return TOO_LATE;
      }
      const running = run(outcome, x);
      // It goes on when its first asker has gone, and then nobody hears how it ends.
      running.catch(() => undefined);
      const stored = await abortable(running, signal);
      if (stored !== undefined) return verdictOf(stored, false);
    }
  }

  return {
    async once(x) {
      const { signal } = x.question;
      try {
        signal.throwIfAborted();
        const secret = await attemptKey(signal);
        if (typeof secret === 'string') return { kind: 'unavailable', code: secret };
        return await shared(x, keyOf(secret, x));
      } catch (error) {
        if (signal.aborted && error === signal.reason) return TOO_LATE;
        throw error;
      }
    },
  };
}

/** A key of {@link rowKey} holds no NUL, so different parts never give the same text. */
function keyOf(secret: Buffer, { directory, userId, password }: PasswordAttempt): string {
  return createHmac('sha256', secret)
    .update(`radius-bridge password attempt\0${rowKey(directory, userId)}\0`, 'latin1')
    .update(password)
    .digest('hex');
}

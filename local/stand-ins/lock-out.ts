import { createHash } from 'node:crypto';
import type { Clock } from '../../relay-call/clock.ts';

/** Smart lock-out: what wrong passwords do to an account (entra.md 3.3). Users are named by their object ids. */
export interface LockOut {
  locked(user: string): boolean;
  /** Counted, unless it is one of the last three. */
  wrong(user: string, password: string): void;
  /** Forgets what was wrong before. */
  right(user: string): void;
}

const firstLock = 60_000;
const remembered = 3;

interface Account {
  /** Of the last wrong passwords, newest last. */
  readonly hashes: readonly string[];
  readonly failures: number;
  /** Milliseconds since the epoch. */
  readonly lockedUntil: number;
  /** How long the next lock lasts. */
  readonly nextLock: number;
}

const untouched: Account = { hashes: [], failures: 0, lockedUntil: 0, nextLock: firstLock };

/**
 * A first lock lasts a minute, each one after it twice as long as the one before, until a password was right.
 *
 * @param threshold how many wrong passwords lock an account
 */
export function lockOut(clock: Clock, threshold: number): LockOut {
  const accounts = new Map<string, Account>();
  return {
    locked: (user) => clock.now() < (accounts.get(user) ?? untouched).lockedUntil,
    wrong(user, password) {
      const account = accounts.get(user) ?? untouched;
      const hash = createHash('sha256').update(password).digest('base64');
      if (account.hashes.includes(hash)) return;
      const hashes = [...account.hashes, hash].slice(-remembered);
      const failures = account.failures + 1;
      const locks = failures >= threshold;
      accounts.set(user, {
        hashes,
        failures: locks ? 0 : failures,
        lockedUntil: locks ? clock.now() + account.nextLock : account.lockedUntil,
        nextLock: locks ? account.nextLock * 2 : account.nextLock,
      });
    },
    right: (user) => {
      accounts.delete(user);
    },
  };
}

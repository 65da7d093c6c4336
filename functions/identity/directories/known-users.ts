import type { Clock } from '../../../relay-call/clock.ts';
import { abortable } from '../../azure/abortable.ts';
import type { Question, UserLookup } from '../directory.ts';

/** What a directory over the network said about names. */
export interface KnownUsers {
  /**
   * What is known of the name, or else what `ask` finds out. Those who ask for the same name share one question, which
   * has the id of the first and goes on without them; each waits as long as its own signal lets it.
   *
   * @param key the same for names that are the same question
   * @param ask may reject with the reason of the signal that it gets; with anything else it is a fault of ours, which
   *   everybody who waits gets
   */
  find(
    key: string,
    ask: (question: Question) => Promise<UserLookup>,
    question: Question,
  ): Promise<UserLookup>;
  /** What was told of this user may have been overtaken: the next who asks for one of their names asks anew. */
  forget(userId: string): void;
}

/** Milliseconds for one question with everything that it needs. */
const PATIENCE = 10_000;
const MOST_USERS = 10_000;
/** A user who has just been made should not have to wait for long. */
const NOBODY_FOR = 60_000;
/** For names that lead to nobody, and for those that are being asked for: whoever guesses names fills these alone. */
const MOST_NAMES = 1_000;

const TOO_LATE: UserLookup = { kind: 'unavailable', code: 'verification-too-late' };
const NO_ANSWER: UserLookup = { kind: 'unavailable', code: 'graph-unreachable' };

/**
 * Keeps in memory who has which name, and who has none. Nothing is told that was asked for `cacheFor` milliseconds ago
 * or earlier, so with 0 every question is asked anew; that nobody has a name is told for a minute at most. That nothing
 * could be found out is not kept.
 */
export function knownUsers(x: {
  readonly cacheFor: number;
  readonly clock: Clock;
  readonly patience?: number;
  readonly mostUsers?: number;
  readonly mostNames?: number;
}): KnownUsers {
  const { cacheFor, clock, patience = PATIENCE, mostNames = MOST_NAMES } = x;
  const users = recent<UserLookup>(x.mostUsers ?? MOST_USERS);
  const nobodies = recent<UserLookup>(mostNames);
  const flights = recent<Promise<UserLookup>>(mostNames);
  /** Monotonic; nothing is kept that was asked for by then. */
  let forgot = Number.NEGATIVE_INFINITY;

  const fresh = (began: number, within = cacheFor) => clock.monotonic() - began < within;

  function keptFor(key: string): UserLookup | undefined {
    const user = users.get(key);
    if (user !== undefined && fresh(user.began)) return user.value;
    const nobody = nobodies.get(key);
    return nobody !== undefined && fresh(nobody.began, Math.min(cacheFor, NOBODY_FOR))
      ? nobody.value
      : undefined;
  }

  function keep(key: string, lookup: UserLookup, began: number): void {
    if (lookup.kind === 'unavailable' || !fresh(began) || began <= forgot) return;
    const before = users.get(key) ?? nobodies.get(key);
    if (before !== undefined && before.began > began) return;
    users.remove(key);
    nobodies.remove(key);
    (lookup.kind === 'found' ? users : nobodies).put(key, { began, value: lookup });
  }

  async function answerTo(id: string, ask: (question: Question) => Promise<UserLookup>): Promise<UserLookup> {
    const signal = AbortSignal.timeout(patience);
    try {
      return await abortable(ask({ id, signal }), signal);
    } catch (error) {
      if (signal.aborted) return NO_ANSWER;
      throw error;
    }
  }

  async function fly(
    key: string,
    id: string,
    ask: (question: Question) => Promise<UserLookup>,
  ): Promise<UserLookup> {
    const began = clock.monotonic();
    const value = answerTo(id, ask);
    flights.put(key, { began, value });
    try {
      const lookup = await value;
      keep(key, lookup, began);
      return lookup;
    } finally {
      if (flights.get(key)?.value === value) flights.remove(key);
    }
  }

  return {
    async find(key, ask, question) {
      if (question.signal.aborted) return TOO_LATE;
      const kept = keptFor(key);
      if (kept !== undefined) return kept;
      const flight = flights.get(key);
      const answer = flight !== undefined && fresh(flight.began) ? flight.value : fly(key, question.id, ask);
      try {
        return await abortable(answer, question.signal);
      } catch (error) {
        if (question.signal.aborted) return TOO_LATE;
        throw error;
      }
    },
    forget(userId) {
      // Questions that are under way may bring what is to be forgotten; their answers are told and not kept.
      forgot = clock.monotonic();
      flights.clear();
      users.removeWhere((lookup) => lookup.kind === 'found' && lookup.user.id === userId);
    },
  };
}

interface Dated<V> {
  /** Monotonic milliseconds at which it was asked for. */
  readonly began: number;
  readonly value: V;
}

/** At most so many entries; the one that was put first goes first. */
function recent<V>(most: number) {
  const entries = new Map<string, Dated<V>>();
  return {
    get: (key: string) => entries.get(key),
    remove: (key: string) => entries.delete(key),
    clear: () => entries.clear(),
    removeWhere(goes: (value: V) => boolean): void {
      for (const [key, { value }] of entries) if (goes(value)) entries.delete(key);
    },
    put(key: string, entry: Dated<V>): void {
      entries.delete(key);
      entries.set(key, entry);
      if (entries.size <= most) return;
      const [oldest] = entries.keys();
      if (oldest !== undefined) entries.delete(oldest);
    },
  };
}

import { hash } from 'node:crypto';
import type { Frame } from '../relay-call/framing.ts';
import type { Drop } from './drops.ts';

/** How long an answered request is remembered: within the 5 to 30 s of RFC 5080 §2.2.2. Milliseconds. */
export const ANSWER_KEPT = 30_000;
/** An answer this long out may be forgotten early when room is needed (RFC 5080 §2.2.2). Milliseconds. */
export const ANSWER_KEPT_AT_LEAST = 5_000;
/** How long repeats of a request that the functions told us to discard are dropped. Milliseconds. */
export const DISCARD_KEPT = 5_000;
/** The longest hold of a reply for which `ANSWER_KEPT` still leaves a client its 5 s. Milliseconds. */
export const LONGEST_HOLD = 10_000;

/** How much the table holds; both are counts of requests. */
export interface RepeatLimits {
  /** Requests in work at the functions. */
  readonly pending: number;
  /** Requests in work and remembered ones together. */
  readonly entries: number;
}

/** One distinct datagram that went up to the functions. `Asker` is whatever its reply needs to find its way. */
export interface Entry<Asker> {
  readonly asker: Asker;
  /** Set in the table alone. */
  readonly inside: Inside<Asker>;
}

interface Inside<Asker> {
  readonly slot: Slot<Asker>;
  /** SHA-256 of the octets: two datagrams are the same when these are, and no packet is kept for it. */
  readonly identity: string;
  readonly authenticator: string;
  /** Place in the order of first arrival. */
  readonly order: number;
  state: 'pending' | 'answered' | 'discarded' | 'gone';
  /** Set once answered, unless a newer request had retired this one. */
  reply: Buffer | undefined;
  /** Before this time the reply is held back. */
  sendFrom: number;
  settledAt: number;
  nextInQueue: Entry<Asker> | undefined;
}

/** All that shares source address and port, the address and port asked, and identifier. */
interface Slot<Asker> {
  readonly key: string;
  /** The entry, as long as there is one; the map of all by identity from the second on. */
  only: Entry<Asker> | undefined;
  many: Map<string, Entry<Asker>> | undefined;
  /** The newest request here that the functions answered with a packet, while it is remembered. */
  proven: Entry<Asker> | undefined;
  /** How many others that they answered with a packet are remembered, by authenticator; there seldom are any. */
  answered: Map<string, number> | undefined;
  /** Its order and authenticator outlive it, because older requests may still be in work. */
  provenOrder: number;
  provenAuthenticator: string;
}

interface Queue<Asker> {
  first: Entry<Asker> | undefined;
  last: Entry<Asker> | undefined;
}

/** What is to be done with a datagram. */
export type Arrival<Asker> =
  | { readonly kind: 'new'; readonly entry: Entry<Asker> }
  | { readonly kind: 'resend'; readonly reply: Buffer }
  | { readonly kind: 'drop'; readonly code: Drop };

/**
 * Suppresses repeats as far as one may who cannot check a Message-Authenticator: until the functions have answered
 * a request with a packet, nothing proves that it was the client's, so only the very same octets are its repeat and
 * a spoofed datagram can neither stand in a real one's way nor push it out. RFC 5080 §2.2.2 for the rest.
 *
 * Pure: it reads no clock, keeps no timer and sends nothing. Times are those of `Clock.monotonic()`.
 */
export interface Repeats<Asker> {
  /**
   * @param endpoints names the sender's address and port and the address and port it asked.
   * @param asker is kept when, and only when, the datagram is new.
   * @param admitNew false when the client has its share of the table in work already: repeats only.
   */
  arrive(endpoints: string, frame: Frame, asker: Asker, now: number, admitNew: boolean): Arrival<Asker>;
  /** The functions answered with a packet. `hold` (ms) keeps it back; then ask `release` when the time has come. */
  answer(
    entry: Entry<Asker>,
    reply: Buffer,
    hold: number,
    now: number,
  ): 'send' | 'hold' | 'late-answer-retired';
  /** May a reply that was held back go out, or has a newer request taken its place meanwhile? */
  release(entry: Entry<Asker>): 'send' | 'late-answer-retired';
  /** The functions answered that the packet is to be discarded. */
  discard(entry: Entry<Asker>, now: number): void;
  /** There was no answer: the next datagram with these octets is new again. */
  forget(entry: Entry<Asker>): void;
  /** Forgets what has been remembered long enough. */
  sweep(now: number): void;
  readonly pending: number;
  readonly remembered: number;
}

/** An empty table. It never holds more than `limits` say: what comes on top of them is turned away. */
export function createRepeats<Asker>(limits: RepeatLimits): Repeats<Asker> {
  const slots = new Map<string, Slot<Asker>>();
  const answered: Queue<Asker> = { first: undefined, last: undefined };
  const discarded: Queue<Asker> = { first: undefined, last: undefined };
  let pending = 0;
  let remembered = 0;
  let arrivals = 0;

  function retired({ inside }: Entry<Asker>): boolean {
    const { slot } = inside;
    return slot.provenOrder > inside.order && slot.provenAuthenticator !== inside.authenticator;
  }

  function remember(queue: Queue<Asker>, entry: Entry<Asker>): void {
    if (queue.last === undefined) queue.first = entry;
    else queue.last.inside.nextInQueue = entry;
    queue.last = entry;
    pending -= 1;
    remembered += 1;
  }

  function forgetFirst(queue: Queue<Asker>, entry: Entry<Asker>): void {
    queue.first = entry.inside.nextInQueue;
    if (queue.first === undefined) queue.last = undefined;
    remembered -= 1;
    unlink(entry);
  }

  function unlink(entry: Entry<Asker>): void {
    const { inside } = entry;
    const { slot } = inside;
    if (slot.proven === entry) slot.proven = undefined;
    else if (inside.state === 'answered') countAnswered(slot, inside.authenticator, -1);
    inside.state = 'gone';
    inside.reply = undefined;
    if (slot.only === entry) slot.only = undefined;
    slot.many?.delete(inside.identity);
    if (slot.only === undefined && !slot.many?.size) slots.delete(slot.key);
  }

  function countAnswered(slot: Slot<Asker>, authenticator: string, by: 1 | -1): void {
    slot.answered ??= new Map();
    const count = (slot.answered.get(authenticator) ?? 0) + by;
    if (count > 0) slot.answered.set(authenticator, count);
    else slot.answered.delete(authenticator);
  }

  /** Whether the functions have answered a remembered request with this authenticator, and so proved it. */
  function isProven(slot: Slot<Asker>, authenticator: string): boolean {
    return slot.proven?.inside.authenticator === authenticator || slot.answered?.has(authenticator) === true;
  }

  function find(slot: Slot<Asker>, identity: string): Entry<Asker> | undefined {
    if (slot.only?.inside.identity === identity) return slot.only;
    return slot.many?.get(identity);
  }

  /** A spoofer can put thousands of different datagrams beside a client's own; none may make another slower. */
  function link(slot: Slot<Asker>, entry: Entry<Asker>): void {
    if (slot.only === undefined && !slot.many?.size) {
      slot.only = entry;
      return;
    }
    slot.many ??= new Map();
    if (slot.only !== undefined) slot.many.set(slot.only.inside.identity, slot.only);
    slot.only = undefined;
    slot.many.set(entry.inside.identity, entry);
  }

  function repeated(entry: Entry<Asker>, now: number): Arrival<Asker> {
    const { inside } = entry;
    if (inside.state === 'discarded') return { kind: 'drop', code: 'discarded-repeat' };
    if (retired(entry)) return { kind: 'drop', code: 'repeat-retired' };
    if (inside.reply !== undefined && now >= inside.sendFrom) return { kind: 'resend', reply: inside.reply };
    return { kind: 'drop', code: 'repeat-in-work' };
  }

  /** Makes room for one more if it may; answers that are out long enough go first. */
  function hasRoom(now: number): boolean {
    if (pending >= limits.pending) return false;
    if (pending + remembered < limits.entries) return true;
    // Forgetting a discarded one costs a call at the most; a client whose packets are all bad fills nobody's room.
    if (discarded.first !== undefined) {
      forgetFirst(discarded, discarded.first);
      return true;
    }
    const oldest = answered.first;
    if (oldest === undefined || now < oldest.inside.sendFrom + ANSWER_KEPT_AT_LEAST) return false;
    forgetFirst(answered, oldest);
    return true;
  }

  function sweep(now: number): void {
    while (answered.first !== undefined && now >= answered.first.inside.settledAt + ANSWER_KEPT) {
      forgetFirst(answered, answered.first);
    }
    while (discarded.first !== undefined && now >= discarded.first.inside.settledAt + DISCARD_KEPT) {
      forgetFirst(discarded, discarded.first);
    }
  }

  function enter(key: string, identity: string, authenticator: string, asker: Asker): Entry<Asker> {
    let slot = slots.get(key);
    if (slot === undefined) {
      slot = {
        key,
        only: undefined,
        many: undefined,
        proven: undefined,
        answered: undefined,
        provenOrder: -1,
        provenAuthenticator: '',
      };
      slots.set(key, slot);
    }
    const inside: Inside<Asker> = {
      slot,
      identity,
      authenticator,
      order: arrivals,
      state: 'pending',
      reply: undefined,
      sendFrom: 0,
      settledAt: 0,
      nextInQueue: undefined,
    };
    const entry = { asker, inside };
    link(slot, entry);
    arrivals += 1;
    pending += 1;
    return entry;
  }

  return {
    arrive(endpoints, frame, asker, now, admitNew) {
      sweep(now);
      const key = `${endpoints} ${frame.identifier}`;
      const identity = hash('sha256', frame.packet, 'binary');
      const authenticator = frame.authenticator.toString('latin1');
      const slot = slots.get(key);
      if (slot !== undefined) {
        const entry = find(slot, identity);
        if (entry !== undefined) return repeated(entry, now);
        if (isProven(slot, authenticator)) return { kind: 'drop', code: 'repeat-changed' };
      }
      if (!admitNew) return { kind: 'drop', code: 'client-share-full' };
      if (!hasRoom(now)) return { kind: 'drop', code: 'table-full' };
      return { kind: 'new', entry: enter(key, identity, authenticator, asker) };
    },

    answer(entry, reply, hold, now) {
      const { inside } = entry;
      const { slot } = inside;
      inside.state = 'answered';
      inside.settledAt = now;
      inside.sendFrom = now + hold;
      remember(answered, entry);
      // Remembered without its reply, so that a copy of it that is still on its way does not become the newest.
      if (retired(entry)) {
        countAnswered(slot, inside.authenticator, 1);
        return 'late-answer-retired';
      }
      // A copy: the reply is a view on what the connection read, far larger than itself.
      inside.reply = Buffer.from(reply);
      if (slot.proven !== undefined) countAnswered(slot, slot.proven.inside.authenticator, 1);
      slot.proven = entry;
      slot.provenOrder = Math.max(slot.provenOrder, inside.order);
      slot.provenAuthenticator = inside.authenticator;
      return hold > 0 ? 'hold' : 'send';
    },

    release(entry) {
      return retired(entry) ? 'late-answer-retired' : 'send';
    },

    discard(entry, now) {
      entry.inside.state = 'discarded';
      entry.inside.settledAt = now;
      remember(discarded, entry);
    },

    forget(entry) {
      pending -= 1;
      unlink(entry);
    },

    sweep,

    get pending() {
      return pending;
    },

    get remembered() {
      return remembered;
    },
  };
}

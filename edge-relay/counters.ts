import { ANSWER_FAULTS, type AnswerFault } from '../relay-call/answer.ts';
import { DROPS, type Drop } from './drops.ts';

/** What the relay counts besides drops. */
export const COUNTED = {
  received: 'Datagrams received.',
  called: 'Requests handed to the functions.',
  sent: 'Replies sent, repeated ones not counted.',
  resent: 'Replies sent again for a repeated request.',
  held: 'Rejects held back for a while; those that left are counted as sent, too.',
} as const;

type Counted = keyof typeof COUNTED;

/** Names of a group that are not known beforehand; further ones count as `other`. */
const MOST_NAMES = 64;

/** Counts since start. Only what is not zero is listed. */
export interface Counts {
  readonly relay: Readonly<Record<string, number>>;
  readonly drops: Readonly<Record<string, number>>;
  /** Answers that were none, by what was wrong with them (drop `answer-fault`). */
  readonly faults: Readonly<Record<string, number>>;
  /** Calls that the functions refused, by their code for it (drop `answer-refused`). */
  readonly refusals: Readonly<Record<string, number>>;
  /** Calls on which the functions could not decide, by their code for it (drop `answer-unavailable`). */
  readonly unavailable: Readonly<Record<string, number>>;
  /** What happened on the way to the functions, by the codes of `cloud/`. */
  readonly cloud: Readonly<Record<string, number>>;
}

/** Counters of a fixed number of names; counting allocates nothing. */
export interface Counters {
  count(what: Counted): void;
  drop(code: Drop): void;
  fault(code: AnswerFault): void;
  /** Return the name that the code is counted under: itself, or `other` beyond 64 of them. */
  refusal(code: string): string;
  unavailable(code: string): string;
  cloud(code: string): void;
  read(): Counts;
  /** Whether anything was counted since this was last asked. */
  changed(): boolean;
}

const zeros = (table: object) => new Map<string, number>(Object.keys(table).map((name) => [name, 0]));
const listed = (counts: ReadonlyMap<string, number>) =>
  Object.fromEntries([...counts].filter(([, count]) => count > 0));

export function createCounters(): Counters {
  const relay = zeros(COUNTED);
  const drops = zeros(DROPS);
  const faults = zeros(ANSWER_FAULTS);
  const refusals = new Map<string, number>();
  const unavailable = new Map<string, number>();
  const cloud = new Map<string, number>();
  let dirty = false;

  function add(counts: Map<string, number>, name: string): void {
    counts.set(name, (counts.get(name) ?? 0) + 1);
    dirty = true;
  }

  function addNamed(counts: Map<string, number>, code: string): string {
    const name = counts.has(code) || counts.size < MOST_NAMES ? code : 'other';
    add(counts, name);
    return name;
  }

  return {
    count: (what) => add(relay, what),
    drop: (code) => add(drops, code),
    fault: (code) => add(faults, code),
    refusal: (code) => addNamed(refusals, code),
    unavailable: (code) => addNamed(unavailable, code),
    cloud: (code) => void addNamed(cloud, code),
    read: () => ({
      relay: listed(relay),
      drops: listed(drops),
      faults: listed(faults),
      refusals: listed(refusals),
      unavailable: listed(unavailable),
      cloud: listed(cloud),
    }),
    changed() {
      const was = dirty;
      dirty = false;
      return was;
    },
  };
}

import type { Clock } from '../../../relay-call/clock.ts';
import { abortable } from '../../azure/abortable.ts';
import type { GraphEvent } from './faults.ts';
import type { GraphQuestion } from './graph.ts';

/** Which groups there are, asked for no oftener than every ten seconds, whoever wants to know. */
export interface GroupExistence {
  /**
   * Whether there is such a group. Those who ask while it is looked for share that one look, which has the id of the
   * first and goes on without them; each waits as long as their own signal lets them. What came of it serves for ten
   * seconds from when the look began. A fault reaches all who wait for it and is not kept.
   *
   * @throws what the look throws, and the signal's reason
   */
  exists(group: string, question: GraphQuestion): Promise<boolean>;
  /** Those that were missing when they were last looked for, however long ago. A reason to look again, and no more. */
  suspects(groups: readonly string[]): readonly string[];
}

/** Milliseconds. A replica that does not know a group yet must not hide it from everybody for longer. */
const EXISTENCE_FOR = 10_000;
/** Milliseconds, for the log alone. */
const TOLD_FOR = 600_000;

/** `until`: monotonic milliseconds; Infinity while the look goes on. */
interface Look {
  readonly found: Promise<boolean>;
  until: number;
}

/** Knows nothing at first, and never of more groups than it was asked about; those are the configuration's. */
export function groupExistence(x: {
  /** Asks Graph. It ends by itself: the signal that it gets never comes. */
  readonly look: (group: string, question: GraphQuestion) => Promise<boolean>;
  readonly clock: Clock;
  readonly log: (event: GraphEvent) => void;
}): GroupExistence {
  const { look, clock, log } = x;
  const looks = new Map<string, Look>();
  const suspected = new Set<string>();
  const told = new Map<string, number>();

  function tell(group: string): void {
    dropPast(told, clock.monotonic(), (until) => until);
    if (told.has(group)) return;
    told.set(group, clock.monotonic() + TOLD_FOR);
    log({ event: 'group-missing', group });
  }

  async function find(group: string, id: string): Promise<boolean> {
    const found = await look(group, { id, signal: new AbortController().signal });
    if (found) {
      suspected.delete(group);
    } else {
      suspected.add(group);
      tell(group);
    }
    return found;
  }

  function begin(group: string, id: string): Look {
    const until = clock.monotonic() + EXISTENCE_FOR;
    const begun: Look = { found: find(group, id), until: Number.POSITIVE_INFINITY };
    looks.set(group, begun);
    begun.found.then(
      () => {
        begun.until = until;
      },
      () => looks.delete(group),
    );
    return begun;
  }

  return {
    async exists(group, question) {
      question.signal.throwIfAborted();
      dropPast(looks, clock.monotonic(), ({ until }) => until);
      const { found } = looks.get(group) ?? begin(group, question.id);
      return abortable(found, question.signal);
    },
    suspects: (groups) => groups.filter((group) => suspected.has(group)),
  };
}

function dropPast<V>(entries: Map<string, V>, now: number, untilOf: (value: V) => number): void {
  for (const [key, value] of entries) if (now >= untilOf(value)) entries.delete(key);
}

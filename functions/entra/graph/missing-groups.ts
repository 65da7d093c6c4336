import type { Clock } from '../../../relay-call/clock.ts';
import type { GraphEvent } from './faults.ts';

/** Groups that Graph has called missing lately, so that they need not be looked for with every user. */
export interface MissingGroups {
  has(group: string): boolean;
  /** Tells the log of a group that it has not been told of lately. */
  add(group: string): void;
}

/** Milliseconds. A group that is restored, or was not known everywhere yet, is asked about again after this. */
const REMEMBERED = 600_000;

/** Remembers nothing at first, and never more than the ids that it was told of lately; those are the configuration's. */
export function missingGroups(clock: Clock, log: (event: GraphEvent) => void): MissingGroups {
  const until = new Map<string, number>();

  function has(group: string): boolean {
    for (const [other, end] of until) if (clock.monotonic() >= end) until.delete(other);
    return until.has(group);
  }

  return {
    has,
    add(group) {
      if (has(group)) return;
      until.set(group, clock.monotonic() + REMEMBERED);
      log({ event: 'group-missing', group });
    },
  };
}

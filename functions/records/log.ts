import type { Clock } from '../../relay-call/clock.ts';

/** What the app tells about itself; each becomes one JSON line. Values are data, never built into the event's name. */
export type LogEvent = { readonly event: string } & Readonly<Record<string, unknown>>;
export type Log = (event: LogEvent) => void;

export interface LimitedLog {
  (log: Log, cause: string, event: LogEvent): void;
  /** Writes what is kept back, since nothing runs later in a process that ends. */
  flush(): void;
}

/**
 * An event as one line of JSON in ASCII: control characters that JSON leaves as they are (DEL, C1), line separators
 * and marks that turn the reading direction reach nobody's terminal.
 */
export function logLine(event: LogEvent): string {
  return JSON.stringify(event).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Milliseconds for which a cause is not told again. */
const QUIET = 10_000;

/** How many different causes are told apart; beyond that they share one limit. */
const MOST_CAUSES = 1000;

/**
 * A log for what strangers can cause: of each cause the first event is written at once, then at most one in 10 s. The
 * last of those that were kept back is written when the 10 s are over, with how many others it stands for: events and
 * their `leftOut` add up to what has happened. `cause` must not come from a packet.
 *
 * @param x.after runs something once, some milliseconds later
 * @param x.late takes what is written then: the call that it belongs to has ended
 */
export function limitedLog(x: {
  readonly clock: Clock;
  readonly after: (milliseconds: number, run: () => void) => void;
  readonly late: Log;
}): LimitedLog {
  const causes = new Map<string, { since: number; leftOut: number; last: LogEvent }>();

  function tellLate(cause: string): void {
    const known = causes.get(cause);
    if (known === undefined || known.leftOut === 0) return;
    const { last, leftOut } = known;
    causes.set(cause, { since: x.clock.monotonic(), leftOut: 0, last });
    x.late(leftOut === 1 ? last : { ...last, leftOut: leftOut - 1 });
  }

  function tell(log: Log, cause: string, event: LogEvent): void {
    const key = causes.has(cause) || causes.size < MOST_CAUSES ? cause : '';
    const now = x.clock.monotonic();
    const known = causes.get(key);
    if (known !== undefined && (known.leftOut > 0 || now - known.since < QUIET)) {
      known.leftOut += 1;
      known.last = event;
      // One timer for each quiet time: only the first that is kept back sets it.
      if (known.leftOut === 1) x.after(known.since + QUIET - now, () => tellLate(key));
      return;
    }
    causes.set(key, { since: now, leftOut: 0, last: event });
    log(event);
  }

  return Object.assign(tell, {
    flush() {
      for (const cause of [...causes.keys()]) tellLate(cause);
    },
  });
}

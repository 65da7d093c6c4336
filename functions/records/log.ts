import type { Clock } from '../../relay-call/clock.ts';

/** What the app tells about itself; each becomes one JSON line. Values are data, never built into the event's name. */
export type LogEvent = { readonly event: string } & Readonly<Record<string, unknown>>;
export type Log = (event: LogEvent) => void;

export type LimitedLog = (log: Log, cause: string, event: LogEvent) => void;

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

const QUIET = 10_000;

/** How many different causes are told apart; beyond that they share one limit. */
const MOST_CAUSES = 1000;

/**
 * A log for what strangers can cause: of each cause the first event is written at once, then at most one in 10 s,
 * which says how many were left out since. `cause` must not come from a packet.
 */
export function limitedLog(clock: Clock): LimitedLog {
  const causes = new Map<string, { since: number; leftOut: number }>();
  return (log, cause, event) => {
    const key = causes.has(cause) || causes.size < MOST_CAUSES ? cause : '';
    const now = clock.monotonic();
    const known = causes.get(key);
    if (known !== undefined && now - known.since < QUIET) {
      known.leftOut += 1;
      return;
    }
    causes.set(key, { since: now, leftOut: 0 });
    log(known === undefined || known.leftOut === 0 ? event : { ...event, leftOut: known.leftOut });
  };
}

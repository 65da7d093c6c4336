import type { Clock } from '../relay-call/clock.ts';
import type { Timers } from './timers.ts';

export type Level = 'info' | 'warning' | 'error';

/** What a line says besides time, level and event. Never a packet, a part of one, or a key. */
export type Fields = Readonly<Record<string, unknown>>;

/** One JSON object a line, so that untrusted text stays inside a JSON string. */
export interface Log {
  /** Writes a line. For what happens seldom by itself: start, stop, a socket that comes or goes. */
  say(level: Level, event: string, fields?: Fields): void;
  /**
   * For what strangers can cause: of each event, code and detail the first line is written at once, then at most one
   * in ten seconds. The last of those that were kept back is written when the ten seconds are over, with how many
   * others it stands for: lines and their `leftOut` add up to what has happened.
   *
   * @param code of a fixed set, as is `detail`: nothing that a packet says.
   */
  limited(level: Level, event: string, code: string, fields?: Fields, detail?: string): void;
  /** Writes what is kept back, since nothing runs later in a process that ends. */
  flush(): void;
}

/** For each event, code and detail one line in this time, in ms. */
export const LOG_EVERY = 10_000;
/** How many are told apart; beyond that they share one limit. */
const MOST_CAUSES = 1_000;

interface Cause {
  since: number;
  leftOut: number;
  /** Writes the newest of those that are kept back. */
  tell: (leftOut: number) => void;
  cancel: () => void;
}

/** @param write takes one line without its end; it must not throw. */
export function createLog(
  { clock, timers }: { readonly clock: Clock; readonly timers: Pick<Timers, 'after'> },
  write: (line: string) => void,
): Log {
  const causes = new Map<string, Cause>();

  function say(level: Level, event: string, fields: Fields = {}): void {
    write(JSON.stringify({ time: new Date(clock.now()).toISOString(), level, event, ...fields }));
  }

  function tellLate(cause: Cause): void {
    const { leftOut } = cause;
    if (leftOut === 0) return;
    cause.cancel();
    cause.since = clock.monotonic();
    cause.leftOut = 0;
    cause.tell(leftOut - 1);
  }

  return {
    say,

    limited(level, event, code, fields = {}, detail = '') {
      const wanted = `${event} ${code} ${detail}`;
      const key = causes.has(wanted) || causes.size < MOST_CAUSES ? wanted : '';
      const now = clock.monotonic();
      const tell = (leftOut: number) =>
        say(level, event, { code, ...fields, ...(leftOut > 0 ? { leftOut } : {}) });
      const cause = causes.get(key);
      if (cause !== undefined && (cause.leftOut > 0 || now < cause.since + LOG_EVERY)) {
        cause.tell = tell;
        cause.leftOut += 1;
        // One timer for each quiet time: only the first that is kept back sets it.
        if (cause.leftOut === 1)
          cause.cancel = timers.after(cause.since + LOG_EVERY - now, () => tellLate(cause));
        return;
      }
      causes.set(key, { since: now, leftOut: 0, tell, cancel: () => undefined });
      tell(0);
    },

    flush() {
      for (const cause of causes.values()) tellLate(cause);
    },
  };
}

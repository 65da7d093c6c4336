import type { Clock } from '../relay-call/clock.ts';

export type Level = 'info' | 'warning' | 'error';

/** What a line says besides time, level and event. Never a packet, a part of one, or a key. */
export type Fields = Readonly<Record<string, unknown>>;

/** One JSON object a line, so that untrusted text stays inside a JSON string. */
export interface Log {
  /** Writes a line. For what happens seldom by itself: start, stop, a socket that comes or goes. */
  say(level: Level, event: string, fields?: Fields): void;
  /**
   * Writes a line unless one with the same event and code was written within the last ten seconds; the next that
   * is written tells how many were left out (`suppressed`). For what strangers can cause.
   *
   * @param code of a fixed set: the log remembers each.
   */
  limited(level: Level, event: string, code: string, fields?: Fields): void;
}

/** For each event and code one line in this time, in ms. */
export const LOG_EVERY = 10_000;

/** @param write takes one line without its end; it must not throw. */
export function createLog(clock: Clock, write: (line: string) => void): Log {
  const seen = new Map<string, { at: number; suppressed: number }>();

  function say(level: Level, event: string, fields: Fields = {}): void {
    write(JSON.stringify({ time: new Date(clock.now()).toISOString(), level, event, ...fields }));
  }

  return {
    say,

    limited(level, event, code, fields = {}) {
      const key = `${event} ${code}`;
      const now = clock.monotonic();
      const last = seen.get(key);
      if (last !== undefined && now < last.at + LOG_EVERY) {
        last.suppressed += 1;
        return;
      }
      seen.set(key, { at: now, suppressed: 0 });
      say(level, event, { code, ...fields, ...(last?.suppressed ? { suppressed: last.suppressed } : {}) });
    },
  };
}

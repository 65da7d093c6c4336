import type { Clock } from '../../relay-call/clock.ts';
import { type Delivery, faultOf, undelivered } from './delivery.ts';
import { flatten } from './flatten.ts';
import { type Log, limitedLog } from './log.ts';
import type { Sender, WaitingEvent } from './sender.ts';
import type { Telemetry } from './telemetry.ts';
import { readTraceParent } from './trace-parent.ts';

/** What the log is told about telemetry, of each cause at most once in 10 s. */
export const TELEMETRY_EVENTS = {
  'telemetry-unavailable':
    'Application Insights cannot be reached, or takes nothing at present; events wait and are sent later.',
  'telemetry-dropped':
    'More events came than Application Insights has taken, and no more can wait; they are in the log alone.',
  'telemetry-refused':
    'Application Insights refused events for good, which are in the log alone; `detail` says how.',
} as const;

/** Events that may wait, those of a batch that is under way among them. */
export const MOST_WAITING = 1000;
/** Events of one request. */
export const BATCH = 50;
/** Milliseconds for which events are gathered, and in which the first calls of an instance are not disturbed. */
export const GATHER = 1000;
/** Of the pause after a failure, in milliseconds; it doubles each time. */
export const PAUSE = { first: 5000, longest: 120_000 } as const;
/** Milliseconds that a flush may take. */
export const LONGEST_FLUSH = 5000;

/**
 * Events wait here until they are sent, in batches and in order. What fails for now is tried again, later each time;
 * what does not fit any more is lost and counted.
 */
export function telemetryQueue(x: {
  /** Called before the first batch, and again with a later one where it rejects. */
  readonly createSender: () => Promise<Sender>;
  readonly clock: Clock;
  readonly log: Log;
  /** Runs something once, some milliseconds later. */
  readonly after: (milliseconds: number, run: () => void) => void;
}): Telemetry {
  const waiting: WaitingEvent[] = [];
  const limited = limitedLog({ clock: x.clock, after: x.after, late: x.log });
  let sender: Promise<Sender> | undefined;
  let working: Promise<void> | undefined;
  let scheduled = false;
  let failures = 0;
  /** By the clock's monotonic time; before it, the service wants to be left alone. */
  let leftAloneUntil = Number.NEGATIVE_INFINITY;
  const lost = { dropped: 0, refused: 0 };

  function say(event: keyof typeof TELEMETRY_EVENTS, facts: Readonly<Record<string, unknown>>): void {
    limited(x.log, `${event} ${facts['detail'] ?? ''}`, { event, ...facts });
  }

  function schedule(milliseconds: number): void {
    if (scheduled || working !== undefined) return;
    scheduled = true;
    x.after(milliseconds, () => {
      scheduled = false;
      void work();
    });
  }

  /** Sends until nothing waits, or something does not go. */
  function work(): Promise<void> {
    working ??= drain().finally(() => {
      working = undefined;
      if (waiting.length > 0) schedule(nextPause());
    });
    return working;
  }

  function nextPause(): number {
    const own = failures === 0 ? GATHER : Math.min(PAUSE.longest, PAUSE.first * 2 ** (failures - 1));
    return Math.max(own, leftAloneUntil - x.clock.monotonic());
  }

  async function drain(): Promise<void> {
    while (waiting.length > 0 && x.clock.monotonic() >= leftAloneUntil) {
      const batch = waiting.slice(0, BATCH);
      const { again, refused, detail, pause = 0 } = await deliver(batch);
      waiting.splice(0, batch.length, ...batch.filter((_, index) => again.includes(index)));
      if (refused > 0) {
        lost.refused += refused;
        say('telemetry-refused', { detail, refused: lost.refused });
      }
      if (again.length > 0) {
        failures += 1;
        leftAloneUntil = x.clock.monotonic() + pause;
        say('telemetry-unavailable', { detail, waiting: waiting.length });
        return;
      }
      failures = 0;
    }
  }

  async function deliver(batch: readonly WaitingEvent[]): Promise<Delivery> {
    sender ??= x.createSender();
    let ready: Sender;
    try {
      ready = await sender;
    } catch (error) {
      sender = undefined;
      return undelivered(batch.length, `sdk ${faultOf(error)}`);
    }
    return ready.send(batch);
  }

  return {
    tell(event, traceParent) {
      if (waiting.length >= MOST_WAITING) {
        lost.dropped += 1;
        say('telemetry-dropped', { dropped: lost.dropped });
        return;
      }
      waiting.push({ ...flatten(event), time: x.clock.now(), parent: readTraceParent(traceParent) });
      // A full batch need not gather more. The first one waits: loading the SDK would hold up an instance that starts.
      const isFull = waiting.length >= BATCH && sender !== undefined && failures === 0;
      if (isFull) void work();
      else schedule(GATHER);
    },
    async flush() {
      limited.flush();
      if (waiting.length === 0) return;
      const { promise: late, resolve } = Promise.withResolvers<void>();
      x.after(LONGEST_FLUSH, resolve);
      await Promise.race([work(), late]);
      // What the last sending came to is told, too.
      limited.flush();
    },
  };
}

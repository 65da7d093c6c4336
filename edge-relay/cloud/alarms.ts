import type { Clock } from '../../relay-call/clock.ts';
import type { Timers } from '../timers.ts';

/** How late an alarm may ring, in milliseconds. None rings early. */
const GRAIN = 25;

/** One thing to do at one time. */
export interface Alarm {
  readonly slot: number;
  readonly ring: () => void;
}

/** Many alarms on one timer: setting and cancelling one costs no timer of its own. */
export interface Alarms {
  /** Rings once, at or up to 25 ms after `time` (`clock.monotonic()`, ms). */
  at(time: number, ring: () => void): Alarm;
  /** Does nothing when the alarm has rung or was cancelled before. */
  cancel(alarm: Alarm | undefined): void;
  /** Forgets every alarm and stops the timer. */
  close(): void;
}

/** Alarms by a coarse timer that runs only while there is something to wait for. */
export function createAlarms(clock: Clock, timers: Pick<Timers, 'every'>): Alarms {
  const slots = new Map<number, Set<Alarm>>();
  let waiting = 0;
  let done = 0;
  let stop: (() => void) | undefined;

  const ringSlot = (slot: number) => {
    const due = slots.get(slot);
    if (due === undefined) return;
    for (const alarm of due) {
      due.delete(alarm);
      waiting -= 1;
      alarm.ring();
    }
    slots.delete(slot);
  };

  const tick = () => {
    const now = Math.floor(clock.monotonic() / GRAIN);
    const before = done;
    // First, for what is set while others ring belongs behind them.
    done = now;
    if (now - before > slots.size) {
      for (const slot of [...slots.keys()].sort((a, b) => a - b)) if (slot <= now) ringSlot(slot);
    } else {
      for (let slot = before + 1; slot <= now; slot++) ringSlot(slot);
    }
    if (waiting === 0) halt();
  };

  const halt = () => {
    stop?.();
    stop = undefined;
    slots.clear();
    waiting = 0;
  };

  return {
    at(time, ring) {
      if (stop === undefined) {
        done = Math.floor(clock.monotonic() / GRAIN);
        stop = timers.every(GRAIN, tick);
      }
      const alarm: Alarm = { slot: Math.max(Math.ceil(time / GRAIN), done + 1), ring };
      const due = slots.get(alarm.slot);
      if (due === undefined) slots.set(alarm.slot, new Set([alarm]));
      else due.add(alarm);
      waiting += 1;
      return alarm;
    },
    cancel(alarm) {
      if (alarm !== undefined && slots.get(alarm.slot)?.delete(alarm) === true) waiting -= 1;
    },
    close: halt,
  };
}

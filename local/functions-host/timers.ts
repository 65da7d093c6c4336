import type { Clock } from '../../relay-call/clock.ts';
import type { App, Triggered } from './invoke.ts';
import { invoke } from './invoke.ts';
import type { Schedule } from './ncrontab.ts';
import { parseSchedule } from './ncrontab.ts';

/** The timers of an app. */
export interface Timers {
  /** Runs one now; its own schedule goes on. Throws for a name that is no timer, and what the handler throws. */
  fire(functionName: string): Promise<void>;
  stop(): void;
}

/** Longest delay that setTimeout takes. */
const longestDelay = 2 ** 31 - 1;

/**
 * Starts every timer trigger: on its schedule, and at once where it says `runOnStartup`. `%NAME%` as a schedule
 * is read from the settings, as in Azure.
 *
 * @throws Error for a schedule that cannot be read.
 */
export function startTimers(x: {
  app: App;
  functions: readonly Triggered[];
  settings: Readonly<Record<string, string | undefined>>;
  clock: Clock;
  /** Calls back after a time in milliseconds; returns what takes it back. */
  after(delay: number, then: () => void): () => void;
}): Timers {
  const timers = x.functions.flatMap((triggered) => timerOf(triggered, x.settings));
  const pending = new Map<string, () => void>();

  async function run(timer: Timer, due: number | undefined): Promise<void> {
    const now = x.clock.now();
    const next = timer.schedule.next(now);
    const status = {
      Last: new Date(due ?? now).toISOString(),
      Next: new Date(next ?? now).toISOString(),
      LastUpdated: new Date(now).toISOString(),
    };
    const json = JSON.stringify({
      Schedule: { AdjustForDST: true },
      ScheduleStatus: status,
      IsPastDue: false,
    });
    await invoke(
      x.app,
      timer.triggered,
      { name: timer.binding, data: { json } },
      { parent: undefined, state: '' },
    );
  }

  function plan(timer: Timer): void {
    const due = timer.schedule.next(x.clock.now());
    if (due === undefined) return;
    const wait = () => {
      const delay = due - x.clock.now();
      if (delay > 0) {
        pending.set(timer.name, x.after(Math.min(delay, longestDelay), wait));
        return;
      }
      // invoke has logged what a handler throws; a failed run does not stop the schedule.
      run(timer, due)
        .catch(() => undefined)
        .finally(() => pending.has(timer.name) && plan(timer));
    };
    pending.set(timer.name, () => undefined);
    wait();
  }

  for (const timer of timers) {
    plan(timer);
    if (timer.runOnStartup) run(timer, undefined).catch(() => undefined);
  }
  return {
    async fire(functionName) {
      const timer = timers.find((known) => known.name === functionName);
      if (!timer) throw new Error(`There is no timer named '${functionName}'.`);
      await run(timer, undefined);
    },
    stop() {
      for (const cancel of pending.values()) cancel();
      pending.clear();
    },
  };
}

interface Timer {
  readonly name: string;
  readonly triggered: Triggered;
  readonly binding: string;
  readonly schedule: Schedule;
  readonly runOnStartup: boolean;
}

function timerOf(triggered: Triggered, settings: Readonly<Record<string, string | undefined>>): Timer[] {
  return Object.entries(triggered.metadata.bindings)
    .filter(([, binding]) => binding.type.toLowerCase() === 'timertrigger')
    .map(([binding, { schedule = '', runOnStartup = false }]) => {
      const setting = /^%(\w+)%$/.exec(schedule)?.[1];
      const text = setting === undefined ? schedule : (settings[setting] ?? '');
      return {
        name: triggered.metadata.name,
        triggered,
        binding,
        schedule: parseSchedule(text),
        runOnStartup,
      };
    });
}

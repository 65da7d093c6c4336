import { afterEach, beforeEach, expect, test } from 'vitest';
import type { InvocationModel } from '../../../local/functions-host/core.ts';
import { registration } from '../../../local/functions-host/core.ts';
import type { Triggered } from '../../../local/functions-host/invoke.ts';
import { startTimers } from '../../../local/functions-host/timers.ts';

const start = Date.parse('2026-01-01T00:00:00Z');

/** A clock that is moved by hand, and timers that follow it. */
function handClock() {
  let now = start;
  const due: Array<{ at: number; then: () => void }> = [];
  return {
    clock: { now: () => now, monotonic: () => now },
    after(delay: number, then: () => void) {
      const entry = { at: now + delay, then };
      due.push(entry);
      return () => {
        if (due.includes(entry)) due.splice(due.indexOf(entry), 1);
      };
    },
    async pass(time: number) {
      const until = now + time;
      for (;;) {
        const entry = due.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
        if (!entry) break;
        due.splice(due.indexOf(entry), 1);
        now = entry.at;
        entry.then();
        await new Promise((resolve) => setImmediate(resolve));
      }
      now = until;
    },
    planned: () => due.length,
  };
}

/** The library's part, as far as a timer needs it: the input's JSON becomes the handler's argument. */
const model = {
  getInvocationModel: ({ request }: { request: { inputData: ReadonlyArray<{ data: { json?: string } }> } }) =>
    ({
      getArguments: async () => ({
        context: {},
        inputs: [JSON.parse(request.inputData[0]?.data.json ?? '')],
      }),
      invokeFunction: async (_context, inputs, handler) => handler(...inputs),
      getResponse: async () => ({}),
    }) satisfies InvocationModel,
  getCapabilities: async () => ({}),
};

beforeEach(() => {
  registration.model = model;
});
afterEach(() => {
  registration.model = undefined;
});

function timer(schedule: string, callback: Triggered['callback'], runOnStartup = false): Triggered {
  const bindings = { t: { type: 'timerTrigger', direction: 'in' as const, schedule, runOnStartup } };
  return { metadata: { name: 'sweep', bindings }, callback };
}

const app = { hookData: {}, log: () => undefined };

test('a timer runs on its schedule, also after it has thrown', async () => {
  const time = handClock();
  const runs: string[] = [];
  const callback = (info: unknown) => {
    runs.push(JSON.stringify(info));
    throw new Error('on purpose');
  };
  const timers = startTimers({ ...time, app, functions: [timer('0 */15 * * * *', callback)], settings: {} });
  await time.pass(14 * 60_000);
  expect(runs).toHaveLength(0);
  await time.pass(31 * 60_000);
  expect(runs).toHaveLength(3);
  expect(runs[0]).toContain('"Last":"2026-01-01T00:15:00.000Z","Next":"2026-01-01T00:30:00.000Z"');
  timers.stop();
  await time.pass(3_600_000);
  expect(runs).toHaveLength(3);
  expect(time.planned()).toBe(0);
});

test('a far date is reached in several waits', async () => {
  const time = handClock();
  let runs = 0;
  const callback = () => void runs++;
  startTimers({ ...time, app, functions: [timer('0 0 0 1 6 *', callback)], settings: {} });
  await time.pass(150 * 86_400_000);
  expect(runs).toBe(0);
  await time.pass(2 * 86_400_000);
  expect(runs).toBe(1);
});

test('runOnStartup runs at once; by hand it runs whenever it is told to', async () => {
  const time = handClock();
  let runs = 0;
  const functions = [timer('0 0 0 1 1 *', () => void runs++, true)];
  const timers = startTimers({ ...time, app, functions, settings: {} });
  await new Promise((resolve) => setImmediate(resolve));
  expect(runs).toBe(1);
  await timers.fire('sweep');
  expect(runs).toBe(2);
  await expect(timers.fire('other')).rejects.toThrow("'other'");
});

test('a schedule can be a setting; one that is missing is refused', () => {
  const time = handClock();
  const functions = [timer('%WHEN%', () => undefined)];
  startTimers({ ...time, app, functions, settings: { WHEN: '0 0 * * * *' } });
  expect(time.planned()).toBe(1);
  expect(() => startTimers({ ...time, app, functions, settings: {} })).toThrow('schedule');
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type LogEvent, limitedLog, logLine } from '../../../functions/records/log.ts';
import { manualTime } from '../store/time.ts';

describe('a line of the log', () => {
  test('is ASCII and one line, and reads back as what it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 50 }), (text) => {
        const line = logLine({ event: 'x', text });
        expect(line).toMatch(/^[\x20-\x7e]*$/);
        expect(JSON.parse(line)).toEqual({ event: 'x', text });
      }),
    );
  });

  test('reaches no terminal as a command: DEL, C1, separators and marks of direction are escaped', () => {
    const line = logLine({ event: 'x', userName: 'a\u007f\u009b2J\u2028\u202eb' });
    expect(line).toContain('a\\u007f\\u009b2J\\u2028\\u202eb');
  });
});

describe('a limited log', () => {
  function start() {
    const time = manualTime();
    const lines: LogEvent[] = [];
    const late: LogEvent[] = [];
    const timers = { set: 0 };
    const limited = limitedLog({
      clock: time.clock,
      after(milliseconds, run) {
        timers.set += 1;
        void time.sleep(milliseconds, new AbortController().signal).then(run);
      },
      late: (line) => late.push(line),
    });
    const tell = (cause: string, n: number) => limited((line) => lines.push(line), cause, { event: 'x', n });
    return { time, lines, late, timers, tell, flush: limited.flush };
  }

  test('limits each cause by itself, and shares one limit beyond a thousand causes', () => {
    const { lines, tell } = start();
    for (let cause = 0; cause < 5_000; cause += 1) {
      for (let n = 0; n < 3; n += 1) tell(String(cause), n);
    }
    expect(lines).toHaveLength(1_001);
  });

  test('a burst that ends is counted to its last event, when its ten seconds are over', async () => {
    const { time, lines, late, timers, tell } = start();
    for (let n = 1; n <= 40; n += 1) tell('a', n);
    expect({ lines, late }).toEqual({ lines: [{ event: 'x', n: 1 }], late: [] });
    await time.advance(9_999);
    expect(late).toEqual([]);
    await time.advance(1);
    expect(late).toEqual([{ event: 'x', n: 40, leftOut: 38 }]);
    await time.advance(3_600_000);
    expect({ lines: lines.length, late: late.length, timers: timers.set }).toEqual({
      lines: 1,
      late: 1,
      timers: 1,
    });
  });

  test('what is kept back when the process ends is told then, and not again', async () => {
    const { time, late, tell, flush } = start();
    for (let n = 1; n <= 5; n += 1) tell('a', n);
    tell('b', 1);
    flush();
    expect(late).toEqual([{ event: 'x', n: 5, leftOut: 3 }]);
    await time.advance(60_000);
    expect(late).toHaveLength(1);
  });

  test('one event that is kept back is told whole', async () => {
    const { time, late, tell } = start();
    tell('a', 1);
    tell('a', 2);
    await time.advance(10_000);
    expect(late).toEqual([{ event: 'x', n: 2 }]);
  });

  test('an event once in ten seconds is told at once', async () => {
    const { time, lines, late, tell } = start();
    for (let n = 1; n <= 3; n += 1) {
      tell('a', n);
      await time.advance(10_000);
    }
    expect({ lines: lines.length, late: late.length }).toEqual({ lines: 3, late: 0 });
  });

  test('lines and what they stand for add up to what has happened, at most one line in ten seconds', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 12_000 }), { maxLength: 40 }), async (pauses) => {
        const { time, lines, late, tell } = start();
        let told = 0;
        for (const pause of pauses) {
          tell('a', told);
          told += 1;
          await time.advance(pause);
        }
        await time.advance(10_000);
        const all = [...lines, ...late];
        const counted = all.reduce((sum, { leftOut }) => sum + 1 + Number(leftOut ?? 0), 0);
        expect(counted).toBe(told);
        const passed = pauses.reduce((sum, pause) => sum + pause, 0) + 10_000;
        expect(all.length).toBeLessThanOrEqual(1 + passed / 10_000);
      }),
      { numRuns: 50 },
    );
  });
});

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
  test('limits each cause by itself, and shares one limit beyond a thousand causes', () => {
    const { clock } = manualTime();
    const lines: LogEvent[] = [];
    const limited = limitedLog(clock);
    for (let cause = 0; cause < 5_000; cause += 1) {
      for (let n = 0; n < 3; n += 1)
        limited((line) => lines.push(line), String(cause), { event: 'x', cause });
    }
    expect(lines).toHaveLength(1_001);
  });
});

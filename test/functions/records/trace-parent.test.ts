import { describe, expect, test } from 'vitest';
import { readTraceParent } from '../../../functions/records/trace-parent.ts';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const spanId = 'b7ad6b7169203331';

describe('traceparent', () => {
  test.each([
    ['sampled', `00-${traceId}-${spanId}-01`],
    ['not sampled', `00-${traceId}-${spanId}-00`],
    ['of a later version, with more at its end', `01-${traceId}-${spanId}-01-more`],
  ])('is read: %s', (_, text) => {
    expect(readTraceParent(text)).toEqual({ traceId, spanId });
  });

  test.each([
    ['nothing', undefined],
    ['empty', ''],
    ['upper case', `00-${traceId.toUpperCase()}-${spanId}-01`],
    ['a trace of zeros', `00-${'0'.repeat(32)}-${spanId}-01`],
    ['a span of zeros', `00-${traceId}-${'0'.repeat(16)}-01`],
    ['a short trace', `00-${traceId.slice(1)}-${spanId}-01`],
    ['the version that is forbidden', `ff-${traceId}-${spanId}-01`],
    ['more than version 00 has', `00-${traceId}-${spanId}-01-more`],
    ['no flags', `00-${traceId}-${spanId}`],
    ['a line before it', `\n00-${traceId}-${spanId}-01`],
    ['a line after it', `00-${traceId}-${spanId}-01\n`],
  ])('is none: %s', (_, text) => {
    expect(readTraceParent(text)).toBeUndefined();
  });
});

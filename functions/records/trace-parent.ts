/** Where an event belongs, in lower-case hexadecimal digits. */
export interface TraceParent {
  /** 32 digits: the operation, that is the invocation with all that it called. */
  readonly traceId: string;
  /** 16 digits: the request that the event happened in. */
  readonly spanId: string;
}

/**
 * Reads `traceparent` (https://www.w3.org/TR/trace-context/#traceparent-header). Later versions may have more at the
 * end; what version 00 has stays where it is.
 *
 * @returns undefined where it is none
 */
export function readTraceParent(text: string | undefined): TraceParent | undefined {
  const found = /^([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-[\da-f]{2}(-.*)?$/.exec(text ?? '');
  const [, version = '', traceId = '', spanId = '', rest] = found ?? [];
  if (found === null || version === 'ff' || (version === '00' && rest !== undefined)) return undefined;
  return /[^0]/.test(traceId) && /[^0]/.test(spanId) ? { traceId, spanId } : undefined;
}

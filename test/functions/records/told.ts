import type { LogEvent } from '../../../functions/records/log.ts';
import type { Telemetry } from '../../../functions/records/telemetry.ts';

/** An event that was told to telemetry, with the invocation's trace. */
export interface Told {
  readonly event: LogEvent;
  readonly trace: string | undefined;
}

/** Telemetry that only collects. */
export function telemetryInto(told: Told[]): Telemetry {
  return {
    tell: (event, trace) => void told.push({ event, trace }),
    flush: () => Promise.resolve(),
  };
}

import type { Clock } from '../../relay-call/clock.ts';
import type { Log } from './log.ts';
import { createSender, type SenderParts } from './sender.ts';
import type { Telemetry } from './telemetry.ts';
import { telemetryQueue } from './telemetry-queue.ts';

/** Application Insights, whose SDK is loaded a second after the first event. */
export function insights(
  x: SenderParts & {
    readonly clock: Clock;
    /** Is told what does not go; where that goes must not come back here. */
    readonly log: Log;
    /** Runs something once, some milliseconds later; it need not keep the process alive. */
    readonly after: (milliseconds: number, run: () => void) => void;
  },
): Telemetry {
  const { clock, log, after, ...parts } = x;
  return telemetryQueue({ createSender: () => createSender(parts), clock, log, after });
}

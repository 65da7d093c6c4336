import type { InvocationContext } from '@azure/functions';
import { type Log, logLine } from '../records/log.ts';
import type { Telemetry } from '../records/telemetry.ts';

/** Where the events of one invocation go: into the host's log, as information or as an error, and to telemetry. */
export function invocationLogs(
  context: InvocationContext,
  telemetry: Telemetry,
): { readonly log: Log; readonly error: Log } {
  const trace = context.traceContext?.traceParent;
  return {
    log(event) {
      context.log(logLine(event));
      telemetry.tell(event, trace);
    },
    error(event) {
      context.error(logLine(event));
      telemetry.tell(event, trace);
    },
  };
}

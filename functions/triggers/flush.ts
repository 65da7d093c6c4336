import { app } from '@azure/functions';
import type { Telemetry } from '../records/telemetry.ts';

/**
 * An instance that is told to end says what it still has; one that is killed cannot.
 *
 * @param tellKept writes what was kept back of the log
 */
export function registerFlush(telemetry: Telemetry, tellKept: () => void): void {
  app.hook.appTerminate(() => flush(telemetry, tellKept));
}

/** What happens then. */
export function flush(telemetry: Telemetry, tellKept: () => void): Promise<void> {
  tellKept();
  return telemetry.flush();
}

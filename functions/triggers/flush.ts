import { app } from '@azure/functions';
import type { Telemetry } from '../records/telemetry.ts';

/** An instance that is told to end sends what it still has; one that is killed cannot. */
export function registerFlush(telemetry: Telemetry): void {
  app.hook.appTerminate(() => telemetry.flush());
}

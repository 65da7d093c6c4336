import { systemClock } from '../relay-call/clock.ts';
import { createBridge } from './bridge.ts';
import { type LogEvent, limitedLog, logLine } from './records/log.ts';
import { connectTelemetry } from './telemetry.ts';
import { registerFlush } from './triggers/flush.ts';
import { registerHealth } from './triggers/health.ts';
import { registerRadius } from './triggers/radius.ts';
import { registerStart } from './triggers/start.ts';
import { registerSweep } from './triggers/sweep.ts';

// What concerns the instance belongs to no invocation; the host takes the worker's console into its log.
const telemetry = connectTelemetry(process.env, (event) => console.log(logLine(event)));
const bridge = createBridge(process.env, (event) => {
  console.log(logLine(event));
  telemetry.tell(event);
});
const limited = limitedLog({
  clock: systemClock,
  after: (milliseconds, run) => void setTimeout(run, milliseconds).unref(),
  late(event: LogEvent) {
    // As the calls tell it that are not left out: an error.
    console.error(logLine(event));
    telemetry.tell(event);
  },
});

registerRadius(bridge, telemetry, limited);
registerHealth();
registerSweep(bridge, telemetry);
registerStart(bridge);
registerFlush(telemetry, () => {
  limited.flush();
  if (!(bridge instanceof Error)) bridge.flush();
});

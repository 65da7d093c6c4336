import { createBridge } from './bridge.ts';
import { logLine } from './records/log.ts';
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

registerRadius(bridge, telemetry);
registerHealth();
registerSweep(bridge, telemetry);
registerStart(bridge);
registerFlush(telemetry);

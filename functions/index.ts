import { createBridge } from './bridge.ts';
import { logLine } from './records/log.ts';
import { registerHealth } from './triggers/health.ts';
import { registerRadius } from './triggers/radius.ts';
import { registerSweep } from './triggers/sweep.ts';

// What concerns the instance belongs to no invocation; the host takes the worker's console into its log.
const bridge = createBridge(process.env, (event) => console.log(logLine(event)));

registerRadius(bridge);
registerHealth();
registerSweep(bridge);

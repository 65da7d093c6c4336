import { app } from '@azure/functions';
import type { BridgeOrFault } from '../bridge.ts';

/**
 * An instance reads its configuration when it starts: the first sign-in need not wait for that, and what is wrong with it
 * stands in the log before anybody signs in. Nothing waits for it; an instance without one answers calls with 503.
 */
export function registerStart(bridge: BridgeOrFault): void {
  app.hook.appStart(() => prepare(bridge));
}

/** What happens then. */
export function prepare(bridge: BridgeOrFault): void {
  if (!(bridge instanceof Error)) void bridge.prepare();
}

import { app } from '@azure/functions';
import type { BridgeOrFault } from '../bridge.ts';
import { logLine } from '../records/log.ts';

/** Every quarter of an hour: removes what has expired, since the store has no expiry of its own (design §1). */
export function registerSweep(bridge: BridgeOrFault): void {
  app.timer('sweep', {
    schedule: '0 */15 * * * *',
    handler: async (_timer, context) => {
      if (bridge instanceof Error) return;
      context.log(logLine({ event: 'store-swept', rows: await bridge.store.sweep() }));
    },
  });
}

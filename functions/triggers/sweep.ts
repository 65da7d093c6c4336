import { app, type InvocationContext } from '@azure/functions';
import type { BridgeOrFault } from '../bridge.ts';
import type { Telemetry } from '../records/telemetry.ts';
import { StoreUnreachable } from '../store/port.ts';
import { invocationLogs } from './invocation.ts';

/** Milliseconds; what is left then goes at the next time. On the Consumption plan the host ends a run after five minutes. */
const LONGEST_SWEEP = 240_000;

/** Every quarter of an hour: removes what has expired, since the store has no expiry of its own (design §1). */
export function registerSweep(bridge: BridgeOrFault, telemetry: Telemetry): void {
  app.timer('sweep', {
    schedule: '0 */15 * * * *',
    handler: (_timer, context) => sweep(bridge, context, telemetry),
  });
}

/** What happens then. Rejects only for a fault of our own, so that the host calls the run failed. */
export async function sweep(
  bridge: BridgeOrFault,
  context: InvocationContext,
  telemetry: Telemetry,
): Promise<void> {
  if (bridge instanceof Error) return;
  const { log, error } = invocationLogs(context, telemetry);
  try {
    log({ event: 'store-swept', rows: await bridge.store.sweep(AbortSignal.timeout(LONGEST_SWEEP)) });
  } catch (fault) {
    if (!(fault instanceof StoreUnreachable)) throw fault;
    error({ event: 'store-not-swept', code: fault.code, ...(fault.detail && { detail: fault.detail }) });
  }
}

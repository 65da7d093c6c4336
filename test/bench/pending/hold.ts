import { setTimeout } from 'node:timers/promises';
import { residentMegabytes } from '../machine/process.ts';
import type { NullBackend } from '../relay/backend/start.ts';
import { allHeld, HOLD_RATE } from '../relay/held.ts';
import type { RelayUnderTest } from '../relay/relay-under-test.ts';
import { IDENTIFIERS } from '../relay/senders/messages.ts';
import type { Senders } from '../relay/senders/start.ts';
import { allAccepted, closedLoop, OUTSTANDING, PATIENCE, targetOf } from '../relay/server.ts';

/** A relay whose requests all waited at once, and were all answered afterwards. */
export interface Held {
  readonly pending: number;
  readonly connections: number;
  /** Resident MB: after the warm-up with nothing pending, with all pending, and after all were answered. */
  readonly resident:
    | { readonly before: number; readonly holding: number; readonly after: number }
    | undefined;
  /** From the moment when the backend lets go until the last client has its reply. */
  readonly releaseSeconds: number;
}

/** How long memory is left alone before it is read, in ms. */
const SETTLE = 1_000;
const SETTLE_QUICK = 20;

/**
 * Holds requests at the backend, so many at a time, then lets them go.
 *
 * @param x.warmUp answered requests before, so that code and connections that are always there count as before
 * @throws Error when one of them got no reply
 */
export async function holdPending(
  senders: Senders,
  x: { relay: RelayUnderTest; backend: NullBackend; pending: number; warmUp: number; quick: boolean },
): Promise<Held> {
  const { relay, backend, pending } = x;
  await closedLoop(senders, relay, x.warmUp);
  await setTimeout(x.quick ? SETTLE_QUICK : SETTLE);
  const before = await residentMegabytes(relay.pid);
  await backend.treat('hold');
  const outcome = senders.send({
    ...targetOf(relay),
    count: pending,
    sockets: Math.max(OUTSTANDING, Math.ceil(pending / IDENTIFIERS)),
    pace: { perSecond: HOLD_RATE },
    patience: PATIENCE + (pending / HOLD_RATE) * 1_000,
    atFault: 'end',
  });
  const { connections } = await allHeld(senders, { backend, count: pending });
  await setTimeout(x.quick ? SETTLE_QUICK : SETTLE);
  const holding = await residentMegabytes(relay.pid);
  const released = performance.now();
  await backend.treat('answer');
  allAccepted(`${relay.name} with ${pending} pending`, await outcome);
  const releaseSeconds = (performance.now() - released) / 1_000;
  const after = await residentMegabytes(relay.pid);
  return {
    pending,
    connections,
    resident:
      before === undefined || holding === undefined || after === undefined
        ? undefined
        : { before, holding, after },
    releaseSeconds,
  };
}

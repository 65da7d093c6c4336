import { setTimeout } from 'node:timers/promises';
import type { BackendCounts } from './backend/messages.ts';
import type { NullBackend } from './backend/start.ts';
import type { Senders } from './senders/start.ts';
import { PATIENCE } from './server.ts';

/** Requests a second that are sent to be held: far below what the relay carries. */
export const HOLD_RATE = 1_500;
const LOOK_EVERY = 20;
/** What has not arrived after so long (ms) was lost before the relay: the system's queue was full for a moment. */
const SEND_AGAIN_AFTER = 3_000;

/**
 * Resolves when every request of the load that was just sent waits at the backend. Clients send again what is not
 * answered: so do these, where something was lost on its way to the relay.
 *
 * @throws Error when they do not arrive
 */
export async function allHeld(
  senders: Senders,
  { backend, count }: { backend: NullBackend; count: number },
): Promise<BackendCounts> {
  const latest = performance.now() + PATIENCE;
  let progress = { waiting: 0, at: performance.now() };
  for (;;) {
    const counts = await backend.counts();
    if (counts.waiting === count) return counts;
    const now = performance.now();
    if (now > latest) throw new Error(`${counts.waiting} of ${count} calls wait at the backend.`);
    if (counts.waiting > progress.waiting) progress = { waiting: counts.waiting, at: now };
    else if (now > progress.at + SEND_AGAIN_AFTER) {
      await senders.again({ count, pace: { perSecond: HOLD_RATE }, patience: 0, answered: false });
      progress = { ...progress, at: performance.now() };
    }
    await setTimeout(LOOK_EVERY);
  }
}

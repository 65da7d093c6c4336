import type { NullBackend } from './backend/start.ts';
import type { RelayUnderTest } from './relay-under-test.ts';

/** The share of repeats sent that the relay must have seen at least: the system may lose some before it. */
const SEEN = 0.9;

/**
 * Sends repeats, none of which may become a call.
 *
 * @param x.counter of the relay that is to count them, and no other one for what is not answered
 * @param x.count how many are sent
 * @returns how many the relay saw
 * @throws Error when a repeat became a call, was dropped for another reason, or too few were seen
 */
export async function noCalls(
  x: {
    relay: Pick<RelayUnderTest, 'name' | 'counts'>;
    backend: Pick<NullBackend, 'counts'>;
    counter: 'resent' | 'repeat-in-work';
    count: number;
  },
  send: () => Promise<void>,
): Promise<number> {
  const { relay, backend, counter } = x;
  const counted = async () => {
    const { relay: counts, drops } = await relay.counts();
    const { [counter]: inWork = 0, ...otherDrops } = drops;
    return { seen: counter === 'resent' ? (counts[counter] ?? 0) : inWork, otherDrops };
  };
  const before = await counted();
  const callsBefore = (await backend.counts()).calls;
  await send();
  const after = await counted();
  const calls = (await backend.counts()).calls - callsBefore;
  if (calls !== 0) throw new Error(`${relay.name}: ${calls} repeats became calls`);
  for (const [code, drops] of Object.entries(after.otherDrops)) {
    const more = drops - (before.otherDrops[code] ?? 0);
    if (more !== 0) throw new Error(`${relay.name}: ${more} datagrams were dropped as ${code}`);
  }
  const seen = after.seen - before.seen;
  if (seen >= x.count * SEEN && seen <= x.count) return seen;
  throw new Error(`${relay.name}: ${x.count} repeats were sent, ${seen} were seen (${counter})`);
}

import { type LeasePlace, TAKE_OVER_AFTER } from './lease.ts';

/** Milliseconds before the first look; each further pause is twice as long, since the store has trouble enough. */
const FIRST_LOOK = 500;

/**
 * Takes a row back that bears this holder's mark and that nobody holds: the answer to a write was lost, and others would
 * wait for that row in vain. What is not there yet may still come, as a service can do a write later than its caller
 * believes. Gives up once others may have taken the row over. Never rejects.
 */
export async function withdraw<W, V>(
  { table, partition, key, tools: { clock, sleep } }: LeasePlace<W, V>,
  holder: string,
): Promise<void> {
  const end = clock.monotonic() + TAKE_OVER_AFTER;
  for (let pause = FIRST_LOOK; clock.monotonic() < end; pause *= 2) {
    try {
      await sleep(pause, new AbortController().signal);
      const found = await table.read(partition, key);
      if (found === undefined) continue;
      // An outcome that was stored after all is for those who wait.
      const isOurs = found.value.holder === holder && found.value.state === 'working';
      if (!isOurs || (await table.remove(partition, key, found.etag))) return;
    } catch {
      // The store is still away.
    }
  }
}

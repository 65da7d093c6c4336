import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type StandInOptions, type StandIns, startStandIns } from '../../../local/stand-ins/stand-ins.ts';
import { type LocalTls, localTls } from '../../../local/tls.ts';
import { type Clock, systemClock } from '../../../relay-call/clock.ts';

/** A certificate for the loopback addresses and its authority. */
export async function loopbackTls(): Promise<LocalTls> {
  const folder = await mkdtemp(join(tmpdir(), 'stand-ins-'));
  try {
    return await localTls(join(folder, 'tls.json'), Date.now());
  } finally {
    await rm(folder, { recursive: true });
  }
}

/**
 * Stand-ins with a user-assigned identity of their own, since the identity library caches tokens by it, process-wide;
 * or with the system-assigned one.
 */
export async function running(
  tls: LocalTls,
  x: Partial<StandInOptions> & { readonly clock?: Clock; readonly systemAssigned?: boolean } = {},
): Promise<StandIns & { readonly clientId: string }> {
  const { systemAssigned = false, ...options } = x;
  const clientId = randomUUID();
  const standIns = await startStandIns({
    tls: { key: tls.key, cert: tls.cert },
    secrets: { 'rdg-secret': 'correct horse battery staple' },
    clock: systemClock,
    ...(!systemAssigned && { clientId }),
    ...options,
  });
  return { ...standIns, clientId };
}

import type { BridgeCounts } from '../bridge.ts';
import type { RunFile } from '../run-file.ts';
import type { BridgeView } from './target.ts';

/** The console of a running bridge, seen from another program. Every call rejects when the bridge has gone. */
export interface BridgeConsole {
  view(): Promise<BridgeView>;
  counts(): Promise<BridgeCounts>;
  /** Recent decision records, the oldest first. */
  decisions(): Promise<readonly unknown[]>;
  stopFunctions(): Promise<void>;
  startFunctions(): Promise<void>;
}

/** What the console takes longest for is a cold start of the functions. */
const PATIENCE = 30_000;

/** Speaks to the console that a run file names. */
export function bridgeConsole(run: Pick<RunFile, 'console' | 'token'>): BridgeConsole {
  async function ask<T>(method: 'GET' | 'POST', path: string): Promise<T> {
    const response = await fetch(new URL(path, run.console), {
      method,
      headers: { authorization: `Bearer ${run.token}` },
      signal: AbortSignal.timeout(PATIENCE),
    });
    if (!response.ok)
      throw new Error(`The bridge's console answers ${response.status} to ${method} ${path}.`);
    // Our own console, on loopback and known by its token.
    return (await response.json()) as T;
  }

  return {
    async view() {
      const { addresses, clients } = await ask<{
        addresses: { auth: BridgeView['auth'] };
        clients: BridgeView['clients'];
      }>('GET', '/state');
      return { auth: addresses.auth, clients };
    },
    counts: () => ask('GET', '/counts'),
    decisions: async () => (await ask<{ decisions: unknown[] }>('GET', '/decisions')).decisions,
    stopFunctions: () => ask('POST', '/functions/stop'),
    startFunctions: () => ask('POST', '/functions/start'),
  };
}

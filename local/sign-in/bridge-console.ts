import type { RunFile } from '../run-file.ts';
import type { BridgeCounts, PhoneControl } from '../running-bridge.ts';
import type { PhoneState } from '../stand-ins/phone.ts';
import type { BridgeView } from './target.ts';

/** The console of a running bridge, seen from another program. Every call rejects when the bridge has gone. */
export interface BridgeConsole {
  /** `hosts`: how many functions hosts answer. `embedded`: whether it runs with the embedded default configuration. */
  view(): Promise<BridgeView & { readonly hosts: number; readonly embedded: boolean }>;
  counts(): Promise<BridgeCounts>;
  /** Recent decision records, the oldest first. */
  decisions(): Promise<readonly unknown[]>;
  stopFunctions(): Promise<void>;
  startFunctions(): Promise<void>;
  stopGraph(): Promise<void>;
  startGraph(): Promise<void>;
  /** All users' phones; only the page answers prompts one by one. */
  readonly phone: Pick<PhoneControl, 'state' | 'set'>;
}

/** What the console takes longest for is a cold start of the functions. */
const PATIENCE = 30_000;

/** Speaks to the console that a run file names. */
export function bridgeConsole(run: Pick<RunFile, 'console' | 'token'>): BridgeConsole {
  async function ask<T>(method: 'GET' | 'POST', path: string, body?: object): Promise<T> {
    const response = await fetch(new URL(path, run.console), {
      method,
      headers: {
        authorization: `Bearer ${run.token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(PATIENCE),
    });
    if (!response.ok)
      throw new Error(`The bridge's console answers ${response.status} to ${method} ${path}.`);
    // Our own console, on loopback and known by its token.
    return (await response.json()) as T;
  }

  return {
    async view() {
      const { addresses, clients, canPrompt, hosts, embedded } = await ask<{
        addresses: { auth: BridgeView['auth']; phone: string };
        clients: BridgeView['clients'];
        canPrompt: boolean;
        hosts: number;
        embedded: boolean;
      }>('GET', '/state');
      return {
        auth: addresses.auth,
        clients,
        hosts,
        embedded,
        ...(canPrompt ? { phone: addresses.phone } : {}),
      };
    },
    counts: () => ask('GET', '/counts'),
    decisions: async () => (await ask<{ decisions: unknown[] }>('GET', '/decisions')).decisions,
    stopFunctions: () => ask('POST', '/functions/stop'),
    startFunctions: () => ask('POST', '/functions/start'),
    stopGraph: () => ask('POST', '/graph/stop'),
    startGraph: () => ask('POST', '/graph/start'),
    phone: {
      state: () => ask<PhoneState>('GET', '/phone'),
      set: (mode, ringFor) => ask('POST', '/phone/mode', { mode, ringFor }),
    },
  };
}

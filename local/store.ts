import { startAzurite } from './azurite.ts';
import { type Doorway, startDoorway } from './doorway.ts';
import { StartRefused } from './faults.ts';

/** Where the functions of a local bridge keep what outlives a call: each host in its memory, or all of them in Azurite's tables. */
export const STORE_KINDS = ['memory', 'azurite'] as const;
export type StoreKind = (typeof STORE_KINDS)[number];

/** Nothing can be stopped that is part of the functions hosts. */
export class StoreInMemory extends Error {
  constructor() {
    super(
      'The store is in the memory of the functions host and ends with it; --store azurite gives it a place of its own.',
    );
    this.name = 'StoreInMemory';
  }
}

/** The store of a local bridge. */
export interface LocalStore {
  /** What BRIDGE_STORE says. */
  readonly setting: string;
  /** Undefined while it is in memory. */
  readonly azurite?: { readonly url: string; readonly pid: number };
  /** Refuses connections from now on; what is stored stays. Throws StoreInMemory. */
  stop(): Promise<void>;
  /** Throws StoreInMemory. */
  start(): Promise<void>;
}

/**
 * Says no to hosts that share nothing.
 *
 * @throws StartRefused `flag-wrong`
 */
export function checkHosts(hosts: number, store: StoreKind): void {
  if (hosts === 1 || store !== 'memory') return;
  throw new StartRefused(
    'flag-wrong',
    `--hosts ${hosts}: with the store in memory hosts share nothing, so each would accept what another has seen already. Add --store azurite.`,
  );
}

/**
 * Starts what the store needs: for Azurite the program, and a door before it that can be shut.
 *
 * @param x.defer told what ends the door
 * @throws StartRefused
 */
export async function startStore(
  kind: StoreKind,
  x: Omit<Parameters<typeof startAzurite>[0], 'service'> & { defer(end: () => Promise<void>): void },
): Promise<LocalStore> {
  if (kind === 'memory') {
    const refuse = () => Promise.reject(new StoreInMemory());
    return { setting: 'memory', stop: refuse, start: refuse };
  }
  const { defer, ...azurite } = x;
  const { program, url } = await startAzurite({ ...azurite, service: 'table' });
  const door = await startDoorway(Number(new URL(url).port));
  defer(door.shut);
  const outside = throughDoor(url, door);
  return {
    setting: outside,
    azurite: { url: outside, pid: program.pid },
    stop: door.shut,
    start: door.open,
  };
}

/** The same account, by the door's port. */
function throughDoor(url: string, { port }: Doorway): string {
  const outside = new URL(url);
  outside.port = String(port);
  return outside.href;
}

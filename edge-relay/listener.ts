import { isIPv6 } from 'node:net';
import type { Service } from '../relay-call/framing.ts';
import type { Log } from './log.ts';
import {
  causeOf,
  type FailedSocket,
  LISTEN_FAULTS,
  type ListenFault,
  openSocket,
  type RelaySocket,
  type SocketParts,
} from './socket.ts';
import type { Timers } from './timers.ts';

/** One entry of "listen" in relay.json. */
export interface ListenEntry {
  /** An address of this machine, or `*` for one socket on each of them. */
  readonly address: string;
  /** 0 lets the operating system choose a free one, for each socket another. */
  readonly port: number;
  readonly serves: Service;
}

export interface ListenerParts extends SocketParts {
  /** The addresses of this machine at this moment. */
  addresses(): readonly string[];
  readonly timers: Timers;
  readonly log: Log;
  /** Windows gives an address to a second socket although a first one holds the port on all of them. */
  readonly wildcardHides: boolean;
}

/** All sockets of the relay. */
export interface Listener {
  readonly sockets: readonly RelaySocket[];
  close(): Promise<void>;
}

/** A listener that could not be opened; nothing is left open. */
export interface FailedListener {
  readonly failed: FailedSocket;
  /** Which entry of "listen", from 0. */
  readonly entry: number;
}

/** How often the machine's addresses are looked at, in ms. */
export const FOLLOW_EVERY = 3_000;

/** Opens all sockets or none. For entries with `*` it goes on to follow the machine's addresses. */
export async function openListener(
  listen: readonly ListenEntry[],
  parts: ListenerParts,
): Promise<Listener | FailedListener> {
  /** By entry and address. */
  const open = new Map<string, RelaySocket>();
  let closed = false;
  async function closeAll(): Promise<void> {
    const sockets = [...open.values()];
    open.clear();
    await Promise.all(sockets.map((socket) => socket.close()));
  }

  async function add(entry: ListenEntry, at: number, address: string): Promise<FailedSocket | undefined> {
    const socket = await openSocket(address, entry.port, entry.serves, parts);
    if ('fault' in socket) return socket;
    if (closed) await socket.close();
    else open.set(`${at} ${address}`, socket);
    return undefined;
  }

  async function follow(): Promise<void> {
    const here = new Set(parts.addresses());
    for (const [at, entry] of listen.entries()) {
      if (entry.address !== '*') continue;
      for (const [key, socket] of open) {
        if (!key.startsWith(`${at} `) || here.has(socket.address)) continue;
        open.delete(key);
        await socket.close();
        parts.log.say('info', 'address-left', { address: socket.address, port: socket.port });
      }
      for (const address of here) {
        if (closed || open.has(`${at} ${address}`)) continue;
        const failed = await add(entry, at, address);
        if (failed !== undefined) tellLater(failed);
        else parts.log.say('info', 'address-came', { address, port: open.get(`${at} ${address}`)?.port });
      }
    }
  }

  /** It could not look, for want of descriptors perhaps: what is open stays so, and it looks again. */
  function missed(error: unknown): void {
    const code: ListenFault = 'addresses-unknown';
    parts.log.limited('warning', 'listen', code, { cause: causeOf(error), message: LISTEN_FAULTS[code] });
  }

  function tellLater(failed: FailedSocket): void {
    const { address, port, fault, cause } = failed;
    parts.log.limited('warning', 'listen', fault, { address, port, cause, message: LISTEN_FAULTS[fault] });
  }

  for (const [at, entry] of listen.entries()) {
    const everywhere = entry.address === '*';
    const hidden = parts.wildcardHides ? await wildcardTaken(entry, parts) : undefined;
    if (hidden !== undefined) {
      await closeAll();
      return { failed: hidden, entry: at };
    }
    const addresses = everywhere ? lookedUp(parts.addresses) : [entry.address];
    if ('cause' in addresses) {
      await closeAll();
      const { address, port } = entry;
      return { failed: { address, port, fault: 'addresses-unknown', cause: addresses.cause }, entry: at };
    }
    for (const address of addresses) {
      const failed = await add(entry, at, address);
      if (failed === undefined) continue;
      // An IPv6 address that the machine is still testing for duplicates can be bound a little later.
      if (everywhere && failed.fault === 'address-not-here') tellLater(failed);
      else {
        await closeAll();
        return { failed, entry: at };
      }
    }
  }

  let following = Promise.resolve();
  let busy = false;
  const unfollow = parts.timers.every(FOLLOW_EVERY, () => {
    if (busy) return;
    busy = true;
    following = follow()
      .catch(missed)
      .finally(() => {
        busy = false;
      });
  });

  return {
    get sockets() {
      return [...open.values()];
    },

    async close() {
      closed = true;
      unfollow();
      await following;
      await closeAll();
    },
  };
}

/** This machine's addresses, or what kept the operating system from telling them. */
function lookedUp(look: () => readonly string[]): readonly string[] | { readonly cause: string } {
  try {
    return look();
  } catch (error) {
    return { cause: causeOf(error) };
  }
}

/** Whether another program holds the port of an entry on all addresses at once. */
async function wildcardTaken(entry: ListenEntry, parts: SocketParts): Promise<FailedSocket | undefined> {
  if (entry.port === 0) return undefined;
  const families = entry.address === '*' ? ['0.0.0.0', '::'] : [isIPv6(entry.address) ? '::' : '0.0.0.0'];
  const probing = { ...parts, receive: () => undefined };
  for (const address of families) {
    const probe = await openSocket(address, entry.port, entry.serves, probing);
    if (!('fault' in probe)) await probe.close();
    else if (probe.fault === 'port-taken') return probe;
  }
  return undefined;
}

/** What an administrator can do about a socket that could not be opened, in whole sentences. */
export function explainFailure({ failed, entry }: FailedListener): string {
  const where = `${failed.address} port ${failed.port} (listen[${entry}] of relay.json)`;
  const what = `${where}: ${LISTEN_FAULTS[failed.fault]} (${failed.cause})`;
  if (failed.fault === 'port-taken') {
    return `${what} On an RD Gateway that is usually its own Network Policy Server (service IAS, with ports 1812, 1645, 1813 and 1646); elsewhere another RADIUS server (radiusd, freeradius) or a second relay. Set another port in listen[${entry}].port of relay.json, and the same port in the gateway's remote RADIUS server group; or stop the other program.`;
  }
  if (failed.fault === 'address-not-here') {
    return `${what} Set listen[${entry}].address to an address of this machine, or to "*" for all of them.`;
  }
  if (failed.fault === 'port-forbidden') {
    return `${what} Ports below 1024 need rights that the relay does not want: set listen[${entry}].port to 1024 or above.`;
  }
  return what;
}

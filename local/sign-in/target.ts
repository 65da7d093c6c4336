import { isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { parseNetwork } from '../../relay-call/address.ts';
import type { LocalClient } from '../configuration.ts';
import type { RadiusServer } from './client.ts';
import type { Shape } from './shapes.ts';

/** Where a sign-in goes, and as which RADIUS client. */
export interface Target {
  readonly server: RadiusServer;
  readonly secret: Buffer;
  readonly shape: Shape;
  /** Addresses to send from, the best first; an address that this machine does not have is passed over. */
  readonly from: readonly string[];
  readonly clientName: string;
  /** The page with the phone that a sign-in may ring. */
  readonly phone?: string;
}

/** What a running bridge says of itself, as far as a RADIUS client needs it. */
export interface BridgeView {
  readonly auth: readonly RadiusServer[];
  readonly clients: readonly LocalClient[];
  /** The page with the phone on it; absent where nothing prompts. */
  readonly phone?: string;
}

/**
 * Plays a client of a bridge on this machine.
 *
 * @param clientName the first client when undefined
 * @param own the addresses of this machine
 * @returns a sentence when the bridge has no such client, or none that could reach it from here
 */
export function targetAt(
  bridge: BridgeView,
  clientName: string | undefined,
  own: readonly string[],
): Target | string {
  const client = bridge.clients.find(({ name }) => clientName === undefined || name === clientName);
  if (client === undefined) {
    const names = bridge.clients.map(({ name }) => name).join(', ');
    return clientName === undefined
      ? 'The bridge has no RADIUS clients.'
      : `The bridge has no RADIUS client ${JSON.stringify(clientName)}; it has ${names}.`;
  }
  const candidates = client.addresses.flatMap((text) => addressesIn(text, own));
  for (const from of candidates) {
    const server = serverFor(bridge.auth, from);
    if (server === undefined) continue;
    return {
      server,
      secret: Buffer.from(client.secret),
      shape: client.profile === 'rd-gateway' ? 'rd-gateway' : 'vpn',
      from: candidates.filter((address) => isIPv6(address) === isIPv6(from)),
      clientName: client.name,
      ...(bridge.phone === undefined ? {} : { phone: bridge.phone }),
    };
  }
  return `No address of the RADIUS client ${client.name} (${client.addresses.join(', ')}) is one of this machine.`;
}

/** A socket of the bridge that an address can reach: of its family, on loopback where there is one. */
export function serverFor(sockets: readonly RadiusServer[], from: string): RadiusServer | undefined {
  const family = sockets.filter(({ address }) => isIPv6(address) === isIPv6(from));
  return family.find(({ address }) => isLoopback(address)) ?? family[0];
}

/** The addresses of this machine. */
export function ownAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap(
    (entries) => entries?.map(({ address }) => address) ?? [],
  );
}

function addressesIn(text: string, own: readonly string[]): string[] {
  const network = parseNetwork(text);
  if (network === undefined) return [];
  const inside = own.filter((address) => network.contains(address));
  // All of 127.0.0.0/8 belongs to a Linux machine, although its interfaces name 127.0.0.1 alone. Elsewhere binding
  // tells.
  return inside.length === 0 && isLoopback(text) && !text.includes('/') ? [text] : inside;
}

function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.');
}

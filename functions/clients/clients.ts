import { isIPv4 } from 'node:net';
import ipaddr from 'ipaddr.js';
import { parseNetwork } from '../../relay-call/address.ts';
import type { BridgeConfiguration, ClientEntry, ProfileName } from '../config/schema.ts';
import { PROFILES, type Profile } from './profiles.ts';

/** A RADIUS client as one of its addresses selects it. */
export interface RadiusClient {
  readonly name: string;
  readonly profileName: ProfileName;
  readonly profile: Profile;
  /** Names of Key Vault secrets, in the order in which they are tried; one or two. */
  readonly secretNames: readonly string[];
  readonly messageAuthenticator: 'required' | 'optional';
  /** How long it waits for an answer, in milliseconds. */
  readonly patience: number;
  readonly allowWeakSecret: boolean;
  /** The address or network that matched, such as `10.1.0.0/24`. */
  readonly network: string;
}

export interface Clients {
  /**
   * The client that may speak from this address through this relay: longest prefix first.
   *
   * @param relay the relay's name.
   * @param address as `canonicalAddress` writes it.
   * @returns undefined when there is none, or when the longest prefix belongs to a client that is not enabled.
   */
  find(relay: string, address: string): RadiusClient | undefined;
}

/** For each prefix length, longest first: the networks' bits, and whose they are (null: nobody's for now). */
type Level = { readonly prefix: number; readonly networks: Map<bigint, RadiusClient | null> };
type Levels = { readonly 4: Level[]; readonly 6: Level[] };

/** Look-ups over `clients`, whose addresses the configuration has found valid and unambiguous. */
export function compileClients(document: Pick<BridgeConfiguration, 'clients'>): Clients {
  const everyRelay: Levels = { 4: [], 6: [] };
  const byRelay = new Map<string, Levels>();
  for (const entry of document.clients) {
    for (const address of entry.addresses) {
      for (const levels of levelsFor(entry, everyRelay, byRelay)) enter(levels, entry, address);
    }
  }
  for (const levels of [everyRelay, ...byRelay.values()]) {
    for (const family of [4, 6] as const) levels[family].sort((one, other) => other.prefix - one.prefix);
  }
  return {
    find(relay, address) {
      const family = isIPv4(address) ? 4 : 6;
      const bits = bitsOf(address);
      const own = longest(byRelay.get(relay)?.[family], family, bits);
      const common = longest(everyRelay[family], family, bits);
      // Of two that are equally long, the one that is enabled: the other has been switched off in its favour.
      if (own === undefined || common === undefined) return (own ?? common)?.client ?? undefined;
      if (own.prefix === common.prefix) return own.client ?? common.client ?? undefined;
      return (own.prefix > common.prefix ? own : common).client ?? undefined;
    },
  };
}

function levelsFor(entry: ClientEntry, everyRelay: Levels, byRelay: Map<string, Levels>): Levels[] {
  if (entry.relays === undefined) return [everyRelay];
  return entry.relays.map((relay) => {
    const levels = byRelay.get(relay) ?? { 4: [], 6: [] };
    byRelay.set(relay, levels);
    return levels;
  });
}

function enter(levels: Levels, entry: ClientEntry, text: string): void {
  const network = parseNetwork(text);
  if (network === undefined) return;
  const { family, prefix } = network;
  const written = network.toString();
  const bits = bitsOf(written.split('/')[0] ?? written) >> BigInt(widthOf(family) - prefix);
  let level = levels[family].find((candidate) => candidate.prefix === prefix);
  if (level === undefined) {
    level = { prefix, networks: new Map() };
    levels[family].push(level);
  }
  if (entry.enabled) level.networks.set(bits, clientOf(entry, written));
  else if (!level.networks.has(bits)) level.networks.set(bits, null);
}

function clientOf(entry: ClientEntry, network: string): RadiusClient {
  const profile = PROFILES[entry.profile];
  return {
    name: entry.name,
    profileName: entry.profile,
    profile,
    secretNames: entry.secrets.map((secret) => secret.keyVault),
    messageAuthenticator: entry.messageAuthenticator,
    patience: (entry.patience ?? profile.patience) * 1000,
    allowWeakSecret: entry.allowWeakSecret,
    network,
  };
}

function longest(
  levels: readonly Level[] | undefined,
  family: 4 | 6,
  bits: bigint,
): { prefix: number; client: RadiusClient | null } | undefined {
  for (const { prefix, networks } of levels ?? []) {
    const client = networks.get(bits >> BigInt(widthOf(family) - prefix));
    if (client !== undefined) return { prefix, client };
  }
  return undefined;
}

function widthOf(family: 4 | 6): number {
  return family === 4 ? 32 : 128;
}

function bitsOf(address: string): bigint {
  let bits = 0n;
  for (const octet of ipaddr.parse(address).toByteArray()) bits = (bits << 8n) | BigInt(octet);
  return bits;
}

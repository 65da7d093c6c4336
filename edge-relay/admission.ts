import type { Network } from '../relay-call/address.ts';

/** A client of relay.json: a network, how fast each address in it may ask, and how its requests are treated. */
export interface ClientRules {
  readonly network: Network;
  /** Requests per second that each address may sustain. */
  readonly perSecond: number;
  /** Requests that an address may send at once after a pause. */
  readonly burst: number;
  /** How long the client waits for a reply, in ms. */
  readonly patience: number;
  /** How long a reject is held back, in ms; 0 for not at all. */
  readonly rejectDelay: number;
}

/** A client with what is counted for it. */
export interface Client {
  readonly rules: ClientRules;
  /** Its requests that are in work at this moment; whoever puts one to work counts it. */
  inWork: number;
}

/** An address that is admitted, with its bucket of tokens. */
interface Sender {
  readonly client: Client;
  tokens: number;
  filledAt: number;
}

/** Addresses of one client that have a bucket of their own; any beyond them share one. */
export const SENDERS_PER_CLIENT = 1024;

/** A full table is looked through for idle senders once in this time, so that a flood does not pay for it. In ms. */
const SWEEP_EVERY = 1_000;

/** Who may ask, and how often. */
export interface Admission {
  /**
   * The sender at a canonical address, by the longest prefix; undefined when no client admits it, in which case
   * nothing is kept: anyone can send from any address.
   */
  sender(address: string, now: number): Sender | undefined;
  /** Takes a token for one request; false when the sender has none. */
  take(sender: Sender, now: number): boolean;
  readonly clients: readonly Client[];
}

interface Registered {
  readonly client: Client;
  readonly senders: Map<string, Sender>;
  readonly others: Sender;
  sweptAt: number;
}

/** An address as a number, so that a prefix is a shift. */
function numberOf(canonical: string): bigint {
  if (!canonical.includes(':')) {
    let value = 0;
    for (const octet of canonical.split('.')) value = value * 256 + Number(octet);
    return BigInt(value);
  }
  const [head = '', tail] = canonical.split('::');
  const groups = (text: string) => (text === '' ? [] : text.split(':'));
  const left = groups(head);
  const right = tail === undefined ? [] : groups(tail);
  const zeros = new Array<string>(8 - left.length - right.length).fill('0');
  let value = 0n;
  for (const group of [...left, ...zeros, ...right]) value = (value << 16n) | BigInt(`0x${group}`);
  return value;
}

function newSender(client: Client, now: number): Sender {
  return { client, tokens: client.rules.burst, filledAt: now };
}

/** The tokens of a sender now: they come back at the client's rate, up to its burst. */
function tokensNow({ client, tokens, filledAt }: Sender, now: number): number {
  const { perSecond, burst } = client.rules;
  return Math.min(burst, tokens + ((now - filledAt) / 1_000) * perSecond);
}

/**
 * @param clients networks must differ from each other.
 * @param now `Clock.monotonic()`, as for every `now` here.
 */
export function createAdmission(clients: readonly ClientRules[], now: number): Admission {
  const registered: readonly Registered[] = clients.map((rules) => {
    const client: Client = { rules, inWork: 0 };
    return { client, senders: new Map(), others: newSender(client, now), sweptAt: Number.NEGATIVE_INFINITY };
  });
  const four = prefixTables(registered, 4, 32);
  const six = prefixTables(registered, 6, 128);

  function bucket(entry: Registered, address: string, at: number): Sender {
    const known = entry.senders.get(address);
    if (known !== undefined) return known;
    if (entry.senders.size >= SENDERS_PER_CLIENT) sweep(entry, at);
    if (entry.senders.size >= SENDERS_PER_CLIENT) return entry.others;
    const sender = newSender(entry.client, at);
    entry.senders.set(address, sender);
    return sender;
  }

  /** Forgets senders whose bucket is full again: a new one would be no different. */
  function sweep(entry: Registered, at: number): void {
    if (at < entry.sweptAt + SWEEP_EVERY) return;
    entry.sweptAt = at;
    for (const [address, sender] of entry.senders) {
      if (tokensNow(sender, at) >= entry.client.rules.burst) entry.senders.delete(address);
    }
  }

  return {
    sender(address, at) {
      const number = numberOf(address);
      for (const { shift, entries } of address.includes(':') ? six : four) {
        const entry = entries.get(number >> shift);
        if (entry !== undefined) return bucket(entry, address, at);
      }
      return undefined;
    },

    take(sender, at) {
      sender.tokens = tokensNow(sender, at);
      sender.filledAt = at;
      if (sender.tokens < 1) return false;
      sender.tokens -= 1;
      return true;
    },

    clients: registered.map(({ client }) => client),
  };
}

interface PrefixTable {
  /** Bits behind the prefix. */
  readonly shift: bigint;
  readonly entries: ReadonlyMap<bigint, Registered>;
}

/** One table for each length of prefix that occurs, the longest first. */
function prefixTables(registered: readonly Registered[], family: 4 | 6, bits: number): PrefixTable[] {
  const tables = new Map<number, Map<bigint, Registered>>();
  for (const entry of registered) {
    const { network } = entry.client.rules;
    if (network.family !== family) continue;
    const [first = ''] = network.toString().split('/');
    const table = tables.get(network.prefix) ?? new Map<bigint, Registered>();
    table.set(numberOf(first) >> BigInt(bits - network.prefix), entry);
    tables.set(network.prefix, table);
  }
  return [...tables]
    .sort(([a], [b]) => b - a)
    .map(([prefix, entries]) => ({ shift: BigInt(bits - prefix), entries }));
}

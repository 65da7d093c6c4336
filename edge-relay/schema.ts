import * as z from 'zod';
import { canonicalAddress, parseNetwork } from '../relay-call/address.ts';
import { looksLikePrivateKey } from '../relay-call/json-words.ts';
import { KEY_ID } from '../relay-call/signature.ts';
import { LONGEST_HOLD } from './repeats.ts';

/** A field with the sentence that says what belongs there; it stands in the schema and in every fault. */
function field<T extends z.ZodType>(schema: T, expected: string): T {
  return schema.meta({ description: expected });
}

const url = field(
  z.string().refine((text) => originOf(text) !== undefined),
  'the address of the functions app: https://host or https://host:port, without path, query or user',
);

const listenAddress = field(
  z.string().refine((text) => text === '*' || isOneAddress(text)),
  'an address of this machine, or "*" for one socket on each of them',
);

const listen = z.strictObject({
  address: listenAddress,
  port: field(z.int().min(0).max(65_535), 'a port from 1 to 65535, or 0 for any free one'),
  serves: field(z.enum(['auth', 'acct']), '"auth" or "acct"'),
});

const rate = z.strictObject({
  perSecond: field(
    z.number().positive().max(1_000_000),
    'requests that each address may send every second, above 0 and at most 1000000',
  ),
  burst: field(
    z.int().min(1).max(1_000_000),
    'requests that each address may send at once, a whole number from 1 to 1000000',
  ),
});

const client = z.strictObject({
  network: field(
    z.string().refine((text) => parseNetwork(text) !== undefined),
    'an address (192.0.2.10) or a network without bits behind its prefix (192.0.2.0/24, 2001:db8::/32)',
  ),
  rate: field(
    rate.default({ perSecond: 50, burst: 100 }),
    'how fast each address may ask: {"perSecond": 50, "burst": 100}',
  ),
  patience: field(
    z.int().min(1).max(600).default(60),
    'whole seconds that the client waits for a reply, 1 to 600',
  ),
  rejectDelay: field(
    z
      .number()
      .min(0)
      .max(LONGEST_HOLD / 1_000)
      .default(1),
    'seconds that a reject is held back, 0 (not at all) to 10',
  ),
});

const limits = z.strictObject({
  pending: field(
    z.int().min(1).max(1_000_000).default(100_000),
    'most requests in work at once, 1 to 1000000',
  ),
  remembered: field(
    z.int().min(1).max(1_000_000).default(100_000),
    'most answered requests remembered for their repeats, 1 to 1000000',
  ),
  drain: field(
    z.int().min(0).max(600).default(10),
    'whole seconds that a stop waits for requests in work, 0 to 600',
  ),
});

/** relay.json as written: JSON Schema describes its input, `RelayDocument` its output. */
export const relaySchema = z
  .strictObject({
    $schema: field(z.string().optional(), 'where the JSON Schema of this file lies'),
    url,
    keyId: field(
      z
        .string()
        .regex(KEY_ID)
        .refine((text) => !looksLikePrivateKey(text)),
      'the keyId of this relay in bridge.json: 1 to 64 of A-Z a-z 0-9 . _ -',
    ),
    keyFile: field(z.string().min(1), "the file with this relay's private key, as seen from relay.json"),
    ca: field(
      z.string().min(1).optional(),
      'a PEM file with the authorities to trust instead of the well-known ones, as seen from relay.json',
    ),
    listen: field(
      z.array(listen).min(1).max(256).superRefine(listenTwice),
      'at least one address and port to listen on',
    ),
    clients: field(
      z.array(client).min(1).max(10_000).superRefine(networkTwice),
      'at least one client, each network once',
    ),
    limits: field(limits.prefault({}), 'the limits of this relay'),
  })
  .meta({ title: 'relay.json', description: 'The configuration of a radius-bridge edge relay.' });

/** relay.json, with its defaults. Durations are in seconds, as written. */
export type RelayDocument = z.output<typeof relaySchema>;

/** The origin of an https URL that is nothing more than an origin. */
function originOf(text: string): string | undefined {
  const parsed = URL.parse(text);
  if (parsed === null || parsed.protocol !== 'https:') return undefined;
  return /^https:\/\/[^/?#@\\\s]+\/?$/i.test(text) ? parsed.origin : undefined;
}

/** An address that a machine can have: neither "all addresses", from which replies would leave by any of them,
 * nor IPv4 written as IPv6. */
function isOneAddress(text: string): boolean {
  const canonical = canonicalAddress(text);
  if (canonical === undefined || canonical === '0.0.0.0' || canonical === '::') return false;
  return text.includes(':') === canonical.includes(':');
}

/** Two writings of one address are one; with different zones they are two. */
function sameAddress(a: string, b: string): boolean {
  return canonicalAddress(a) === canonicalAddress(b) && a.split('%')[1] === b.split('%')[1];
}

function listenTwice(entries: readonly z.output<typeof listen>[], context: z.RefinementCtx): void {
  for (const [at, { address, port }] of entries.entries()) {
    const clash = entries.findIndex(
      (other) =>
        other.port === port &&
        (address === '*' || other.address === '*' || sameAddress(other.address, address)),
    );
    if (port === 0 || clash >= at) continue;
    const message = `listen[${clash}] has this address and port already`;
    context.addIssue({ code: 'custom', path: [at], message, params: { fault: 'listen-twice' } });
  }
}

function networkTwice(entries: readonly z.output<typeof client>[], context: z.RefinementCtx): void {
  const seen = new Map<string, number>();
  for (const [at, { network }] of entries.entries()) {
    const text = parseNetwork(network)?.toString() ?? network;
    const first = seen.get(text);
    if (first === undefined) seen.set(text, at);
    else {
      const message = `clients[${first}] has this network already`;
      context.addIssue({
        code: 'custom',
        path: [at, 'network'],
        message,
        params: { fault: 'network-twice' },
      });
    }
  }
}

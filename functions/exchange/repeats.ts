import { createHash } from 'node:crypto';
import type { Endpoint } from '../../relay-call/source.ts';
import type { Packet } from '../radius/packet.ts';
import { rowKey } from '../store/keys.ts';
import type { Lease, Leases, Waiting, WaitOutcome } from '../store/lease.ts';

/** The name of the repeats' table in `Store`. */
export const REPEATS = 'repeats';

/** How long a reply is kept for a retransmission, in milliseconds (RFC 5080 §2.2.2: 5 to 30 s). */
export const REPLY_LIFETIME = 30_000;

/** A lease that nobody settles is gone by then, whatever happens: no client waits longer. */
const LONGEST_WORK = 10 * 60 * 1000;

/** Nothing need be known about the work to take it over: whoever does has the same packet. */
export type RepeatWork = Record<string, never>;

/** The reply packet in base64. */
export type RepeatReply = string;

export type RepeatClaim =
  | { readonly kind: 'first'; readonly lease: Lease<RepeatWork, RepeatReply> }
  | { readonly kind: 'answered'; readonly reply: Buffer }
  | { readonly kind: 'late' };

/**
 * Finds out whether this very packet is being answered already, on any instance and through any relay (RFC 5080
 * §2.2.2; design §4, step 4). Waits for the other answer while there is time; where that one ended in silence or
 * vanished, this call is the first.
 *
 * @throws StoreUnreachable
 */
export async function claimRepeat(
  leases: Leases<RepeatWork, RepeatReply>,
  x: {
    readonly client: string;
    readonly from: Endpoint;
    readonly packet: Packet;
    readonly now: number;
    left(): number;
    readonly signal: AbortSignal;
  },
): Promise<RepeatClaim> {
  const { client, from, packet } = x;
  const partition = rowKey(client, from.address);
  const key = rowKey(
    String(from.port),
    String(packet.identifier),
    packet.authenticator.toString('hex'),
    createHash('sha256').update(packet.octets).digest('hex'),
  );
  for (;;) {
    const claim = await leases.claim(partition, key, { work: {}, expires: x.now + LONGEST_WORK });
    const outcome = claim.kind === 'waiting' ? await waitFor(claim, x) : claim;
    if (outcome.kind === 'holder') return { kind: 'first', lease: outcome };
    if (outcome.kind === 'settled') return { kind: 'answered', reply: Buffer.from(outcome.value, 'base64') };
    if (outcome.kind === 'late' || x.left() === 0) return { kind: 'late' };
  }
}

async function waitFor(
  waiting: Waiting<RepeatWork, RepeatReply>,
  x: { left(): number; readonly signal: AbortSignal },
): Promise<WaitOutcome<RepeatWork, RepeatReply>> {
  try {
    return await waiting.wait({ within: x.left(), signal: x.signal });
  } catch (error) {
    if (x.signal.aborted) return { kind: 'late' };
    throw error;
  }
}

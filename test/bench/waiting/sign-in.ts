import { randomBytes } from 'node:crypto';
import type { Agent } from 'node:http';
import { request } from 'node:http';
import { readReply } from '../../../local/sign-in/reply.ts';
import type { AccessRequest } from '../../../local/sign-in/request.ts';
import { encodeAccessRequest } from '../../../local/sign-in/request.ts';
import { attributesOf } from '../../../local/sign-in/shapes.ts';
import { CALL_PATH } from '../../../relay-call/media.ts';
import type { RelayKey } from '../../../relay-call/signature.ts';
import { signCall } from '../../../relay-call/signature.ts';
import { gatewaySecret, nameOf } from './people.ts';

/** What came of a sign-in: the host turned it away for want of room, or an Access-Accept. */
export type SignedIn = 'accepted' | 'full';

/** What a relay signs with, and for whom. */
export interface Signing {
  readonly key: RelayKey;
  readonly authority: string;
}

/** Milliseconds for which an RD Gateway waits. */
const patience = 60_000;
const identifiers = 256;
const firstPort = 49_152;

/** A signed call with one person's Access-Request, as a relay makes it for an RD Gateway, which sends no password. */
function callFor(person: number, { key, authority }: Signing) {
  const sent = encodeAccessRequest({
    identifier: person % identifiers,
    authenticator: randomBytes(16),
    secret: Buffer.from(gatewaySecret),
    attributes: attributesOf('rd-gateway', { userName: nameOf(person), machine: `pc-${person}` }),
  });
  const headers = signCall({
    key,
    authority,
    path: CALL_PATH,
    body: sent.octets,
    source: {
      from: { address: '127.0.0.1', port: firstPort + Math.floor(person / identifiers) },
      to: { address: '127.0.0.1', port: 1812 },
      serves: 'auth',
    },
    deadline: patience,
    created: Math.floor(Date.now() / 1000),
    nonce: randomBytes(16),
  });
  return { sent, headers };
}

/**
 * Lets people sign in, all at the same time, with calls that are signed before the first is sent. Each takes a
 * connection of its own, as long as it waits.
 *
 * @returns what comes of each, in the order of `people`; one rejects for anything but an Access-Accept that both
 *   proofs hold for, and 429
 */
export function signIn(
  people: readonly number[],
  x: { port: number; agent: Agent; signing: Signing; signal: AbortSignal },
): ReadonlyArray<Promise<SignedIn>> {
  const calls = people.map((person) => callFor(person, x.signing));
  return calls.map(async ({ sent, headers }) => judged(sent, await post(x, headers, sent.octets)));
}

function judged(sent: AccessRequest, { status, body }: { status: number; body: Buffer }): SignedIn {
  if (status === 429) return 'full';
  const reply = status === 200 ? readReply(sent, body) : body.toString();
  const outcome = typeof reply === 'string' ? reply : reply.outcome;
  if (outcome !== 'Access-Accept') throw new Error(`A sign-in was answered ${status} ${outcome}`);
  return 'accepted';
}

function post(
  { port, agent, signal }: { port: number; agent: Agent; signal: AbortSignal },
  headers: Readonly<Record<string, string>>,
  body: Buffer,
): Promise<{ status: number; body: Buffer }> {
  return new Promise((resolve, reject) => {
    const sent = request({
      host: '127.0.0.1',
      port,
      path: CALL_PATH,
      method: 'POST',
      agent,
      signal,
      headers: { ...headers, 'content-length': body.length },
    });
    sent.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks) }));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

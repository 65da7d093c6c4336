import { randomBytes } from 'node:crypto';
import { type Agent, request } from 'node:http';
import { readReply } from '../../local/sign-in/reply.ts';
import type { AccessRequest } from '../../local/sign-in/request.ts';
import { CALL_PATH } from '../../relay-call/media.ts';
import { type RelayKey, signCall } from '../../relay-call/signature.ts';
import type { Endpoint } from '../../relay-call/source.ts';

/** What a relay signs with, and for whom. */
export interface Signing {
  readonly key: RelayKey;
  readonly authority: string;
}

/** A call as a relay makes it, signed and ready to go to a functions host. */
export interface FunctionsCall {
  readonly sent: AccessRequest;
  readonly headers: Readonly<Record<string, string>>;
}

/** Milliseconds for which the client says that it waits. */
const patience = 60_000;

/** @param from where the client sent its packet from */
export function functionsCall(
  sent: AccessRequest,
  from: Endpoint,
  { key, authority }: Signing,
): FunctionsCall {
  const signed = signCall({
    key,
    authority,
    path: CALL_PATH,
    body: sent.octets,
    source: { from, to: { address: '127.0.0.1', port: 1812 }, serves: 'auth' },
    deadline: patience,
    created: Math.floor(Date.now() / 1000),
    nonce: randomBytes(16),
  });
  return { sent, headers: { ...signed, 'content-length': String(sent.octets.length) } };
}

/** What came of a sign-in: the host turned it away for want of room, or an Access-Accept. */
export type SignedIn = 'accepted' | 'full';

/**
 * Makes a call of a host on this machine, by HTTP/1.1 as the front end does.
 *
 * @throws Error for anything else, and for an Access-Accept that not both proofs hold for
 */
export async function callFunctions(
  { sent, headers }: FunctionsCall,
  to: { readonly port: number; readonly agent?: Agent; readonly signal?: AbortSignal },
): Promise<SignedIn> {
  const { status, body } = await post(headers, sent.octets, to);
  if (status === 429) return 'full';
  const reply = status === 200 ? readReply(sent, body) : body.toString();
  const outcome = typeof reply === 'string' ? reply : reply.outcome;
  if (outcome !== 'Access-Accept') throw new Error(`A sign-in was answered ${status} ${outcome}`);
  return 'accepted';
}

function post(
  headers: FunctionsCall['headers'],
  body: Buffer,
  to: Parameters<typeof callFunctions>[1],
): Promise<{ status: number; body: Buffer }> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', path: CALL_PATH, method: 'POST', headers, ...to });
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

import { randomBytes } from 'node:crypto';
import type { Agent } from 'node:http';
import { encodeAccessRequest } from '../../../local/sign-in/request.ts';
import { attributesOf } from '../../../local/sign-in/shapes.ts';
import {
  callFunctions,
  type FunctionsCall,
  functionsCall,
  type SignedIn,
  type Signing,
} from '../functions-call.ts';
import { gatewaySecret, nameOf } from './people.ts';

const identifiers = 256;
const firstPort = 49_152;

/** One person's Access-Request, as an RD Gateway makes it, which sends no password. */
function callFor(person: number, signing: Signing): FunctionsCall {
  const sent = encodeAccessRequest({
    identifier: person % identifiers,
    authenticator: randomBytes(16),
    secret: Buffer.from(gatewaySecret),
    attributes: attributesOf('rd-gateway', { userName: nameOf(person), machine: `pc-${person}` }),
  });
  const from = { address: '127.0.0.1', port: firstPort + Math.floor(person / identifiers) };
  return functionsCall(sent, from, signing);
}

/**
 * Lets people sign in, all at the same time, with calls that are signed now. Each takes a connection of its own, as long
 * as it waits.
 *
 * @returns sends them; what comes of each, in the order of `people`; one rejects as `callFunctions` does
 */
export function prepare(
  people: readonly number[],
  x: { port: number; agent: Agent; signing: Signing; signal: AbortSignal },
): () => ReadonlyArray<Promise<SignedIn>> {
  const { port, agent, signal, signing } = x;
  const calls = people.map((person) => callFor(person, signing));
  return () => calls.map((call) => callFunctions(call, { port, agent, signal }));
}

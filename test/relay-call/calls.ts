import { createPrivateKey, createPublicKey } from 'node:crypto';
import { CALL_PATH } from '../../relay-call/media.ts';
import { type ReceivedCall, readCall, type SignedHeaders, signCall } from '../../relay-call/signature.ts';
import type { RadiusSource } from '../../relay-call/source.ts';
import { packetOf } from './packets.ts';

/** A key that only tests have: its seed is 32 times 1. */
export const privateKey = createPrivateKey({
  key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.alloc(32, 1)]),
  format: 'der',
  type: 'pkcs8',
});
export const publicKey = createPublicKey(privateKey);
export const key = { keyid: 'site-1', privateKey };

export const authority = 'bridge.example';
export const created = 1_700_000_000;
export const source: RadiusSource = {
  from: { address: '192.0.2.10', port: 49_152 },
  to: { address: '2001:db8::1', port: 1812 },
  serves: 'auth',
};
export const body = packetOf({ attributes: [1, 7, ...Buffer.from('alice')] });

/** The headers of a right call, with what a test changes. */
export function signed(change: Partial<Parameters<typeof signCall>[0]> = {}): SignedHeaders {
  const nonce = Buffer.alloc(16, 2);
  return signCall({
    key,
    authority,
    path: CALL_PATH,
    body,
    source,
    deadline: 45_000,
    created,
    nonce,
    ...change,
  });
}

/** A call as a server has it. */
export function received(
  headers: Readonly<Record<string, string | undefined>>,
  change: Partial<ReceivedCall> = {},
): ReceivedCall {
  return { method: 'POST', path: CALL_PATH, query: '', header: (name) => headers[name], body, ...change };
}

/** Reads a call with the right key at the moment it was signed, unless a test says otherwise. */
export function read(call: ReceivedCall, change: Partial<Parameters<typeof readCall>[1]> = {}) {
  const keyOf = (keyid: string) => (keyid === key.keyid ? publicKey : undefined);
  return readCall(call, { authority, now: created * 1000, keyOf, ...change });
}

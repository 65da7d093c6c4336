import { createPublicKey, type KeyObject } from 'node:crypto';
import { type ReceivedCall, readCall } from '../../../../relay-call/signature.ts';

/** Whether a call that came by a connection may be answered; `received` gives it and the server's name where it is needed. */
export type Proof = (
  connection: object,
  received: () => { readonly call: ReceivedCall; readonly authority: string },
) => boolean;

/**
 * Verifies the first call of each connection as the functions do, so that nothing passes for a relay that signs and is
 * none; later calls are taken as they are, since verifying is no cost of a relay's.
 *
 * @param x.publicKey SubjectPublicKeyInfo, DER, base64
 */
export function proofOf(x: { keyId: string; publicKey: string }): Proof {
  const key: KeyObject = createPublicKey({
    key: Buffer.from(x.publicKey, 'base64'),
    format: 'der',
    type: 'spki',
  });
  const keyOf = (keyid: string) => (keyid === x.keyId ? key : undefined);
  const proven = new WeakSet<object>();
  return (connection, received) => {
    if (proven.has(connection)) return true;
    const { call, authority } = received();
    if (typeof readCall(call, { authority, now: Date.now(), keyOf }) === 'string') return false;
    proven.add(connection);
    return true;
  };
}

import { createPrivateKey, type KeyObject, randomBytes } from 'node:crypto';
import type { CallAnswer } from '../../../functions/exchange/answer.ts';
import { readReply } from '../../../local/sign-in/reply.ts';
import { type AccessRequest, encodeAccessRequest } from '../../../local/sign-in/request.ts';
import { CALL_PATH } from '../../../relay-call/media.ts';
import { type ReceivedCall, signCall } from '../../../relay-call/signature.ts';
import { STATION } from '../policy/document.ts';
import { AUTHORITY, CLIENT_ADDRESS, type CredentialKind, RELAY, type Scene } from './scene.ts';

/** A call that is ready to be answered, and the packet in it. */
export interface MadeCall {
  readonly received: ReceivedCall;
  readonly request: AccessRequest;
}

/** Makes calls as a relay does: encoded, signed, with nothing in them that another call has. */
export function callMaker(scene: Scene): (user: CredentialKind, count: number) => readonly MadeCall[] {
  const privateKey = createPrivateKey(scene.privateKey);
  const secret = Buffer.from(scene.sharedSecret);
  let made = 0;
  return (user, count) =>
    Array.from({ length: count }, () => {
      made += 1;
      const request = encodeAccessRequest({
        identifier: made & 255,
        authenticator: randomBytes(16),
        secret,
        password: scene.password,
        attributes: attributesOf(user),
      });
      return { request, received: signed(request.octets, privateKey, 1024 + ((made >> 8) % 60_000)) };
    });
}

/** What a VPN gateway sends along. */
function attributesOf(user: CredentialKind) {
  return [
    { name: 'User-Name', value: user },
    { name: 'NAS-IP-Address', value: CLIENT_ADDRESS },
    { name: 'NAS-Identifier', value: 'vpn.contoso.example' },
    { name: 'NAS-Port', value: 7 },
    { name: 'NAS-Port-Type', value: 'Virtual' },
    { name: 'Service-Type', value: 'Framed-User' },
    { name: 'Framed-Protocol', value: 'PPP' },
    { name: 'Called-Station-Id', value: STATION },
    { name: 'Calling-Station-Id', value: '203.0.113.9' },
  ];
}

function signed(body: Buffer, privateKey: KeyObject, port: number): ReceivedCall {
  const headers = signCall({
    key: { keyid: RELAY, privateKey },
    authority: AUTHORITY,
    path: CALL_PATH,
    body,
    source: {
      from: { address: CLIENT_ADDRESS, port },
      to: { address: '198.51.100.1', port: 1812 },
      serves: 'auth',
    },
    deadline: 60_000,
    created: Math.floor(Date.now() / 1000),
    nonce: randomBytes(16),
  });
  return { method: 'POST', path: CALL_PATH, query: '', header: (name) => headers[name], body };
}

const SESSION_TIMEOUT = 27;

/** @throws Error unless the answer is an Access-Accept that proves itself and has what the last policy returns */
export function checkAnswer({ request }: MadeCall, { status, body }: CallAnswer): void {
  if (status !== 200 || body === undefined) {
    throw new Error(`A call was answered ${status}: ${Buffer.from(body ?? []).toString('utf8')}`);
  }
  const reply = readReply(request, body);
  if (typeof reply === 'string') throw new Error(`A reply was wrong: ${reply}`);
  const complete = reply.attributes.some(({ type }) => type === SESSION_TIMEOUT);
  if (reply.outcome !== 'Access-Accept' || !complete) {
    throw new Error(`A reply was wrong: ${reply.outcome} in ${reply.octets.length} octets`);
  }
}

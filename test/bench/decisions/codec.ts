import { encodeAttributes, octets, text } from '../../../functions/radius/attribute.ts';
import { revealPassword } from '../../../functions/radius/methods/pap.ts';
import { buildReply } from '../../../functions/radius/reply.ts';
import type { ReplyAttribute } from '../../../functions/radius/reply-attribute.ts';
import { readRequest } from '../../../functions/radius/request.ts';
import { sharedSecret } from '../../../functions/radius/secret.ts';
import { CODE } from '../../../relay-call/framing.ts';
import { checkAnswer, type MadeCall } from './calls.ts';
import type { Scene } from './scene.ts';

/**
 * What the codec does in a decision, and nothing else: the packet read and proven by its Message-Authenticator, the name
 * and the password taken from it, the reply written.
 *
 * @returns does it once. Throws Error when the reply is not what a decision replies.
 */
export function codecAlone({ sharedSecret: written, password }: Scene): (call: MadeCall) => Buffer {
  const secret = sharedSecret('vpn-secret', Buffer.from(written));
  const expectation = {
    serves: 'auth',
    secrets: [secret],
    messageAuthenticator: 'required',
    authorizeOnly: false,
  } as const;
  const attributes = [...encoded('Session-Timeout', 3600), ...encoded('Filter-Id', 'vpn')];
  return ({ request }) => {
    const reading = readRequest(request.octets, expectation);
    if (reading.kind !== 'request') throw new Error(`A packet was not read: ${reading.code}`);
    const { packet } = reading;
    const hidden = octets(packet, 'User-Password') ?? Buffer.alloc(0);
    const revealed = revealPassword(hidden, secret, packet.authenticator);
    const whole = text(packet, 'User-Name') !== undefined && revealed.length === Buffer.byteLength(password);
    const reply = buildReply(packet, { code: CODE.accessAccept, attributes, secret });
    if (!whole || typeof reply === 'string') throw new Error('The codec did not read what was written.');
    return reply;
  };
}

function encoded(name: string, value: string | number): readonly ReplyAttribute[] {
  const attributes = encodeAttributes(name, value);
  if ('fault' in attributes) throw new RangeError(attributes.fault);
  return attributes;
}

/** @throws Error unless the reply is that of a decision */
export function checkReply(call: MadeCall, body: Buffer): void {
  checkAnswer(call, { status: 200, headers: {}, body });
}

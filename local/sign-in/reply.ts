import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { type AttributeView, attributesOf, CODE, readFrame } from '../../relay-call/framing.ts';
import type { AccessRequest } from './request.ts';

/** Why a datagram is not taken as the reply to a request. It is then as if it had not come (RFC 5080 §2.2.1). */
export const REPLY_REFUSALS = {
  'reply-malformed': 'It is no RADIUS packet.',
  'reply-code-unexpected': 'Its code does not answer an Access-Request.',
  'reply-identifier-other': 'It answers another request.',
  'reply-authenticator-wrong':
    'Its Response Authenticator is wrong: the shared secrets differ, or it is forged.',
  'reply-message-authenticator-missing':
    'It has no Message-Authenticator, so it could be forged without the secret.',
  'reply-message-authenticator-wrong': 'Its Message-Authenticator is wrong: it is forged.',
} as const;
export type ReplyRefusal = keyof typeof REPLY_REFUSALS;

export interface AccessReply {
  readonly outcome: 'Access-Accept' | 'Access-Reject' | 'Access-Challenge';
  readonly code: number;
  readonly octets: Buffer;
  readonly attributes: readonly AttributeView[];
}

const MESSAGE_AUTHENTICATOR = 80;
const OUTCOMES: ReadonlyMap<number, AccessReply['outcome']> = new Map([
  [CODE.accessAccept, 'Access-Accept'],
  [CODE.accessReject, 'Access-Reject'],
  [CODE.accessChallenge, 'Access-Challenge'],
] as const);

/**
 * Reads a datagram as the reply to a request. Both proofs are required, Response Authenticator (RFC 2865 §3) and
 * Message-Authenticator (RFC 3579 §3.2), and checked here by node:crypto alone: neither the codec that made the
 * reply nor the `radius` package, whose comparison can be forged, has a say.
 */
export function readReply(request: AccessRequest, datagram: Uint8Array): AccessReply | ReplyRefusal {
  const frame = readFrame(datagram);
  if (typeof frame === 'string') return 'reply-malformed';
  const outcome = OUTCOMES.get(frame.code);
  if (outcome === undefined) return 'reply-code-unexpected';
  if (frame.identifier !== request.identifier) return 'reply-identifier-other';

  const attributes = attributesOf(frame);
  const unproven = Buffer.from(frame.packet);
  request.authenticator.copy(unproven, 4);
  const responseAuthenticator = createHash('md5').update(unproven).update(request.secret).digest();
  if (!timingSafeEqual(responseAuthenticator, frame.authenticator)) return 'reply-authenticator-wrong';

  const proof = attributes.find(({ type }) => type === MESSAGE_AUTHENTICATOR);
  if (proof === undefined) return 'reply-message-authenticator-missing';
  unproven.fill(0, proof.offset + 2, proof.offset + 18);
  const messageAuthenticator = createHmac('md5', request.secret).update(unproven).digest();
  if (!timingSafeEqual(messageAuthenticator, proof.value)) return 'reply-message-authenticator-wrong';

  return { outcome, code: frame.code, octets: frame.packet, attributes };
}

import { CODE, MAX_PACKET } from '../../relay-call/framing.ts';
import { AUTHENTICATOR_OCTETS, messageAuthenticator, responseAuthenticator } from './authenticator.ts';
import type { Packet } from './packet.ts';
import { octetsOf, type ReplyAttribute, VENDOR_HEADER_OCTETS } from './reply-attribute.ts';
import { allowedInReply, answers } from './reply-rules.ts';
import type { SharedSecret } from './secret.ts';
import { TYPE } from './type.ts';

/** Why a reply could not be made. Each is a fault of the configuration or of the bridge, never of the client. */
export const REPLY_FAULTS = {
  'reply-code-wrong': 'The reply has a code that does not answer the request.',
  'reply-too-long': 'The attributes of the reply do not fit into a RADIUS packet of 4096 octets.',
  'attribute-too-long': 'A value of the reply does not fit into one attribute.',
  'attribute-malformed': 'An attribute of the reply has a number, a tag or a value that cannot be sent.',
  'attribute-not-allowed': 'An attribute of the reply must not be sent in a reply of this code.',
  'attribute-repeated': 'The reply carries more than one State.',
  'reply-message-with-eap': 'The reply carries Reply-Message together with EAP-Message.',
} as const;
export type ReplyFault = keyof typeof REPLY_FAULTS;

const HEADER_OCTETS = 20;
const LONGEST_ATTRIBUTE = 255;

/** What a reply says; Message-Authenticator and Proxy-State are added by `buildReply`. */
export interface ReplyContent {
  readonly code: number;
  readonly attributes: readonly ReplyAttribute[];
  /** The secret that proved the request. */
  readonly secret: SharedSecret;
}

/**
 * Writes the reply to a request: Message-Authenticator first in every Access-Accept, -Reject and -Challenge whether
 * the request had one or not (CVE-2024-3596) and never in an Accounting-Response; then the attributes given; then every Proxy-State of the request,
 * unchanged and in order (RFC 2865 §5.33); signed by the Response Authenticator. Nothing is ever left out to make
 * a reply fit or lawful: an Accept that lost an attribute could grant more than the policy does.
 */
export function buildReply(request: Packet, { code, attributes, secret }: ReplyContent): Buffer | ReplyFault {
  if (!answers(request.code, code)) return 'reply-code-wrong';
  const fault = faultOf(request.code, code, attributes);
  if (fault !== undefined) return fault;

  const signed = code !== CODE.accountingResponse;
  const proxyStates = request.attributes.filter(({ type }) => type === TYPE.proxyState);
  let length = HEADER_OCTETS + (signed ? 2 + AUTHENTICATOR_OCTETS : 0);
  for (const attribute of attributes) length += octetsOf(attribute);
  for (const { value } of proxyStates) length += 2 + value.length;
  if (length > MAX_PACKET) return 'reply-too-long';

  const reply = Buffer.alloc(length);
  reply[0] = code;
  reply[1] = request.identifier;
  reply.writeUInt16BE(length, 2);
  request.authenticator.copy(reply, 4);
  let offset = HEADER_OCTETS;
  if (signed) {
    reply[offset] = TYPE.messageAuthenticator;
    reply[offset + 1] = 2 + AUTHENTICATOR_OCTETS;
    offset += 2 + AUTHENTICATOR_OCTETS;
  }
  for (const attribute of attributes) offset = writeAttribute(reply, offset, attribute);
  for (const { type, value } of proxyStates) offset = writeAttribute(reply, offset, { type, value });

  if (signed) messageAuthenticator(reply, HEADER_OCTETS + 2, secret).copy(reply, HEADER_OCTETS + 2);
  responseAuthenticator(reply, secret).copy(reply, 4);
  return reply;
}

function faultOf(
  requestCode: number,
  code: number,
  attributes: readonly ReplyAttribute[],
): ReplyFault | undefined {
  let states = 0;
  let replyMessage = false;
  let eap = false;
  for (const attribute of attributes) {
    if (isMalformed(attribute)) return 'attribute-malformed';
    if (octetsOf(attribute) > LONGEST_ATTRIBUTE) return 'attribute-too-long';
    if (!allowedInReply(requestCode, code, attribute)) return 'attribute-not-allowed';
    if (attribute.vendor !== undefined) continue;
    if (attribute.type === TYPE.state) states += 1;
    else if (attribute.type === TYPE.replyMessage) replyMessage = true;
    else if (attribute.type === TYPE.eapMessage) eap = true;
  }
  if (states > 1) return 'attribute-repeated';
  if (states > 0 && code === CODE.accessAccept && !attributes.some(asksAgain)) return 'attribute-not-allowed';
  return replyMessage && eap ? 'reply-message-with-eap' : undefined;
}

/** Termination-Action = RADIUS-Request, without which a State has no place in an Access-Accept (RFC 2865 §5.24). */
function asksAgain({ vendor, type, value }: ReplyAttribute): boolean {
  return vendor === undefined && type === TYPE.terminationAction && value.length === 4 && value[3] === 1;
}

function isMalformed({ vendor, type, value, tag }: ReplyAttribute): boolean {
  const numberOk = (number: number, least: number, most: number) =>
    Number.isInteger(number) && number >= least && number <= most;
  return (
    !numberOk(type, 1, 255) ||
    (vendor !== undefined && !numberOk(vendor, 1, 0xff_ff_ff)) ||
    (tag !== undefined && !numberOk(tag, 0, 0x1f)) ||
    value.length === 0
  );
}

function writeAttribute(packet: Buffer, start: number, attribute: ReplyAttribute): number {
  const { vendor, type, value, tag } = attribute;
  const end = start + octetsOf(attribute);
  let offset = start;
  if (vendor !== undefined) {
    packet[offset] = TYPE.vendorSpecific;
    packet[offset + 1] = end - start;
    packet.writeUInt32BE(vendor, offset + 2);
    offset += VENDOR_HEADER_OCTETS;
  }
  packet[offset] = type;
  packet[offset + 1] = end - offset;
  offset += 2;
  if (tag !== undefined) {
    packet[offset] = tag;
    offset += 1;
  }
  packet.set(value, offset);
  return end;
}

/** What makes a datagram no RADIUS packet, as far as that shows without its secret. */
export const FRAMING_FAULTS = {
  'datagram-too-short': 'The datagram has fewer than the 20 octets of a RADIUS header.',
  'length-out-of-range': 'The Length field of the packet is below 20 or above 4096.',
  'datagram-truncated': 'The datagram ends before the length that the packet states.',
  'attribute-type-zero': 'The packet has an attribute of type 0, which does not exist.',
  'attribute-too-short': 'The packet has an attribute whose length is below 2.',
  'attribute-overrun': 'The last attribute of the packet reaches beyond its end.',
  'too-many-attributes': 'The packet has more than 200 attributes.',
  'message-authenticator-length': 'The Message-Authenticator of the packet does not have 16 octets.',
  'message-authenticator-repeated': 'The packet has more than one Message-Authenticator.',
} as const;
export type FramingFault = keyof typeof FRAMING_FAULTS;

/** Packet codes (RFC 2865 §4, RFC 2866 §4, RFC 5997 §3). */
export const CODE = {
  accessRequest: 1,
  accessAccept: 2,
  accessReject: 3,
  accountingRequest: 4,
  accountingResponse: 5,
  accessChallenge: 11,
  statusServer: 12,
} as const;

/** What a port serves: authentication (RFC 2865) or accounting (RFC 2866). */
export type Service = 'auth' | 'acct';

/** A well-formed packet. Its buffers are views on the datagram, which therefore must not be changed. */
export interface Frame {
  /** The packet, cut to its Length. */
  readonly packet: Buffer;
  readonly code: number;
  readonly identifier: number;
  /** Octets in `packet`, 20 to 4096. */
  readonly length: number;
  /** The 16 octets of the Request or Response Authenticator. */
  readonly authenticator: Buffer;
}

/** One attribute of a packet. */
export interface AttributeView {
  readonly type: number;
  /** The value without type and length, 0 to 253 octets, a view on the packet. */
  readonly value: Buffer;
  /** Where in the packet the type octet stands. */
  readonly offset: number;
}

/** Octets before the first attribute: code, identifier, length, authenticator (RFC 2865 §3). */
const HEADER = 20;
/** Longest packet (RFC 2865 §3). */
export const MAX_PACKET = 4096;
/** FreeRADIUS' default `max_attributes`: no real packet comes near, and each costs whoever reads it. */
const MAX_ATTRIBUTES = 200;
const MESSAGE_AUTHENTICATOR = 80;

/** Walks the attributes of a packet of `length` octets: the first fault in the order of the checklist. */
function attributeFault(packet: Buffer, length: number): FramingFault | undefined {
  let count = 0;
  let authenticators = 0;
  let wrongAuthenticator = false;
  let at = HEADER;
  while (at < length) {
    if (packet[at] === 0) return 'attribute-type-zero';
    if (at + 1 === length) return 'attribute-overrun';
    const size = packet[at + 1] ?? 0;
    if (size < 2) return 'attribute-too-short';
    if (at + size > length) return 'attribute-overrun';
    if (packet[at] === MESSAGE_AUTHENTICATOR) {
      authenticators += 1;
      if (size !== 18) wrongAuthenticator = true;
    }
    count += 1;
    at += size;
  }
  if (count > MAX_ATTRIBUTES) return 'too-many-attributes';
  if (wrongAuthenticator) return 'message-authenticator-length';
  return authenticators > 1 ? 'message-authenticator-repeated' : undefined;
}

/**
 * Reads a datagram as a packet: length, attributes that fill it exactly, at most 200 of them, at most one
 * Message-Authenticator of the right size (RFC 2865 §3 and §5, RFC 3579 §3.2 and §3.3). Octets behind the
 * packet's Length are padding and cut off. Nothing is copied; nothing is thrown whatever the octets.
 */
export function readFrame(datagram: Uint8Array): Frame | FramingFault {
  const octets = Buffer.isBuffer(datagram)
    ? datagram
    : Buffer.from(datagram.buffer, datagram.byteOffset, datagram.byteLength);
  if (octets.length < HEADER) return 'datagram-too-short';
  const length = octets.readUInt16BE(2);
  if (length < HEADER || length > MAX_PACKET) return 'length-out-of-range';
  if (octets.length < length) return 'datagram-truncated';
  const fault = attributeFault(octets, length);
  if (fault !== undefined) return fault;
  return {
    packet: octets.length === length ? octets : octets.subarray(0, length),
    code: octets.readUInt8(0),
    identifier: octets.readUInt8(1),
    length,
    authenticator: octets.subarray(4, HEADER),
  };
}

/** The attributes of a packet in their order. */
export function attributesOf(frame: Frame): AttributeView[] {
  const { packet, length } = frame;
  const attributes: AttributeView[] = [];
  for (let at = HEADER; at < length; ) {
    const size = packet.readUInt8(at + 1);
    attributes.push({ type: packet.readUInt8(at), value: packet.subarray(at + 2, at + size), offset: at });
    at += size;
  }
  return attributes;
}

/** Whether a port of that service takes requests of that code (RFC 2865 §3, RFC 2866 §3, RFC 5997 §4.2). */
export function servesCode(service: Service, code: number): boolean {
  if (code === CODE.statusServer) return true;
  return code === (service === 'auth' ? CODE.accessRequest : CODE.accountingRequest);
}

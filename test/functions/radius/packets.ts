import { createHash, createHmac } from 'node:crypto';
import { type Packet, packetOf } from '../../../functions/radius/packet.ts';
import {
  type RequestExpectation,
  type RequestReading,
  readRequest,
} from '../../../functions/radius/request.ts';
import { sharedSecret } from '../../../functions/radius/secret.ts';
import { attributesOf, readFrame } from '../../../relay-call/framing.ts';

/** The secret and the Request Authenticator of the vectors. */
export const SECRET_TEXT = 'Bridge-Test-Secret-2026!';
export const SECRET = sharedSecret('current', Buffer.from(SECRET_TEXT));
export const OTHER_SECRET = sharedSecret('other', Buffer.from('another secret, as good as any'));
export const AUTHENTICATOR = Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex');

export const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

const octetsOf = (value: string | Uint8Array | readonly number[]): Buffer =>
  typeof value === 'string' ? Buffer.from(value) : Buffer.from(value);

/** An attribute; `length` overrides what its length octet says. */
export function attribute(
  type: number,
  value: string | Uint8Array | readonly number[],
  length?: number,
): Buffer {
  const octets = octetsOf(value);
  return Buffer.concat([Buffer.from([type, length ?? octets.length + 2]), octets]);
}

/** A Vendor-Specific attribute of Microsoft with the attributes given inside. */
export function microsoft(...inner: Buffer[]): Buffer {
  return attribute(26, Buffer.concat([hex('00000137'), ...inner]));
}

export const USER_NAME = attribute(1, 'alice');
export const USER_PASSWORD = attribute(2, Buffer.alloc(16, 7));
export const CHAP_PASSWORD = attribute(3, Buffer.alloc(17, 7));
export const UNSIGNED = attribute(80, Buffer.alloc(16));

export interface Draft {
  readonly code?: number;
  readonly identifier?: number;
  readonly authenticator?: Buffer;
  readonly attributes?: readonly Buffer[];
  /** What the Length field says, when not the truth. */
  readonly length?: number;
}

/** A packet with nothing computed. */
export function draft({
  code = 1,
  identifier = 1,
  authenticator = AUTHENTICATOR,
  attributes = [],
  length,
}: Draft): Buffer {
  const body = Buffer.concat(attributes);
  const packet = Buffer.concat([Buffer.from([code, identifier, 0, 0]), authenticator, body]);
  packet.writeUInt16BE((length ?? packet.length) & 0xffff, 2);
  return packet;
}

/** A packet whose last attribute is its Message-Authenticator, written by the formula of RFC 3579 §3.2. */
export function signed(x: Draft, secret = SECRET): Buffer {
  const packet = draft({ ...x, attributes: [...(x.attributes ?? []), UNSIGNED] });
  createHmac('md5', secret.octets)
    .update(packet)
    .digest()
    .copy(packet, packet.length - 16);
  return packet;
}

/** An Accounting-Request with the authenticator of RFC 2866 §3. */
export function accounting(attributes: readonly Buffer[], secret = SECRET): Buffer {
  const packet = draft({ code: 4, authenticator: Buffer.alloc(16), attributes });
  createHash('md5').update(packet).update(secret.octets).digest().copy(packet, 4);
  return packet;
}

/** Reads a packet as a strict client's on an authentication port, unless told otherwise. */
export function read(octets: Uint8Array, expected: Partial<RequestExpectation> = {}): RequestReading {
  return readRequest(octets, {
    serves: 'auth',
    secrets: [SECRET],
    messageAuthenticator: 'required',
    authorizeOnly: false,
    ...expected,
  });
}

/** The packet of a reading that must be a request. */
export function requestOf(octets: Uint8Array, expected: Partial<RequestExpectation> = {}): Packet {
  const reading = read(octets, expected);
  if (reading.kind !== 'request') throw new Error(`no request, but ${reading.kind}: ${reading.code}`);
  return reading.packet;
}

/** A packet that is only framed, not judged. */
export function framed(octets: Uint8Array): Packet {
  const frame = readFrame(octets);
  if (typeof frame === 'string') throw new Error(frame);
  return packetOf(frame);
}

/** The attributes of a packet, each with its header. */
export function attributesIn(octets: Buffer): Buffer[] {
  const frame = readFrame(octets);
  if (typeof frame === 'string') throw new Error(frame);
  return attributesOf(frame).map(({ offset, value }) => octets.subarray(offset, offset + 2 + value.length));
}

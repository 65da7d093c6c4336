import { type AttributeView, attributesOf, type Frame } from '../../relay-call/framing.ts';

/** A packet that is framed as RFC 2865 §3 says. All buffers are views on the datagram. */
export interface Packet {
  readonly code: number;
  readonly identifier: number;
  /** The whole packet, cut to its Length field. */
  readonly octets: Buffer;
  /** The 16 octets of the Authenticator field. */
  readonly authenticator: Buffer;
  /** Attributes in the order of the packet, a Vendor-Specific one as a whole. */
  readonly attributes: readonly AttributeView[];
}

/** The packet that a frame holds, for whoever reads a packet without judging it. */
export function packetOf(frame: Frame): Packet {
  return {
    code: frame.code,
    identifier: frame.identifier,
    octets: frame.packet,
    authenticator: frame.authenticator,
    attributes: attributesOf(frame),
  };
}

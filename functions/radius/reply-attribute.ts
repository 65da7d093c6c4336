/** An attribute to send, its value encoded. */
export interface ReplyAttribute {
  readonly type: number;
  /** The vendor's number; the attribute is then sent alone in one Vendor-Specific attribute (RFC 2865 §5.26). */
  readonly vendor?: number;
  /** The value's octets without a tag; three octets for a tagged integer (RFC 2868 §3). */
  readonly value: Uint8Array;
  /** 0 to 31; written before the value (RFC 2868 §3). */
  readonly tag?: number;
}

/** The Vendor-Id, and the vendor's own type and length (RFC 2865 §5.26). */
export const VENDOR_HEADER_OCTETS = 6;

/** Octets of an attribute in a packet: type and length, the vendor's header and the tag where it has them, its value. */
export function octetsOf({ vendor, value, tag }: ReplyAttribute): number {
  return 2 + (vendor === undefined ? 0 : VENDOR_HEADER_OCTETS) + (tag === undefined ? 0 : 1) + value.length;
}

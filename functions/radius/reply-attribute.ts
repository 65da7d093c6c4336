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

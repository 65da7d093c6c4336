import type { AttributeView } from '../../relay-call/framing.ts';
import type { Packet } from './packet.ts';
import { TYPE } from './type.ts';

const VENDOR_ID_OCTETS = 4;

/** One attribute inside a Vendor-Specific one; the value is a view on the packet. */
export interface VendorAttribute {
  readonly vendor: number;
  readonly type: number;
  readonly value: Buffer;
}

/** The vendor's number of a Vendor-Specific value, undefined when it has none that RFC 2865 §5.26 allows. */
export function vendorOf(value: Buffer): number | undefined {
  if (value.length < VENDOR_ID_OCTETS || value[0] !== 0) return undefined;
  return value.readUInt32BE(0);
}

/**
 * The attributes inside one Vendor-Specific value, which may be several. Undefined when it has not the shape that
 * RFC 2865 §5.26 recommends: such a value stays opaque as a whole, and the request goes on.
 */
export function vendorAttributes(value: Buffer): VendorAttribute[] | undefined {
  const vendor = vendorOf(value);
  if (vendor === undefined) return undefined;
  const found: VendorAttribute[] = [];
  let offset = VENDOR_ID_OCTETS;
  while (offset < value.length) {
    const type = value[offset];
    const length = value[offset + 1];
    if (type === undefined || length === undefined || length < 2 || offset + length > value.length)
      return undefined;
    found.push({ vendor, type, value: value.subarray(offset + 2, offset + length) });
    offset += length;
  }
  return found.length === 0 ? undefined : found;
}

/** Values of every attribute of that vendor and type, in the order of the packet. */
export function vendorValues(packet: Packet, vendor: number, type: number): Buffer[] {
  const values: Buffer[] = [];
  for (const attribute of packet.attributes) {
    if (!isOfVendor(attribute, vendor)) continue;
    for (const inner of vendorAttributes(attribute.value) ?? []) {
      if (inner.type === type) values.push(inner.value);
    }
  }
  return values;
}

function isOfVendor(attribute: AttributeView, vendor: number): boolean {
  return attribute.type === TYPE.vendorSpecific && vendorOf(attribute.value) === vendor;
}

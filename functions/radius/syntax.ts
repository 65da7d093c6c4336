import { type AttributeKind, attributeByNumber } from './dictionary/lookup.ts';
import type { Packet } from './packet.ts';
import type { PacketReject } from './refusals.ts';
import { TYPE } from './type.ts';

const KIND_OCTETS: Partial<Record<AttributeKind, number>> = {
  integer: 4,
  ipaddr: 4,
  date: 4,
  short: 2,
  ifid: 8,
  ipv6addr: 16,
};

let fixed: Uint8Array | undefined;

/** Octets that the value of each standard attribute must have, by type; 0 where any number is right. */
function fixedOctets(): Uint8Array {
  if (fixed !== undefined) return fixed;
  fixed = new Uint8Array(256);
  for (let type = 1; type < fixed.length; type += 1) {
    const kind = attributeByNumber(undefined, type)?.kind;
    fixed[type] = (kind && KIND_OCTETS[kind]) ?? 0;
  }
  fixed[TYPE.chapPassword] = 17;
  return fixed;
}

/**
 * Whether an attribute has a length that its type does not allow (RFC 2865 §5). Text of no octets is let through:
 * RFC 2865 forbids to send it, devices do, and it says nothing. So is an EAP-Message of none, which starts EAP.
 */
export function hasLengthFault(packet: Packet): boolean {
  const octetsOf = fixedOctets();
  return packet.attributes.some(({ type, value: { length } }) => {
    switch (type) {
      case TYPE.userPassword:
        return length < 16 || length > 128 || length % 16 !== 0;
      case TYPE.state:
      case TYPE.proxyState:
      case TYPE.class:
        return length === 0;
      default: {
        const octets = octetsOf[type] ?? 0;
        return octets !== 0 && length !== octets;
      }
    }
  });
}

/** What makes an Access-Request one that must be rejected, beside the lengths (RFC 2865 §4.1, §5.1, §5.24). */
export function rejectFor(packet: Packet): PacketReject | undefined {
  let passwords = 0;
  let chapPasswords = 0;
  let states = 0;
  let unsupported = false;
  for (const { type, value } of packet.attributes) {
    if (type === TYPE.userName && value.length === 0) return 'user-name-empty';
    if (type === TYPE.userPassword) passwords += 1;
    else if (type === TYPE.chapPassword) chapPasswords += 1;
    else if (type === TYPE.state) states += 1;
    else if (type === TYPE.arapPassword || type === TYPE.digestResponse) unsupported = true;
  }
  if (passwords + chapPasswords > 1) return 'two-passwords';
  if (states > 1) return 'two-states';
  return unsupported ? 'method-not-supported' : undefined;
}

import type { Packet } from '../packet.ts';
import { MICROSOFT, MICROSOFT_TYPE, TYPE } from '../type.ts';
import { vendorAttributes } from '../vendor.ts';

/** How an Access-Request authenticates its user, by the attributes it carries. */
export type AuthenticationMethod = 'pap' | 'chap' | 'mschap' | 'mschapv2' | 'eap' | 'unauthenticated';

/**
 * Names the method of an Access-Request. A change of password counts as its protocol (RFC 2548 §2.1.6, §2.3.4).
 * `unauthenticated` is a request without any credentials, as RD Gateway sends it. A packet of `readRequest` never
 * carries two of EAP, PAP and CHAP.
 */
export function classify(packet: Packet): AuthenticationMethod {
  let method: AuthenticationMethod = 'unauthenticated';
  for (const { type, value } of packet.attributes) {
    if (type === TYPE.eapMessage) return 'eap';
    if (type === TYPE.userPassword) method = 'pap';
    else if (type === TYPE.chapPassword) method = 'chap';
    else if (type === TYPE.vendorSpecific && method !== 'pap' && method !== 'chap') {
      const microsoft = microsoftMethod(value);
      if (microsoft !== undefined && method !== 'mschapv2') method = microsoft;
    }
  }
  return method;
}

function microsoftMethod(vendorSpecific: Buffer): 'mschap' | 'mschapv2' | undefined {
  let method: 'mschap' | undefined;
  for (const { vendor, type } of vendorAttributes(vendorSpecific) ?? []) {
    if (vendor !== MICROSOFT) return undefined;
    if (type === MICROSOFT_TYPE.chap2Response || type === MICROSOFT_TYPE.chap2PasswordChange)
      return 'mschapv2';
    if (
      type === MICROSOFT_TYPE.chapResponse ||
      type === MICROSOFT_TYPE.chapPasswordChange1 ||
      type === MICROSOFT_TYPE.chapPasswordChange2
    ) {
      method = 'mschap';
    }
  }
  return method;
}

import {
  type AttributeView,
  CODE,
  type FramingFault,
  readFrame,
  type Service,
  servesCode,
} from '../../relay-call/framing.ts';
import { accountingAuthenticator, messageAuthenticator, sameDigest } from './authenticator.ts';
import { classify } from './methods/method.ts';
import { type Packet, packetOf } from './packet.ts';
import type { PacketDiscard, PacketReject } from './refusals.ts';
import type { SharedSecret } from './secret.ts';
import { hasLengthFault, rejectFor } from './syntax.ts';
import { TYPE } from './type.ts';

/** What the RADIUS client's configuration says about reading its packets. */
export interface RequestExpectation {
  /** What the port that received the packet serves. */
  readonly serves: Service;
  /** One or two secrets, tried in this order. */
  readonly secrets: readonly SharedSecret[];
  /** Whether an Access-Request without Message-Authenticator is let in: the effective value, after learning. */
  readonly messageAuthenticator: 'required' | 'optional';
  /** Whether the client's profile sends requests without credentials (`rd-gateway`). */
  readonly authorizeOnly: boolean;
}

export type RequestReading =
  | {
      readonly kind: 'request';
      readonly packet: Packet;
      /** The secret that proved the packet; the first one where nothing in the packet could. */
      readonly secret: SharedSecret;
      readonly messageAuthenticator: 'valid' | 'absent';
    }
  | { readonly kind: 'discard'; readonly code: PacketDiscard }
  | {
      readonly kind: 'reject';
      readonly code: PacketReject;
      readonly packet: Packet;
      readonly secret: SharedSecret;
      readonly messageAuthenticator: 'valid' | 'absent';
    };

/** Faults of the header, which are found before the code is looked at. */
const HEADER_FAULTS: ReadonlySet<FramingFault> = new Set<FramingFault>([
  'datagram-too-short',
  'length-out-of-range',
  'datagram-truncated',
]);

const discard = (code: PacketDiscard): RequestReading => ({ kind: 'discard', code });

/**
 * Reads a datagram as a request, whatever its octets, and proves it as far as it can be proven. The checks and their
 * order are those of RFC 2865, 2866, 3579, 5080 and 5997 with the rules against BlastRADIUS (CVE-2024-3596). Never throws.
 *
 * A Status-Server request is judged by its Message-Authenticator alone, since RFC 5997 §3 ignores the rest of it. An
 * Accounting-Request cannot be rejected, so what an Access-Request is rejected for discards it (RFC 2866 §5).
 */
export function readRequest(octets: Uint8Array, expected: RequestExpectation): RequestReading {
  const frame = readFrame(octets);
  if (typeof frame === 'string') {
    const served = HEADER_FAULTS.has(frame) || servesCode(expected.serves, octets[0] ?? 0);
    return discard(served ? frame : 'code-not-served');
  }
  if (!servesCode(expected.serves, frame.code)) return discard('code-not-served');
  const packet = packetOf(frame);
  const has = presence(packet);

  const proof = prove(packet, has.messageAuthenticator, expected.secrets);
  if (typeof proof === 'string' && proof !== 'accounting-authenticator-wrong') return discard(proof);
  const isAccess = packet.code === CODE.accessRequest;
  const signed = has.messageAuthenticator !== undefined;
  if (isAccess && !signed && expected.messageAuthenticator === 'required') {
    return discard('message-authenticator-missing');
  }
  if (has.eap && !signed) return discard('eap-without-message-authenticator');
  if (has.eap && has.password) return discard('eap-with-password');
  if (packet.code === CODE.statusServer && !signed)
    return discard('status-server-without-message-authenticator');
  if (typeof proof === 'string') return discard(proof);

  const messageAuthenticator = signed ? 'valid' : 'absent';
  if (isAccess) {
    const reject = hasLengthFault(packet) ? 'attribute-length-wrong' : rejectFor(packet);
    if (reject !== undefined) {
      return { kind: 'reject', code: reject, packet, secret: proof, messageAuthenticator };
    }
    if (!signed && !expected.authorizeOnly && classify(packet) === 'unauthenticated') {
      return discard('no-credentials-and-no-message-authenticator');
    }
  } else if (packet.code === CODE.accountingRequest && hasLengthFault(packet)) {
    return discard('accounting-attribute-length-wrong');
  }
  return { kind: 'request', packet, secret: proof, messageAuthenticator };
}

interface Presence {
  messageAuthenticator: AttributeView | undefined;
  eap: boolean;
  password: boolean;
}

function presence(packet: Packet): Presence {
  const has: Presence = { messageAuthenticator: undefined, eap: false, password: false };
  for (const attribute of packet.attributes) {
    switch (attribute.type) {
      case TYPE.messageAuthenticator:
        has.messageAuthenticator = attribute;
        break;
      case TYPE.eapMessage:
        has.eap = true;
        break;
      case TYPE.userPassword:
      case TYPE.chapPassword:
      case TYPE.arapPassword:
        has.password = true;
        break;
    }
  }
  return has;
}

/** The first secret that proves the packet; the first of all where the packet carries no proof. */
function prove(
  packet: Packet,
  signature: AttributeView | undefined,
  secrets: readonly SharedSecret[],
): SharedSecret | 'no-shared-secret' | 'message-authenticator-wrong' | 'accounting-authenticator-wrong' {
  if (secrets.length === 0) return 'no-shared-secret';
  const accounting = packet.code === CODE.accountingRequest;
  const signedBy = secrets.filter(
    (secret) =>
      signature === undefined ||
      sameDigest(
        signature.value,
        messageAuthenticator(packet.octets, signature.offset + 2, secret, accounting ? 'zeros' : 'as-is'),
      ),
  );
  if (signedBy.length === 0) return 'message-authenticator-wrong';
  const proven = accounting
    ? signedBy.find((secret) =>
        sameDigest(packet.authenticator, accountingAuthenticator(packet.octets, secret)),
      )
    : signedBy[0];
  return proven ?? 'accounting-authenticator-wrong';
}

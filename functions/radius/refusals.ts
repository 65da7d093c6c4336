import { FRAMING_FAULTS } from '../../relay-call/framing.ts';

/** Why a packet is met with silence. */
export const PACKET_DISCARDS = {
  ...FRAMING_FAULTS,
  'code-not-served': 'The port that received this packet does not serve packets of its code.',
  'no-shared-secret': 'No shared secret is known for this RADIUS client.',
  'message-authenticator-wrong':
    'Message-Authenticator does not match: the shared secrets differ, or the packet was changed on its way.',
  'message-authenticator-missing':
    'Message-Authenticator is required for this RADIUS client, and the request has none: let the client send it (RD Gateway: tick "Request must contain the message authenticator attribute").',
  'eap-without-message-authenticator':
    'An EAP-Message came without the Message-Authenticator that EAP requires.',
  'eap-with-password': 'An EAP-Message came together with a password attribute, which contradict each other.',
  'status-server-without-message-authenticator':
    'A Status-Server request came without the Message-Authenticator it requires.',
  'accounting-authenticator-wrong':
    'The authenticator of an Accounting-Request does not match: the shared secrets differ, or the packet was changed on its way.',
  'accounting-attribute-length-wrong':
    'An attribute of an Accounting-Request has a length that its type does not allow.',
  'no-credentials-and-no-message-authenticator':
    'A request carries neither credentials nor Message-Authenticator, so nothing shows who sent it.',
} as const;
export type PacketDiscard = keyof typeof PACKET_DISCARDS;

/** Why a packet whose sender is proven as far as the client's policy asks is answered with Access-Reject at once. */
export const PACKET_REJECTS = {
  'attribute-length-wrong': 'An attribute of the request has a length that its type does not allow.',
  'user-name-empty': 'The request carries an empty User-Name.',
  'two-passwords': 'The request carries more than one of User-Password and CHAP-Password.',
  'two-states': 'The request carries more than one State.',
  'method-not-supported':
    'The request authenticates by a method that is not supported (ARAP or HTTP Digest).',
} as const;
export type PacketReject = keyof typeof PACKET_REJECTS;

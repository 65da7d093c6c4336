import { createHmac } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import radius, { type EncoderAttribute, type EncoderValue } from 'radius';
import { hidePassword, LONGEST_PASSWORD } from '../../functions/radius/methods/pap.ts';
import { sharedSecret } from '../../functions/radius/secret.ts';

// The package has no vendor dictionaries; ours are in its format.
radius.add_dictionary(
  fileURLToPath(new URL('../../functions/radius/dictionary/vendors/dictionary.microsoft', import.meta.url)),
);

const MICROSOFT = 311;

/** An attribute by its dictionary name; those of Microsoft go into a Vendor-Specific attribute. */
export interface RequestAttribute {
  readonly name: string;
  readonly value: EncoderValue;
  readonly vendor?: 'Microsoft';
}

/** An Access-Request ready to send, with what is needed to judge its reply. */
export interface AccessRequest {
  readonly octets: Buffer;
  readonly identifier: number;
  /** The 16 octets of the Request Authenticator. */
  readonly authenticator: Buffer;
  readonly secret: Buffer;
}

/** What goes into an Access-Request. */
export interface AccessRequestContent {
  /** 0 to 255. */
  readonly identifier: number;
  /** 16 unpredictable octets. */
  readonly authenticator: Buffer;
  readonly secret: Buffer;
  /** Sent as User-Password (PAP) when given. */
  readonly password?: string;
  readonly attributes: readonly RequestAttribute[];
  /** Whether Message-Authenticator is sent, as the first attribute; true by default. */
  readonly messageAuthenticator?: boolean;
}

/**
 * Encodes an Access-Request by the `radius` package, so that our own codec is held against another one, and signs
 * it here: the package would put Message-Authenticator last, where it does not protect against BlastRADIUS.
 *
 * @throws RangeError for a password of more than 128 octets, which User-Password cannot carry (RFC 2865 §5.2)
 */
export function encodeAccessRequest(content: AccessRequestContent): AccessRequest {
  const { identifier, authenticator, secret } = content;
  const signed = content.messageAuthenticator ?? true;
  const attributes: EncoderAttribute[] = signed ? [['Message-Authenticator', Buffer.alloc(16)]] : [];
  for (const { name, value, vendor } of content.attributes) {
    attributes.push(vendor === undefined ? [name, value] : ['Vendor-Specific', MICROSOFT, [[name, value]]]);
  }
  if (content.password !== undefined) {
    attributes.push(['User-Password', userPassword(content.password, secret, authenticator)]);
  }
  const encoded = radius.encode({ code: 'Access-Request', identifier, authenticator, secret, attributes });
  // The package returns a slice of a buffer of 4096 octets.
  const octets = Buffer.from(encoded);
  if (signed) createHmac('md5', secret).update(octets).digest().copy(octets, FIRST_VALUE);
  return { octets, identifier, authenticator, secret };
}

/** Where the value of the first attribute begins. */
const FIRST_VALUE = 22;

function userPassword(password: string, secret: Buffer, authenticator: Buffer): EncoderValue {
  if (Buffer.byteLength(password) > LONGEST_PASSWORD) {
    throw new RangeError(`A RADIUS password has at most ${LONGEST_PASSWORD} octets`);
  }
  // The package encodes an empty password as no octets at all, which is not a User-Password.
  return password === ''
    ? hidePassword(Buffer.alloc(0), sharedSecret('client', secret), authenticator)
    : password;
}

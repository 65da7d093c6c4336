export { hashPassword } from './scrypt.ts';

/** The kinds in which a local user's password is kept (see `directories[].users[].credential` of bridge.json). */
export type CredentialKind = 'scrypt' | 'clear' | 'ntHash';

/** The ways in which a user can sign in. `unauthenticated` is the request without a password of RD Gateway. */
export type SignInMethod = 'unauthenticated' | 'pap' | 'eap-gtc' | 'mschapv2' | 'chap';

/**
 * The methods that a user with this kind of credential can use. A hash that cannot be turned back serves only
 * methods that carry the password; MS-CHAPv2 needs the NT hash; CHAP needs the password itself.
 */
export function methodsOf(kind: CredentialKind | undefined): readonly SignInMethod[] {
  return METHODS[kind ?? 'none'];
}

const METHODS: Record<CredentialKind | 'none', readonly SignInMethod[]> = {
  none: ['unauthenticated'],
  scrypt: ['unauthenticated', 'pap', 'eap-gtc'],
  ntHash: ['unauthenticated', 'pap', 'eap-gtc', 'mschapv2'],
  clear: ['unauthenticated', 'pap', 'eap-gtc', 'mschapv2', 'chap'],
};

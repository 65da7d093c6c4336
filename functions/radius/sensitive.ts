import type { DictionaryAttribute } from './dictionary/lookup.ts';

/**
 * Attributes that hold a password, something it could be guessed from, a key, or a token that continues a sign-in.
 * Those that the dictionary marks as encrypted need no mention. EAP-Message may carry a password in clear (EAP-GTC).
 */
const SECRET: ReadonlySet<string> = new Set([
  'CHAP-Password',
  'State',
  'ARAP-Password',
  'ARAP-Challenge-Response',
  'ARAP-Security-Data',
  'EAP-Message',
  'Message-Authenticator',
  'Configuration-Token',
  'Digest-Response',
  'Digest-Response-Auth',
  'Digest-HA1',
  'PKM-Auth-Key',
  'MS-CHAP-Response',
  'MS-CHAP-CPW-1',
  'MS-CHAP-CPW-2',
  'MS-CHAP-LM-Enc-PW',
  'MS-CHAP-NT-Enc-PW',
  'MS-Old-ARAP-Password',
  'MS-New-ARAP-Password',
  'MS-CHAP2-Response',
  'MS-CHAP2-Success',
  'MS-CHAP2-CPW',
]);

/** Whether an attribute's value must be shown to nobody and written nowhere. */
export function isSecretAttribute({ name, encryption }: DictionaryAttribute): boolean {
  return encryption !== undefined || SECRET.has(name);
}

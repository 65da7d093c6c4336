import { z } from 'zod';
import { guid, keyVaultSecret, name } from './schema-names.ts';

const account = z
  .string()
  .regex(
    /^[^\p{Cc}\s\\@](?:[^\p{Cc}\\@]{0,126}[^\p{Cc}\s\\@])?$/u,
    'an account name of 1 to 128 characters without \\, @ and control characters',
  );

const dnsName = z
  .string()
  .regex(/^[^\p{Cc}\s\\@/]{1,255}$/u, 'a domain name of 1 to 255 characters without \\, @, / and spaces');

const userPrincipalName = z
  .string()
  .regex(/^[^\p{Cc}\s\\@][^\p{Cc}\\@]{0,126}@[^\p{Cc}\s\\@/]{1,255}$/u, 'a user principal name: name@suffix');

const entra = z
  .strictObject({
    objectId: guid.describe("The user's object id in Entra, a GUID."),
    userPrincipalName: userPrincipalName
      .exactOptional()
      .describe('The user principal name in Entra. Default: "upn" of the user.'),
  })
  .describe('The user as Entra knows them. Without it no policy that requires MFA lets the user in.');

const credential = z
  .discriminatedUnion('kind', [
    z
      .strictObject({
        kind: z.literal('scrypt'),
        hash: z
          .string()
          .max(512)
          .regex(
            /^\$scrypt\$ln=\d{1,2},r=\d{1,2},p=\d{1,2}\$[A-Za-z0-9+/]+={0,2}\$[A-Za-z0-9+/]+={0,2}$/,
            'what password-hash prints: $scrypt$ln=15,r=8,p=1$<salt>$<hash>',
          )
          .describe('What "radius-bridge password-hash" prints.'),
      })
      .describe('A password hash, for PAP and EAP-GTC.'),
    z
      .strictObject({ kind: z.literal('clear'), secret: keyVaultSecret })
      .describe('The password itself as a Key Vault secret, for every method (CHAP needs it).'),
    z
      .strictObject({ kind: z.literal('ntHash'), secret: keyVaultSecret })
      .describe(
        'The NT hash, in hexadecimal, as a Key Vault secret: for MS-CHAPv2 too. As good as a password.',
      ),
  ])
  .describe('How this user proves a password. Without it: only methods that carry no password.');

const user = z
  .strictObject({
    name: account.describe('The account name, as in DOMAIN\\name or alone.'),
    upn: userPrincipalName.exactOptional().describe('The user principal name.'),
    displayName: name.exactOptional().describe('The name people know.'),
    enabled: z.boolean().default(true).describe('false: the user is refused.'),
    groups: z.array(name).default([]).describe('The groups this user is in, for userGroup conditions.'),
    credential: credential.exactOptional(),
    entra: entra.exactOptional(),
  })
  .describe('A user of a local directory.');

/** An entry of `directories`. */
export const directory = z
  .strictObject({
    name: name.describe('What policies call this directory.'),
    kind: z.literal('local').describe('"local": its users stand in this document.'),
    domains: z.array(dnsName).default([]).describe('The domains that may stand before a name: DOMAIN\\name.'),
    upnSuffixes: z
      .array(dnsName)
      .default([])
      .describe('The suffixes that may stand behind a name: name@suffix.'),
    users: z.array(user).default([]),
  })
  .describe('Where users are looked up.');

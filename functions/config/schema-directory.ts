import * as z from 'zod';
import { certificate, signature } from './schema-certificate.ts';
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

const localDirectory = z
  .strictObject({
    name: name.describe('What policies call this directory.'),
    kind: z.literal('local').describe('"local": its users stand in this document.'),
    domains: z.array(dnsName).default([]).describe('The domains that may stand before a name: DOMAIN\\name.'),
    upnSuffixes: z
      .array(dnsName)
      .default([])
      .describe('The suffixes that may stand behind a name: name@suffix.'),
    users: z.array(user).default([]).describe('The users, each with a name of their own.'),
  })
  .describe('A directory whose users stand in this document.');

const domain = z
  .strictObject({
    name: dnsName.describe('The NetBIOS name, as it stands before a name: DOMAIN\\name.'),
    dnsName: dnsName.describe('The DNS name of the same domain, as Entra knows it (onPremisesDomainName).'),
  })
  .describe('A domain of Active Directory whose users are synchronised to Entra.');

const bareNames = z
  .union([
    z.strictObject({ domain: dnsName.describe('The "name" of one of "domains".') }),
    z.strictObject({ upnSuffix: dnsName.describe('A suffix: name is read as name@suffix.') }),
  ])
  .describe('How a name without a domain and without a suffix is read. Without it nobody is found by one.');

const group = z
  .strictObject({
    name: name.describe('What userGroup conditions call the group.'),
    objectId: guid.describe(
      "The group's object id in Entra. A display name would not do: many people can make a group of the same name.",
    ),
  })
  .describe('A group of Entra. Who is in a group that is in this group is in it, too.');

const passwordCheck = z
  .strictObject({
    clientId: guid.describe('The application (client) id of the app registration for password checks.'),
    certificate: certificate.exactOptional(),
    signature,
  })
  .describe(
    'How passwords are checked: by Entra itself. The certificate is by default that of the MFA provider. Without this only requests that carry no password can be let in.',
  );

const entraDirectory = z
  .strictObject({
    name: name.describe('What policies call this directory.'),
    kind: z.literal('entra').describe('"entra": the users of the tenant.'),
    domains: z
      .array(domain)
      .max(100)
      .default([])
      .describe('The domains that may stand before a name: DOMAIN\\name.'),
    bareNames: bareNames.exactOptional(),
    groups: z.array(group).max(100).default([]).describe('The groups that policies ask for.'),
    passwordCheck: passwordCheck.exactOptional(),
    cacheFor: z
      .int()
      .min(0)
      .max(3600)
      .default(60)
      .describe('How many seconds it takes at most until a change of a user or of a group is seen.'),
  })
  .describe('The directory of the tenant: Microsoft Graph knows the users, Entra checks their passwords.');

/** An entry of `directories`. */
export const directory = z
  .discriminatedUnion('kind', [localDirectory, entraDirectory])
  .describe('Where users are looked up.');

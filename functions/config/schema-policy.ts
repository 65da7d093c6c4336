import * as z from 'zod';
import { name } from './schema-names.ts';

/**
 * NPS's "type of network access server", in the order of its numbers: the index is the value of
 * MS-Network-Access-Server-Type (MS-RNAP 2.2.1.18).
 */
export const ACCESS_SERVER_TYPES = [
  'unspecified',
  'remote-desktop-gateway',
  'remote-access-server',
  'dhcp-server',
  'wireless-access-point',
  'health-registration-authority',
  'hcap-server',
] as const;
export type AccessServerType = (typeof ACCESS_SERVER_TYPES)[number];

/** How a request proves who it is; `unauthenticated` is NPS's "without negotiating an authentication method". */
export const AUTHENTICATION_METHODS = [
  'pap',
  'chap',
  'mschap',
  'mschapv2',
  'eap',
  'unauthenticated',
] as const;
export type AuthenticationMethod = (typeof AUTHENTICATION_METHODS)[number];

/** Whether a policy that grants access asks for a second factor. */
export const MFA_RULES = ['required', 'none'] as const;
export type MfaRule = (typeof MFA_RULES)[number];

/** Sunday first, as NPS and `Date` number them. */
export const DAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'] as const;
export type Day = (typeof DAYS)[number];

const oneOrMore = <T extends z.ZodType>(value: T) => z.array(value).min(1).max(1000);

const pattern = z
  .string()
  .min(1)
  .max(256)
  .describe(
    'An NPS regular expression: found anywhere in the value unless anchored by ^ and $, case ignored.',
  );

const hours = z
  .array(z.string().regex(/^\d\d:\d\d-\d\d:\d\d$/, 'a range such as 08:00-18:00'))
  .min(1)
  .max(48);

const condition = z
  .union([
    z.strictObject({ always: z.literal(true) }).describe('Always matches.'),
    z.strictObject({ client: oneOrMore(name) }).describe('The RADIUS client is one of these.'),
    z.strictObject({ userGroup: oneOrMore(name) }).describe('The user is in one of these groups.'),
    z
      .strictObject({ userName: pattern })
      .describe('User-Name matches, as received: name@suffix, DOMAIN\\name or a name alone.'),
    z
      .strictObject({
        nasPortType: oneOrMore(z.union([z.string().max(128), z.int().min(0).max(0xffff_ffff)])),
      })
      .describe("NAS-Port-Type is one of these, by number or by the dictionary's name."),
    z.strictObject({ calledStationId: pattern }).describe('Called-Station-Id matches.'),
    z.strictObject({ callingStationId: pattern }).describe('Calling-Station-Id matches.'),
    z
      .strictObject({
        dayAndTime: z.strictObject({
          sunday: hours.exactOptional(),
          monday: hours.exactOptional(),
          tuesday: hours.exactOptional(),
          wednesday: hours.exactOptional(),
          thursday: hours.exactOptional(),
          friday: hours.exactOptional(),
          saturday: hours.exactOptional(),
        }),
      })
      .describe(
        'Now, in "timeZone", lies in one of the ranges. The end is not part of a range; a day may end at 24:00. A range over midnight is written as two.',
      ),
    z
      .strictObject({ accessServerType: oneOrMore(z.enum(ACCESS_SERVER_TYPES)) })
      .describe('The type of network access server is one of these.'),
  ])
  .describe('One condition. All conditions of a policy must hold; several values in one: any of them.');

const attributeValue = z.union([z.string().max(4096), z.number(), z.boolean()]);
const attributes = z
  .record(z.string().min(1).max(128), z.union([attributeValue, z.array(attributeValue).min(1).max(64)]))
  .describe(
    'Attributes of the Access-Accept, by dictionary name. A list adds the attribute once for each value. Octets are written 0x...',
  );

/** An entry of `connectionRequestPolicies`. */
export const connectionRequestPolicy = z
  .strictObject({
    name: name.describe('What records call this policy.'),
    enabled: z.boolean().default(true).describe('false: the policy is skipped.'),
    conditions: z.array(condition).min(1).max(64),
    authentication: z
      .union([
        z
          .strictObject({ directory: name.describe('The directory that knows the user.') })
          .describe('The user is looked up in, and the password checked by, this directory.'),
        z
          .strictObject({ acceptWithoutValidating: z.literal(true) })
          .describe('WARNING: everybody is accepted, without a user, a password or a network policy.'),
      ])
      .describe('Who decides whether the user is who they say.'),
    attributes: attributes.exactOptional(),
  })
  .describe('Decides which directory a request goes to. The first policy whose conditions match is used.');

/** An entry of `networkPolicies`. */
export const networkPolicy = z
  .strictObject({
    name: name.describe('What records call this policy.'),
    enabled: z.boolean().default(true).describe('false: the policy is skipped.'),
    accessServerType: z
      .enum(ACCESS_SERVER_TYPES)
      .default('unspecified')
      .describe(
        'The type of network access server this policy is for. Policies of the request\'s own type are tried first, then those that say "unspecified".',
      ),
    conditions: z.array(condition).min(1).max(64),
    permission: z.enum(['grant', 'deny']).describe('What happens when this policy matches.'),
    mfa: z
      .enum(MFA_RULES)
      .default('required')
      .describe(
        'Whether the user must prove themselves by a second factor, too, before access is granted. WARNING: "none" lets users in by a password alone, and with the method "unauthenticated" by nothing at all.',
      ),
    constraints: z
      .strictObject({
        authenticationMethods: z
          .array(z.enum(AUTHENTICATION_METHODS))
          .default([])
          .describe(
            'The methods a request that this policy matched may use. Needed where permission is "grant".',
          ),
      })
      .default({ authenticationMethods: [] })
      .describe('What must hold once the policy has matched; otherwise the request is rejected.'),
    attributes: attributes.exactOptional(),
  })
  .describe(
    'Decides who may connect. The first policy whose conditions match decides; later ones are not tried.',
  );

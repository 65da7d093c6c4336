import * as z from 'zod';
import { certificate, signature } from './schema-certificate.ts';
import { guid } from './schema-names.ts';

/** The clouds of Microsoft's that a tenant can be in; where their services are stands in functions/entra/clouds.ts. */
export const CLOUD_NAMES = ['public', 'us-government', 'china'] as const;

/** `tenant` */
export const tenant = guid.describe(
  'The tenant\'s id in Entra, a GUID. Needed for "mfa", for users with an Entra object and for directories of kind "entra".',
);

/** `cloud` */
export const cloud = z
  .enum(CLOUD_NAMES)
  .default('public')
  .describe("The cloud of Microsoft's that the tenant is in. It decides the addresses of Entra and MFA.");

const connector = z
  .strictObject({
    kind: z
      .literal('connector')
      .describe('"connector": the service of Microsoft\'s that its NPS extension calls, too.'),
    certificate,
    signature,
    language: z
      .string()
      .regex(/^[A-Za-z]{2,3}(?:-[0-9A-Za-z]{2,8}){0,2}$/, 'the name of a language, such as en-us or de')
      .default('en-us')
      .describe('The language in which a call speaks to the user.'),
  })
  .describe('Asks the user by Authenticator push (Approve or Deny) or by a phone call.');

/** `mfa` */
export const mfa = z
  .strictObject({
    providers: z
      .array(connector)
      .min(1)
      .max(1)
      .describe('Who asks the user for the second factor. Exactly one for now.'),
    promptWindow: z
      .int()
      .min(10)
      .max(230)
      .default(75)
      .describe(
        'The most seconds that a prompt is waited for, and that a lost one keeps another from beginning.',
      ),
    minimumWait: z
      .int()
      .min(1)
      .max(120)
      .default(20)
      .describe('No prompt begins when the RADIUS client waits for fewer seconds than these.'),
  })
  .describe('How users prove themselves by a second factor.');

import * as z from 'zod';

/** How an assertion is signed. */
export const SIGNATURES = ['PS256', 'RS256'] as const;

/** The `signature` beside a certificate. */
export const signature = z
  .enum(SIGNATURES)
  .default('PS256')
  .describe('The algorithm by which Key Vault signs.');

/** A certificate by which the app proves to Entra who it is. */
export const certificate = z
  .strictObject({
    keyVault: z
      .string()
      .regex(/^[0-9A-Za-z-]{1,127}$/, "a Key Vault certificate's name: 1 to 127 letters, digits and hyphens")
      .describe('The name of a certificate in Key Vault. Its private key never leaves the vault.'),
    version: z
      .string()
      .regex(/^[0-9A-Fa-f]{32}$/, 'a version of a Key Vault certificate: 32 hexadecimal digits')
      .toLowerCase()
      .exactOptional()
      .describe(
        'The version that is registered in Entra. Without it the newest is used, registered or not: a renewal can then end every sign-in that needs it.',
      ),
  })
  .describe('The certificate by which the app proves to Entra who it is.');

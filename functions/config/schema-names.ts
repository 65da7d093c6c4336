import { z } from 'zod';

/** What relays, clients, directories, policies, users and groups are called. */
export const name = z
  .string()
  .regex(
    /^[^\p{Cc}\s](?:[^\p{Cc}]{0,126}[^\p{Cc}\s])?$/u,
    'a name of 1 to 128 characters, without control characters, that neither begins nor ends with a space',
  );

/** A reference to a secret in Key Vault; the only way a secret occurs in bridge.json. */
export const keyVaultSecret = z
  .strictObject({
    keyVault: z
      .string()
      .regex(/^[0-9A-Za-z-]{1,127}$/, "a Key Vault secret's name: 1 to 127 letters, digits and hyphens")
      .describe('The name of a Key Vault secret. The secret itself is never written here.'),
  })
  .describe('A secret, named and not written.');

import * as z from 'zod';

/** What relays, clients, directories, policies, users and groups are called. */
export const name = z
  .string()
  .regex(
    /^[^\p{Cc}\s](?:[^\p{Cc}]{0,126}[^\p{Cc}\s])?$/u,
    'a name of 1 to 128 characters, without control characters, that neither begins nor ends with a space',
  );

/** An id of Entra's. Letter case means nothing, so it is kept in lower case. */
export const guid = z
  .string()
  .regex(
    /^[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$/,
    'a GUID, such as 01234567-89ab-cdef-0123-456789abcdef',
  )
  .toLowerCase();

/** A reference to a secret in Key Vault; the only way a secret occurs in bridge.json. */
export const keyVaultSecret = z
  .strictObject({
    keyVault: z
      .string()
      .regex(/^[0-9A-Za-z-]{1,127}$/, "a Key Vault secret's name: 1 to 127 letters, digits and hyphens")
      .describe('The name of a Key Vault secret. The secret itself is never written here.'),
  })
  .describe('A secret, named and not written.');

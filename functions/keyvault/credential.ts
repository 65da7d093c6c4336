import type { TokenCredential } from '@azure/identity';

/**
 * The app's managed identity: the system-assigned one, or the user-assigned one with this client id. The endpoint is
 * what the platform says in IDENTITY_ENDPOINT and IDENTITY_HEADER
 * (https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference).
 * Tokens are cached by the library for the whole process.
 */
export function managedIdentity(clientId: string | undefined): TokenCredential {
  let loading: Promise<TokenCredential> | undefined;
  return {
    async getToken(scopes, options) {
      loading ??= load(clientId);
      return (await loading).getToken(scopes, options);
    },
  };
}

async function load(clientId: string | undefined): Promise<TokenCredential> {
  const { ManagedIdentityCredential } = await import('./sdk.ts');
  return clientId === undefined
    ? new ManagedIdentityCredential()
    : new ManagedIdentityCredential({ clientId });
}

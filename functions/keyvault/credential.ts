import type { TokenCredential } from '@azure/identity';
import { systemClock } from '../../relay-call/clock.ts';
import { keptTokens } from './kept-tokens.ts';

/** Milliseconds. The endpoint is on the same machine; what it does not answer by then it does not answer. */
const PATIENCE = 5_000;

/**
 * The app's managed identity: the system-assigned one, or the user-assigned one with this client id. The endpoint is
 * what the platform says in IDENTITY_ENDPOINT and IDENTITY_HEADER
 * (https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference).
 */
export function managedIdentity(clientId: string | undefined): TokenCredential {
  let loading: Promise<TokenCredential> | undefined;
  const identity: TokenCredential = {
    async getToken(scopes, options) {
      loading ??= load(clientId);
      return (await loading).getToken(scopes, options);
    },
  };
  return keptTokens(identity, { clock: systemClock, patience: PATIENCE });
}

async function load(clientId: string | undefined): Promise<TokenCredential> {
  const { createDefaultHttpClient, ManagedIdentityCredential } = await import('./sdk.ts');
  const http = createDefaultHttpClient();
  const options = {
    httpClient: {
      // A request that nobody waits for any more must end, too: the library would hold its connection for ever.
      sendRequest: (request: Parameters<typeof http.sendRequest>[0]) =>
        http.sendRequest(Object.assign(request, { abortSignal: AbortSignal.timeout(PATIENCE) })),
    },
  };
  return new ManagedIdentityCredential(clientId === undefined ? options : { ...options, clientId });
}

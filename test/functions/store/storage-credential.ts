import type { TokenCredential } from '@azure/identity';
import { STORAGE_AUDIENCE, tokenIssuer } from '../../../local/stand-ins/tokens.ts';
import { systemClock } from '../../../relay-call/clock.ts';

/** As the managed identity gives tokens, for the audience that is asked for. */
export function storageCredential(audience: string = STORAGE_AUDIENCE): TokenCredential {
  const issuer = tokenIssuer(systemClock);
  return {
    async getToken() {
      const { token, expires } = issuer.issue({ audience, appId: 'app', lifetime: 3_600 });
      return { token, expiresOnTimestamp: expires * 1000 };
    },
  };
}

import type { TokenCredential } from '@azure/identity';
import { abortable } from '../../azure/abortable.ts';
import { GraphUnavailable } from './faults.ts';

/** Milliseconds for one token. */
const defaultPatience = 10_000;

/**
 * Tokens for Graph of the app's managed identity, which keeps them (functions/keyvault/credential.ts). One request serves
 * all who ask at the same time.
 *
 * @param graphResource the audience, `https://host`
 * @returns what throws GraphUnavailable `graph-token-unavailable`
 */
export function graphToken(
  credential: TokenCredential,
  graphResource: string,
  patience = defaultPatience,
): () => Promise<string> {
  let flight: Promise<string> | undefined;

  async function load(): Promise<string> {
    try {
      const given = await abortable(
        credential.getToken(`${graphResource}/.default`),
        AbortSignal.timeout(patience),
      );
      if (given !== null) return given.token;
    } catch (error) {
      // The library's error is not kept as a cause: it carries the request.
      throw new GraphUnavailable('graph-token-unavailable', statusOf(error));
    }
    throw new GraphUnavailable('graph-token-unavailable', '');
  }

  return () => {
    flight ??= load().finally(() => {
      flight = undefined;
    });
    return flight;
  };
}

function statusOf(error: unknown): string {
  const status: unknown = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
  return typeof status === 'number' ? `HTTP ${status}` : '';
}

import type { AccessToken, GetTokenOptions, TokenCredential } from '@azure/identity';
import type { Clock } from '../../relay-call/clock.ts';
import { abortable } from '../azure/abortable.ts';

/** A token is replaced this many milliseconds before its end, or when its issuer says, as long as it still serves. */
const REPLACE_BEFORE = 300_000;
/** Nobody is asked for another before this, as long as the one at hand serves. */
const ASK_AGAIN_AFTER = 30_000;
/** It is not used in its last milliseconds: it has a way to go. */
const LAST = 5_000;

interface Kept {
  token: AccessToken | undefined;
  flight: Promise<AccessToken> | undefined;
  /** How often the credential was asked; what was asked for later counts for more. */
  asked: number;
  /** Which of these the token came from. */
  from: number;
  /** Monotonic, unlike the token's own times. */
  askAgain: number;
}

/**
 * Keeps the tokens of a credential, each for the scopes that it was asked with. One request at a time serves all who
 * wait; it ends after `patience`, whatever the credential does, and the next one begins anew.
 *
 * The SDK's own keeping is not enough: every client of it keeps a token of its own, waits for ever for a request that is
 * never answered, and replaces tokens behind everybody's back, so that one which cannot be had ends the process as an
 * unhandled rejection. The tokens that this gives say that they have expired; then the SDK asks here each time, which
 * costs nothing, and waits for the answer itself.
 *
 * @param x.patience milliseconds for one token with all retries of the identity library, which heeds no signal
 */
export function keptTokens(
  credential: TokenCredential,
  x: { readonly clock: Clock; readonly patience: number },
): TokenCredential {
  const { clock, patience } = x;
  const all = new Map<string, Kept>();

  async function ask(kept: Kept, scopes: string | string[], options?: GetTokenOptions): Promise<AccessToken> {
    kept.asked += 1;
    const mine = kept.asked;
    const given = await abortable(credential.getToken(scopes, options), AbortSignal.timeout(patience));
    if (given === null) throw new NoToken();
    if (mine > kept.from) Object.assign(kept, { token: given, from: mine });
    return given;
  }

  function replace(kept: Kept, scopes: string | string[], options?: GetTokenOptions): Promise<AccessToken> {
    kept.flight ??= ask(kept, scopes, options).finally(() => {
      kept.flight = undefined;
      kept.askAgain = clock.monotonic() + ASK_AGAIN_AFTER;
    });
    return kept.flight;
  }

  function serves(token: AccessToken | undefined): token is AccessToken {
    return token !== undefined && clock.now() < token.expiresOnTimestamp - LAST;
  }

  function isDue({ refreshAfterTimestamp, expiresOnTimestamp }: AccessToken, askAgain: number): boolean {
    if (clock.monotonic() < askAgain) return false;
    return clock.now() >= Math.min(refreshAfterTimestamp ?? Infinity, expiresOnTimestamp - REPLACE_BEFORE);
  }

  return {
    async getToken(scopes, options) {
      const key = typeof scopes === 'string' ? scopes : scopes.join(' ');
      const kept = all.get(key) ?? { token: undefined, flight: undefined, asked: 0, from: 0, askAgain: 0 };
      all.set(key, kept);
      // The service has refused the token that is there. (The managed identity of the present library ignores claims.)
      if (options?.claims !== undefined) return handed(await ask(kept, scopes, options));
      const { token, askAgain } = kept;
      if (!serves(token)) return handed(await replace(kept, scopes, options));
      // What comes of it is told to whoever asks when this one no longer serves.
      if (isDue(token, askAgain)) replace(kept, scopes, options).catch(() => undefined);
      return handed(token);
    },
  };
}

function handed({ token }: AccessToken): AccessToken {
  return { token, expiresOnTimestamp: 0, tokenType: 'Bearer' };
}

/** The credential has none to give, and says no more. */
class NoToken extends Error {
  readonly code = 'no-token';
}

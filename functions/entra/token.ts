import type { Clock } from '../../relay-call/clock.ts';
import { abortable } from '../azure/abortable.ts';
import { type TokenFault, TokenUnavailable } from './faults.ts';
import { type TokenRequest, tokenRequests } from './request.ts';

/** Gives an access token that can be used now. */
export interface TokenSource {
  /**
   * The kept token, or a new one; it serves for half a minute at least.
   *
   * @throws TokenUnavailable
   * The signal ends this wait alone, with its reason; the request goes on for others.
   */
  get(signal: AbortSignal): Promise<string>;
  /**
   * The token was refused where it was used: the next get brings a new one. Twice within half a minute is once too
   * often: a token that is refused right after another will not be mended by a third.
   */
  discard(token: string): void;
}

/** What the source tells its log, in an administrator's words. */
export const TOKEN_EVENTS = {
  'token-kept': 'Entra gave no new token; the last one is used until it expires.',
} as const;

export interface TokenEvent {
  readonly event: keyof typeof TOKEN_EVENTS;
  readonly code: TokenFault;
  readonly detail: string;
  /** Whole seconds until the token expires. */
  readonly left: number;
}

/** All in milliseconds. A token with less left is not given out. */
const NEEDED = 30_000;
/** With less left a new one is asked for behind the back of whoever asks. */
const REFRESHED_BEFORE = 300_000;
const BETWEEN_DISCARDS = 30_000;
/** After these faults Entra itself has not been reached, so it cannot find us a nuisance. */
const SOON: ReadonlySet<TokenFault> = new Set(['entra-unreachable', 'signing-unavailable']);
const PAUSE_SOON = 2_000;
/** After others: doubled each time, for Entra refuses clients that repeat themselves (AADSTS50196). */
const FIRST_PAUSE = 5_000;
const LONGEST_PAUSE = 60_000;
const LONGEST_RETRY_AFTER = 300_000;

/** A refusal of what was signed, which another certificate or another time may mend. */
const OF_ASSERTION: ReadonlySet<TokenFault> = new Set([
  'certificate-unusable',
  'certificate-not-registered',
  'certificate-refused',
  'clock-wrong',
]);

/**
 * Keeps one token in memory. After a fault the same fault is given again for a while without asking.
 *
 * @throws EntraSettingsRefused at once, before anything is sent
 */
export function tokenSource(
  x: TokenRequest & {
    /** Told when Entra does not accept the assertion. */
    readonly assertionRefused?: () => void;
    readonly clock: Clock;
    readonly log?: (event: TokenEvent) => void;
  },
): TokenSource {
  const { clock } = x;
  const request = tokenRequests(x);
  let kept: { readonly token: string; readonly expires: number; readonly refresh: number } | undefined;
  let fault: { readonly error: TokenUnavailable; readonly until: number } | undefined;
  let refusals = 0;
  let flight: Promise<string> | undefined;
  let discarded = Number.NEGATIVE_INFINITY;

  async function load(): Promise<string> {
    try {
      const { token, expires } = await request();
      const left = expires - clock.now();
      if (left < NEEDED) throw new TokenUnavailable('token-unusable', '');
      // A token that does not live long must not be asked for again at each turn.
      kept = { token, expires, refresh: expires - Math.min(REFRESHED_BEFORE, left / 2) };
      fault = undefined;
      refusals = 0;
      return token;
    } catch (error) {
      const told = error instanceof TokenUnavailable ? error : ownFault(error);
      remember(told);
      throw told;
    }
  }

  function remember(error: TokenUnavailable): void {
    const { code, detail } = error;
    fault = { error, until: clock.monotonic() + pauseAfter(error) };
    if (OF_ASSERTION.has(code)) x.assertionRefused?.();
    const left = kept === undefined ? 0 : Math.floor((kept.expires - clock.now()) / 1000);
    if (left > 0) x.log?.({ event: 'token-kept', code, detail, left });
  }

  function pauseAfter({ code, retryAfter }: TokenUnavailable): number {
    if (SOON.has(code)) return PAUSE_SOON;
    const pause = Math.min(FIRST_PAUSE * 2 ** refusals, LONGEST_PAUSE);
    refusals += 1;
    return Math.max(pause, Math.min(retryAfter, LONGEST_RETRY_AFTER));
  }

  function fly(): Promise<string> {
    flight ??= load().finally(() => {
      flight = undefined;
    });
    return flight;
  }

  return {
    async get(signal) {
      signal.throwIfAborted();
      const now = clock.now();
      const paused = fault !== undefined && clock.monotonic() < fault.until ? fault.error : undefined;
      if (kept !== undefined && now < kept.expires - NEEDED) {
        // Nobody waits for it, and what goes wrong is remembered and logged.
        if (now >= kept.refresh && paused === undefined) fly().catch(() => undefined);
        return kept.token;
      }
      if (paused !== undefined) throw paused;
      return abortable(fly(), signal);
    },
    discard(token) {
      const now = clock.monotonic();
      if (kept?.token !== token || now - discarded < BETWEEN_DISCARDS) return;
      discarded = now;
      kept = undefined;
    },
  };
}

/** Its message is not kept: it could quote what was being sent. */
function ownFault(error: unknown): TokenUnavailable {
  return new TokenUnavailable('token-fault', error instanceof Error ? error.name : '');
}

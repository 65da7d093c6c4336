import type { Clock } from '../../relay-call/clock.ts';
import { abortable } from './abortable.ts';
import { SecretMissing, VaultUnreachable } from './faults.ts';
import type { FetchedSecret, FetchSecret } from './vault.ts';

export { SecretMissing, VaultUnreachable };

/** Reads shared secrets by name. */
export interface SecretReader {
  /**
   * The secret's UTF-8 octets. As long as the secret has not changed it is the same Buffer (so that what was derived
   * from it can be kept); nobody may write to it.
   *
   * @throws VaultUnreachable temporary: nothing is known of the secret
   * @throws SecretMissing until an administrator acts: the vault has no such secret to give
   * The signal ends this wait alone, with its reason; the read goes on for others.
   */
  read(name: string, signal?: AbortSignal): Promise<Buffer>;
}

/** What the reader tells its log, in an administrator's words. */
export const SECRET_EVENTS = {
  'secret-kept': 'The key vault cannot be asked; the last known secret is used on, for a day at most.',
  'secret-withdrawn': 'The key vault no longer gives this secret; what was known of it is not used any more.',
  'secret-rotated': 'The key vault gave a new value for this secret.',
} as const;

export interface SecretEvent {
  readonly event: keyof typeof SECRET_EVENTS;
  readonly name: string;
  /** The fault behind it. */
  readonly code?: string;
  readonly detail?: string;
  /** Whole seconds since the kept value was read. */
  readonly age?: number;
}

/** Older than this, a secret is read again behind the back of whoever asks. */
const FRESH_FOR = 5 * 60_000;
/** The last known secret serves no longer than this. */
const KEPT_FOR = 24 * 3_600_000;
/** A missing secret, or a vault that failed while there is a last known value, is not asked again before this. */
const ASK_AGAIN_AFTER = 30_000;

interface Known {
  kept?: { readonly octets: Buffer; readonly read: number; readonly expires: number };
  missing?: { readonly fault: SecretMissing; readonly until: number };
  flight?: Promise<Buffer>;
  askAgain: number;
}

/**
 * Keeps secrets in memory. It grows with the names asked for, which are those of the configuration.
 * A secret that is missing, disabled, empty or outside its own dates is not used even if an older value is known:
 * that is how an administrator withdraws one. Anything else that stops the vault from answering is not.
 */
export function secretReader(x: {
  readonly fetch: FetchSecret;
  readonly clock: Clock;
  readonly log: (event: SecretEvent) => void;
}): SecretReader {
  const { clock } = x;
  const secrets = new Map<string, Known>();

  async function load(name: string, known: Known): Promise<Buffer> {
    const read = clock.monotonic();
    try {
      const fetched = await x.fetch(name);
      checkDates(fetched, clock.now());
      const before = known.kept?.octets;
      const octets = before?.equals(fetched.octets) ? before : fetched.octets;
      if (before !== undefined && before !== octets) x.log({ event: 'secret-rotated', name });
      known.kept = { octets, read, expires: fetched.expires ?? Number.POSITIVE_INFINITY };
      return octets;
    } catch (error) {
      remember(name, known, error);
      throw error;
    }
  }

  function remember(name: string, known: Known, error: unknown): void {
    const now = clock.monotonic();
    known.askAgain = now + ASK_AGAIN_AFTER;
    if (error instanceof SecretMissing) {
      known.missing = { fault: error, until: known.askAgain };
      if (known.kept !== undefined) x.log({ event: 'secret-withdrawn', name, code: error.code });
      delete known.kept;
    } else if (known.kept !== undefined) {
      const why = error instanceof VaultUnreachable ? { code: error.code, detail: error.detail } : {};
      const age = Math.floor((now - known.kept.read) / 1000);
      x.log({ event: 'secret-kept', name, ...why, age });
    }
  }

  function fly(name: string, known: Known): Promise<Buffer> {
    known.flight ??= load(name, known).finally(() => {
      delete known.flight;
    });
    return known.flight;
  }

  return {
    async read(name, signal) {
      signal?.throwIfAborted();
      const known = secrets.get(name) ?? { askAgain: Number.NEGATIVE_INFINITY };
      secrets.set(name, known);
      const now = clock.monotonic();
      if (known.missing !== undefined && now < known.missing.until) throw known.missing.fault;
      const { kept } = known;
      if (kept === undefined || now - kept.read >= KEPT_FOR || clock.now() >= kept.expires) {
        return abortable(fly(name, known), signal);
      }
      if (now - kept.read >= FRESH_FOR && now >= known.askAgain) {
        // Nobody waits for it, and what went wrong has been remembered and logged.
        fly(name, known).catch(() => undefined);
      }
      return kept.octets;
    },
  };
}

function checkDates(secret: FetchedSecret, now: number): void {
  if (now >= (secret.expires ?? Number.POSITIVE_INFINITY)) throw new SecretMissing('secret-expired');
  if (now < (secret.notBefore ?? Number.NEGATIVE_INFINITY)) throw new SecretMissing('secret-expired');
}

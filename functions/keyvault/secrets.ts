import type { Clock } from '../../relay-call/clock.ts';
import { SecretMissing, VaultUnreachable } from './faults.ts';
import { type KeptEvent, keeper } from './kept.ts';
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

export interface SecretEvent extends Omit<KeptEvent, 'event'> {
  readonly event: keyof typeof SECRET_EVENTS;
}

/** Older than this, a secret is read again behind the back of whoever asks. */
const FRESH_FOR = 5 * 60_000;
/** The last known secret serves no longer than this. */
const KEPT_FOR = 24 * 3_600_000;

/**
 * Keeps secrets in memory. A secret that is missing, disabled, empty or outside its own dates is not used even if an
 * older value is known.
 */
export function secretReader(x: {
  readonly fetch: FetchSecret;
  readonly clock: Clock;
  readonly log: (event: SecretEvent) => void;
}): SecretReader {
  const secrets = keeper<Buffer>({
    freshFor: FRESH_FOR,
    keptFor: KEPT_FOR,
    same: (one, other) => one.equals(other),
    withdraws: (error) => error instanceof SecretMissing,
    clock: x.clock,
    log: (event) => x.log({ ...event, event: `secret-${event.event}` }),
  });

  async function fetch(name: string) {
    const fetched = await x.fetch(name);
    checkDates(fetched, x.clock.now());
    const { octets: value, expires } = fetched;
    return { value, ...(expires !== undefined && { expires }) };
  }

  return { read: (name, signal) => secrets.read(name, () => fetch(name), signal) };
}

function checkDates(secret: FetchedSecret, now: number): void {
  if (now >= (secret.expires ?? Number.POSITIVE_INFINITY)) throw new SecretMissing('secret-expired');
  if (now < (secret.notBefore ?? Number.NEGATIVE_INFINITY)) throw new SecretMissing('secret-expired');
}

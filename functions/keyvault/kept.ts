import type { Clock } from '../../relay-call/clock.ts';
import { abortable } from '../azure/abortable.ts';
import { VaultUnreachable } from './faults.ts';

/** What the vault gave, and the end of its own validity (milliseconds since the epoch). */
interface Given<V> {
  readonly value: V;
  readonly expires?: number;
}

/** Why a kept value changed its standing; the reader of its kind has the sentence for it. */
export interface KeptEvent {
  readonly event: 'kept' | 'withdrawn' | 'rotated';
  readonly name: string;
  /** The fault behind it. */
  readonly code?: string;
  readonly detail?: string;
  /** Whole seconds since the kept value was read. */
  readonly age?: number;
}

interface Keeper<V> {
  /** The signal ends this wait alone, with its reason; the fetch goes on for others. Throws what `fetch` throws. */
  read(name: string, fetch: () => Promise<Given<V>>, signal: AbortSignal | undefined): Promise<V>;
  /** The value has proved wrong: the next read waits for the vault, unless the vault was asked a moment ago. */
  doubt(name: string): void;
}

/** A missing value, or a vault that failed while there is a last known one, is not asked again before this. */
const ASK_AGAIN_AFTER = 30_000;

interface Known<V> {
  kept?: { readonly value: V; readonly read: number; readonly expires: number; doubted: boolean };
  missing?: { readonly fault: Error; readonly until: number };
  flight?: Promise<V>;
  askAgain: number;
}

/**
 * Keeps in memory what a vault holds. It grows with the names asked for, which are those of the configuration.
 * When the vault says that it has no such thing to give, what was known of it is not used any more: that is how an
 * administrator withdraws it. Anything else that stops the vault from answering is not.
 */
export function keeper<V>(x: {
  /** Older than this, a value is read again behind the back of whoever asks. */
  readonly freshFor: number;
  /** The last known value serves no longer than this. */
  readonly keptFor: number;
  /** Whether both are the same; then the one that is known stays. */
  readonly same: (one: V, other: V) => boolean;
  /** Whether the vault has answered that there is nothing to use. */
  readonly withdraws: (error: unknown) => error is Error & { readonly code: string };
  readonly clock: Clock;
  readonly log: (event: KeptEvent) => void;
}): Keeper<V> {
  const { clock, freshFor, keptFor } = x;
  const values = new Map<string, Known<V>>();

  async function load(name: string, known: Known<V>, fetch: () => Promise<Given<V>>): Promise<V> {
    const read = clock.monotonic();
    try {
      const given = await fetch();
      const before = known.kept;
      const value = before !== undefined && x.same(before.value, given.value) ? before.value : given.value;
      if (before !== undefined && before.value !== value) x.log({ event: 'rotated', name });
      known.kept = { value, read, expires: given.expires ?? Number.POSITIVE_INFINITY, doubted: false };
      return value;
    } catch (error) {
      remember(name, known, error);
      throw error;
    }
  }

  function remember(name: string, known: Known<V>, error: unknown): void {
    const now = clock.monotonic();
    known.askAgain = now + ASK_AGAIN_AFTER;
    if (x.withdraws(error)) {
      known.missing = { fault: error, until: known.askAgain };
      if (known.kept !== undefined) x.log({ event: 'withdrawn', name, code: error.code });
      delete known.kept;
    } else if (known.kept !== undefined) {
      const why = error instanceof VaultUnreachable ? { code: error.code, detail: error.detail } : {};
      const age = Math.floor((now - known.kept.read) / 1000);
      x.log({ event: 'kept', name, ...why, age });
    }
  }

  function fly(name: string, known: Known<V>, fetch: () => Promise<Given<V>>): Promise<V> {
    known.flight ??= load(name, known, fetch).finally(() => {
      delete known.flight;
    });
    return known.flight;
  }

  return {
    async read(name, fetch, signal) {
      signal?.throwIfAborted();
      const known = values.get(name) ?? { askAgain: Number.NEGATIVE_INFINITY };
      values.set(name, known);
      const now = clock.monotonic();
      if (known.missing !== undefined && now < known.missing.until) throw known.missing.fault;
      const { kept } = known;
      if (kept === undefined || now - kept.read >= keptFor || clock.now() >= kept.expires) {
        return abortable(fly(name, known, fetch), signal);
      }
      if (now < known.askAgain || (now - kept.read < freshFor && !kept.doubted)) return kept.value;
      // What goes wrong is remembered and logged.
      const flight = fly(name, known, fetch);
      if (!kept.doubted) {
        flight.catch(() => undefined);
        return kept.value;
      }
      return abortable(
        flight.catch((error: unknown) => {
          if (known.kept === undefined) throw error;
          return known.kept.value;
        }),
        signal,
      );
    },
    doubt(name) {
      const known = values.get(name);
      if (known?.kept === undefined || clock.monotonic() - known.kept.read < ASK_AGAIN_AFTER) return;
      known.kept.doubted = true;
    },
  };
}

import type { Attempt } from './attempt.ts';
import type { MfaFault, Outcome } from './outcome.ts';

/** Nothing rang and nothing will: another attempt may begin at once. */
interface NotBegun {
  readonly kind: 'not-begun';
  readonly code: MfaFault;
  /** A code of the part that failed, never text of a stranger's. */
  readonly detail?: string;
}

/** How watching ended. `lost`: something may have rung, and the outcome cannot be had any more. */
export type Watched =
  | { readonly kind: 'outcome'; readonly outcome: Outcome }
  | NotBegun
  | { readonly kind: 'lost'; readonly code: MfaFault; readonly detail?: string };

/** A second factor that is being asked for. */
interface Begun {
  readonly kind: 'begun';
  /** The end of it. Never rejects. */
  watch(): Promise<Watched>;
  /** Nobody waits for it any more. `watch` then ends soon, as lost unless an outcome is there already. */
  abandon(): void;
}

/** Asks a person for a second factor. Knows neither RADIUS nor policies. */
export interface MfaProvider {
  /** What records call it. */
  readonly name: string;
  /**
   * `poll`: another instance can go on watching. `code`: it can take a code that the user types.
   * `text`: it can show the person where the sign-in comes from.
   */
  readonly can: { readonly poll: boolean; readonly code: boolean; readonly text: boolean };
  /** Rings, or refuses to. Never rejects. The signal ends only what happens before anything has rung. */
  begin(attempt: Attempt, signal: AbortSignal): Promise<Begun | NotBegun>;
}

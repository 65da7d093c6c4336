import type { Clock } from '../../relay-call/clock.ts';
import type { Table } from './port.ts';
import type { Sleep } from './sleep.ts';

/** The row of a lease. `holder` tells one's own write from another's when the answer to a write was lost. */
export type LeaseRow<W, V> =
  | { readonly state: 'working'; readonly holder: string; readonly beat: number; readonly work: W }
  | { readonly state: 'settled'; readonly holder: string; readonly value: V };

export interface LeaseTools {
  readonly clock: Clock;
  readonly sleep: Sleep;
  /** A mark no other claim has, e.g. `randomUUID`. */
  readonly newMark: () => string;
}

/** Where a lease lies. */
export interface LeasePlace<W, V> {
  readonly table: Table<LeaseRow<W, V>>;
  readonly partition: string;
  readonly key: string;
  readonly tools: LeaseTools;
}

/** A holder renews every so many milliseconds. */
export const RENEW_EVERY = 3_000;
/** A row seen unchanged for so many milliseconds has lost its holder. */
export const TAKE_OVER_AFTER = 10_000;
/** Who waits looks every so many milliseconds. */
export const LOOK_EVERY = 250;

interface ClaimRequest<W> {
  /** Stored with the row for whoever waits or takes over. */
  readonly work: W;
  /** Milliseconds since the epoch at which the row is as if absent if it has not been settled by then. */
  readonly expires: number;
  /** The etag of a settled row that is passed over: its place is taken anew, if it is still that row. */
  readonly instead?: string;
}

/** The right to do the work. It is renewed by itself until it is settled, released or lost. */
export interface Lease<W, V> {
  readonly kind: 'holder';
  /** What the first holder stored. */
  readonly work: W;
  /** True when an earlier holder began and vanished: its side effects may have happened. */
  readonly takenOver: boolean;
  /** Aborts when another holds the row now, or could: the work must not have further side effects. */
  readonly lost: AbortSignal;
  /**
   * Stores the outcome for `keepFor` milliseconds, for those who wait and those who come later. False when the lease
   * had been lost: the outcome is not stored and must not be used. Throws what the table throws; the lease may then
   * be settled again or released.
   */
  settle(value: V, keepFor: number): Promise<boolean>;
  /** Ends without an outcome: the row goes, the next to claim starts anew. False when the lease had been lost. */
  release(): Promise<boolean>;
}

export interface Waiting<W, V> {
  readonly kind: 'waiting';
  /** Of whoever was seen to hold last: the row may have been released and claimed anew between two looks. */
  readonly work: W;
  /**
   * Looks every 250 ms until `within` milliseconds have passed, one last time at the end.
   * `released`: the row has gone without an outcome. `holder`: the other one vanished, the lease is ours now.
   * Throws what the table throws, and the signal's reason.
   */
  wait(x: { readonly within: number; readonly signal: AbortSignal }): Promise<WaitOutcome<W, V>>;
}

/** The etag is for `ClaimRequest.instead`. */
type Settled<V> = { readonly kind: 'settled'; readonly value: V; readonly etag: string };
export type WaitOutcome<W, V> =
  | Lease<W, V>
  | Settled<V>
  | { readonly kind: 'released' }
  | { readonly kind: 'late' };
export type Claim<W, V> = Lease<W, V> | Settled<V> | Waiting<W, V>;

export interface Leases<W, V> {
  /** Insert, or the replacing of the settled row, decides who holds. Throws what the table throws. */
  claim(partition: string, key: string, request: ClaimRequest<W>): Promise<Claim<W, V>>;
}

import type { Shares } from './profile.ts';
import type { CredentialKind, Scene } from './scene.ts';

/** What the bench says to the program that decides: first and once. */
export interface ToDecisions {
  readonly type: 'measure';
  readonly scene: Scene;
  readonly quick: boolean;
}

/** What the program found. Times are CPU time in µs, the median of all rounds. */
export interface Decided {
  /** For one decision, by how the user's password is kept. */
  readonly decision: Readonly<Record<CredentialKind, number>>;
  /** For one packet. */
  readonly codec: number;
  /** Of a decision by a password in clear. */
  readonly shares: Shares;
  /** How many decisions there were in all. */
  readonly decisions: number;
}

/** What it says to the bench. */
export type FromDecisions =
  | { readonly type: 'progress'; readonly line: string }
  | ({ readonly type: 'measured' } & Decided)
  | { readonly type: 'failed'; readonly message: string };

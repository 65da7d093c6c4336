import type { Script } from './script.ts';
import type { SecretSeed } from './secrets.ts';
import type { StandInAddresses, StandInCounts, StandInName, StandInOptions } from './stand-ins.ts';

/** What a supervisor says to the stand-ins over IPC. Each is answered once, in order, `stop` by the end of the process. */
export type ToStandIns =
  /** First and once. Answered by `ready` or `failed`. */
  | { readonly type: 'start'; readonly options: StandInOptions }
  /** Answered by `counts`. */
  | { readonly type: 'count' }
  /** Answered by `done` once it is in effect. */
  | { readonly type: 'script'; readonly name: StandInName; readonly script: Script }
  /** A new version of a secret; without a seed it is deleted. Answered by `done`. */
  | { readonly type: 'secret'; readonly name: string; readonly seed?: string | SecretSeed }
  | { readonly type: 'stop' };

/** What the stand-ins say. */
export type FromStandIns =
  | ({ readonly type: 'ready' } & StandInAddresses)
  | { readonly type: 'counts'; readonly counts: StandInCounts }
  | { readonly type: 'done' }
  /** The message before could not be done; after a failed `start` the process ends with exit code 1. */
  | { readonly type: 'failed'; readonly message: string };

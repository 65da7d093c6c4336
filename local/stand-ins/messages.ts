import type { Item } from './ingestion.ts';
import type { PhoneAction, PhoneMode, PhoneState } from './phone.ts';
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
  /** A new version of a blob; without a text it is deleted, its versions stay. Answered by `done`. */
  | {
      readonly type: 'blob';
      readonly container: string;
      readonly name: string;
      readonly text?: string;
    }
  /** Answered by `telemetry`. */
  | { readonly type: 'telemetry' }
  /** Answered by `phone`. */
  | { readonly type: 'phone' }
  /** Answered by `done`, or by `failed` when no such prompt can be answered. */
  | { readonly type: 'phone-answer'; readonly id: string; readonly action: PhoneAction }
  /** For prompts from now on; `ringFor` in milliseconds, without it as before. Answered by `done`. */
  | { readonly type: 'phone-mode'; readonly mode: PhoneMode; readonly ringFor?: number }
  | { readonly type: 'stop' };

/** What the stand-ins say. */
export type FromStandIns =
  | ({ readonly type: 'ready' } & StandInAddresses)
  /** Calls, and how often each person's phone has rung, by UPN. */
  | {
      readonly type: 'counts';
      readonly counts: StandInCounts;
      readonly prompts: Readonly<Record<string, number>>;
    }
  | { readonly type: 'phone'; readonly state: PhoneState }
  /** What Application Insights accepted last, the newest at the end. */
  | { readonly type: 'telemetry'; readonly items: readonly Item[] }
  | { readonly type: 'done' }
  /** The message before could not be done; after a failed `start` the process ends with exit code 1. */
  | { readonly type: 'failed'; readonly message: string };

import type { LogLine } from './invoke.ts';

/** What a supervisor says to the functions host over IPC. */
export type ToFunctionsHost =
  | { readonly type: 'start'; readonly packageFile: string; readonly hostFile: string }
  /** Run a timer now. */
  | { readonly type: 'fire'; readonly functionName: string }
  | { readonly type: 'stop' };

/** What the functions host says. */
export type FromFunctionsHost =
  | { readonly type: 'ready'; readonly port: number; readonly functions: readonly string[] }
  /** The app did not load; the process ends with exit code 1. */
  | { readonly type: 'failed'; readonly message: string }
  | { readonly type: 'log'; readonly line: LogLine }
  | { readonly type: 'fired'; readonly functionName: string; readonly error?: string };

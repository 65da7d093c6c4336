import { setTimeout } from 'node:timers/promises';

/**
 * What a stand-in is told to do. `times` calls, then well again; without it, until told otherwise.
 * Scripts are played once the caller has authenticated, as the real services throttle and fail.
 */
export type Script =
  | { readonly state: 'well' }
  /** The port is closed: connections are refused. */
  | { readonly state: 'refusing' }
  /** Calls are taken and broken off. */
  | { readonly state: 'resetting'; readonly times?: number }
  /** Calls are taken and not answered before the next script. */
  | { readonly state: 'hanging'; readonly times?: number }
  /** Calls are answered after `delay` milliseconds. */
  | { readonly state: 'slow'; readonly delay: number; readonly times?: number }
  /** 429; `retryAfter` in whole seconds. */
  | { readonly state: 'throttled'; readonly retryAfter: number; readonly times?: number }
  | { readonly state: 'failing'; readonly status: 403 | 500 | 503; readonly times?: number };

/** What a call meets: a fault to answer with, a connection to break, or nothing. */
export type Fault = 'reset' | { readonly status: number; readonly retryAfter?: number };

export interface Stage {
  set(script: Script): void;
  /** Plays the script for one call. */
  play(): Promise<Fault | undefined>;
}

/** A stand-in's present script. */
export function stage(): Stage {
  let script: Script = { state: 'well' };
  let left = Number.POSITIVE_INFINITY;
  let replaced = Promise.withResolvers<void>();
  return {
    set(next) {
      script = next;
      left = 'times' in next ? (next.times ?? Number.POSITIVE_INFINITY) : Number.POSITIVE_INFINITY;
      replaced.resolve();
      replaced = Promise.withResolvers();
    },
    async play() {
      if (left <= 0) return undefined;
      left -= 1;
      switch (script.state) {
        case 'resetting':
          return 'reset';
        case 'hanging':
          await replaced.promise;
          return undefined;
        case 'slow':
          await setTimeout(script.delay);
          return undefined;
        case 'throttled':
          return { status: 429, retryAfter: script.retryAfter };
        case 'failing':
          return { status: script.status };
        default:
          return undefined;
      }
    },
  };
}

import { abortable } from '../azure/abortable.ts';
import { StoreUnreachable } from './port.ts';
import { systemSleep } from './sleep.ts';
import { type Refusal, tableFault } from './tables-fault.ts';

/** How a call that fails for the moment is repeated. */
export interface Retries {
  /** Default 3. */
  readonly maxRetries?: number;
  /** Milliseconds before the first repeat; each one after waits twice as long. Default 100. */
  readonly retryDelayInMs?: number;
  /** Default 1,000. */
  readonly maxRetryDelayInMs?: number;
}

/** `repeated`: an earlier try had no definite answer, so what was refused may have been done by it. */
export type Said<R> =
  | { readonly said: 'done'; readonly value: R }
  | { readonly said: Refusal; readonly repeated: boolean };

/**
 * Makes one call, repeats what fails for the moment, and ends with the signal. A try gets half of `patience`
 * milliseconds: a connection that has silently died leaves time for a new one.
 *
 * @throws StoreUnreachable
 */
export async function callTable<R>(
  run: (signal: AbortSignal) => Promise<R>,
  x: { readonly signal: AbortSignal; readonly patience: number; readonly retries: Retries },
): Promise<Said<R>> {
  const { maxRetries = 3, retryDelayInMs = 100, maxRetryDelayInMs = 1_000 } = x.retries;
  for (let tries = 1; ; tries += 1) {
    const signal = AbortSignal.any([x.signal, AbortSignal.timeout(x.patience / 2)]);
    let detail: string;
    let after: number | undefined;
    try {
      // The identity library does not pass the signal on; so the wait ends here, whatever it does.
      return { said: 'done', value: await abortable(run(signal), signal) };
    } catch (error) {
      if (error instanceof StoreUnreachable) throw error;
      const fault = tableFault(error);
      if (fault.refusal !== undefined) return { said: fault.refusal, repeated: tries > 1 };
      detail = signal.aborted ? 'timeout' : fault.detail;
      after = fault.after;
      const last = tries > maxRetries || x.signal.aborted || !(signal.aborted || fault.passing);
      if (last || (after !== undefined && after > x.patience)) throw new StoreUnreachable(detail);
    }
    const delay = Math.max(after ?? 0, Math.min(retryDelayInMs * 2 ** (tries - 1), maxRetryDelayInMs));
    await systemSleep(delay, x.signal).catch(() => {
      throw new StoreUnreachable(detail);
    });
  }
}

import type { Alarms } from './alarms.ts';
import type { TransportRequest } from './transport.ts';

/** Ends a request, wherever it is, when its time is over or its signal says so. */
export function guardCall(
  alarms: Alarms,
  ends: number,
  signal: AbortSignal,
  request: TransportRequest,
): { readonly over: boolean; release(): void } {
  let over = signal.aborted;
  const end = () => {
    over = true;
    request.stop?.();
  };
  const alarm = alarms.at(ends, end);
  signal.addEventListener('abort', end);
  return {
    get over() {
      return over;
    },
    release() {
      alarms.cancel(alarm);
      signal.removeEventListener('abort', end);
    },
  };
}

/** Waits until `time` or until the request is stopped. */
export function pause(alarms: Alarms, time: number, request: TransportRequest): Promise<void> {
  return new Promise((resolve) => {
    const wake = () => {
      alarms.cancel(alarm);
      request.stop = undefined;
      resolve();
    };
    const alarm = alarms.at(time, wake);
    request.stop = wake;
  });
}

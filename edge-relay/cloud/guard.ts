import type { Alarms } from './alarms.ts';
import type { TransportRequest } from './transport.ts';

/** What to end when a signal aborts. */
const ENDS = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * The set for this signal, with one listener behind it: an EventTarget walks all of its listeners whenever one is
 * added or removed, which 50,000 waiting calls with a listener each would feel on every other call.
 */
function endsOf(signal: AbortSignal): Set<() => void> {
  const known = ENDS.get(signal);
  if (known !== undefined) return known;
  const ends = new Set<() => void>();
  ENDS.set(signal, ends);
  signal.addEventListener('abort', () => {
    for (const end of ends) end();
  });
  return ends;
}

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
  const others = endsOf(signal);
  others.add(end);
  return {
    get over() {
      return over;
    },
    release() {
      alarms.cancel(alarm);
      others.delete(end);
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

import type { Clock } from '../../relay-call/clock.ts';
import { HEALTH_PATH } from '../../relay-call/media.ts';
import type { Alarms } from './alarms.ts';
import type { CloudFault } from './faults.ts';
import { guardCall } from './guard.ts';
import type { Peer, Protocol, Transport, TransportRequest } from './transport.ts';

/** Longest time for the whole look, in ms. */
const PATIENCE = 10_000;

/** How the functions answer when asked whether they are there. */
export type Health =
  | {
      readonly kind: 'reachable';
      /** Of HTTP; 200 is well. */
      readonly status: number;
      /** From asking to the whole answer, opening a connection included, in ms. */
      readonly took: number;
      readonly protocol: Protocol;
      readonly peer: Peer;
      /** How far the server's `Date` is ahead of this machine's clock in whole seconds; undefined when it sends none. */
      readonly skew: number | undefined;
    }
  | { readonly kind: 'unreachable'; readonly code: CloudFault; readonly cause?: string };

/** Asks once (`GET /api/health`, not signed: it tells nothing). Never rejects. */
export async function askHealth(x: {
  transport: Transport;
  alarms: Alarms;
  clock: Clock;
  signal: AbortSignal;
}): Promise<Health> {
  const { transport, alarms, clock, signal } = x;
  if (signal.aborted) return { kind: 'unreachable', code: 'late' };
  let sent = clock.monotonic();
  const began = sent;
  const request: TransportRequest = {
    method: 'GET',
    path: HEALTH_PATH,
    body: undefined,
    headers() {
      sent = clock.monotonic();
      return {};
    },
    stop: undefined,
  };
  const guard = guardCall(alarms, began + PATIENCE, signal, request);
  const outcome = await transport.request(request);
  guard.release();
  if (outcome.kind === 'failed') {
    const { code, cause } = outcome;
    return cause === undefined ? { kind: 'unreachable', code } : { kind: 'unreachable', code, cause };
  }
  if (outcome.kind !== 'answered') return { kind: 'unreachable', code: 'late' };
  const { status, protocol, peer } = outcome;
  const half = (clock.monotonic() - sent) / 2;
  return {
    kind: 'reachable',
    status,
    took: clock.monotonic() - began,
    protocol,
    peer,
    skew: skewOf(outcome.date, clock.now() - half),
  };
}

/** `Date` is cut to the second (RFC 9110 §6.6.1): on average it is half a second behind. */
function skewOf(date: string | undefined, now: number): number | undefined {
  const theirs = Date.parse(date ?? '');
  return Number.isNaN(theirs) ? undefined : Math.round((theirs + 500 - now) / 1_000);
}

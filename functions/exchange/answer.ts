import { PACKET_TYPE, PROBLEM_TYPE } from '../../relay-call/media.ts';
import { problem } from '../../relay-call/problem.ts';
import { CALL_REFUSALS, type CallRefusal, REFUSAL_STATUS } from '../../relay-call/signature.ts';

/** The HTTP answer to a call (design §3). */
export interface CallAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

/** Temporary causes of silence that are the exchange's own; those of the store and the vault join them. */
export const UNAVAILABLE = {
  'configuration-unavailable': 'No valid configuration can be read.',
  'secret-unusable':
    'The shared secret of this RADIUS client is missing from the key vault, or too short to be used.',
  'deadline-passed': 'The RADIUS client has stopped waiting.',
  'directory-unavailable': 'The directory could not be asked just now.',
  'mfa-unavailable': 'MFA could not be asked for just now.',
  'mfa-outcome-lost': 'A prompt was begun, and its outcome cannot be had any more.',
  'taken-over': 'Another instance has taken this request over.',
  'store-unreachable': 'The store cannot be reached.',
  'vault-unreachable': 'The key vault cannot be asked.',
  'settings-refused': 'The settings of the functions app are wrong; its log says which.',
  'unexpected-fault': 'The bridge has met a fault of its own; its log says where.',
} as const;
export type Unavailable = keyof typeof UNAVAILABLE;

/** `200`: the reply packet. */
export function replied(packet: Uint8Array): CallAnswer {
  return { status: 200, headers: { 'content-type': PACKET_TYPE }, body: packet };
}

/** `204`: the packet is discarded, now and when it is sent again. */
export const discarded: CallAnswer = { status: 204, headers: {} };

/** `401` and its like: the call is not one that a relay of ours has made. */
export function refused(code: CallRefusal, serverTime: number): CallAnswer {
  const status = REFUSAL_STATUS[code];
  return {
    status,
    headers: { 'content-type': PROBLEM_TYPE },
    body: Buffer.from(
      JSON.stringify(problem(status, code, CALL_REFUSALS[code], status === 401 ? { serverTime } : {})),
    ),
  };
}

/**
 * `503`: silence for a cause that passes.
 *
 * @param begun whether anything of the sign-in may have happened; only then the relay must not repeat the call
 * @param retryAfter seconds
 * @param serverTime milliseconds since the epoch, where the relay's clock may be the cause
 */
export function unavailable(
  code: Unavailable,
  begun: boolean,
  retryAfter: number,
  serverTime?: number,
): CallAnswer {
  return {
    status: 503,
    headers: { 'content-type': PROBLEM_TYPE, 'retry-after': String(retryAfter) },
    body: Buffer.from(
      JSON.stringify(
        problem(503, code, UNAVAILABLE[code], serverTime === undefined ? { begun } : { begun, serverTime }),
      ),
    ),
  };
}

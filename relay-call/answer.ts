import { CODE, type Frame, MAX_PACKET, readFrame, type Service } from './framing.ts';
import { PACKET_TYPE, PROBLEM_TYPE } from './media.ts';
import { type Problem, readProblem } from './problem.ts';

/** Why something that came back is no answer. Each is silence towards the RADIUS client. */
export const ANSWER_FAULTS = {
  'content-type-wrong':
    'The answer does not declare a RADIUS packet of radius-bridge; a proxy or front end may have written it.',
  'answer-too-large': 'The answer is longer than the 4096 octets that a RADIUS packet can have.',
  'packet-malformed': 'The body of the answer is no well-formed RADIUS packet.',
  'packet-truncated': 'The packet in the answer ends before the length that it states.',
  'trailing-octets': 'The answer has octets behind the end of its packet.',
  'identifier-other': 'The packet in the answer carries the identifier of another request.',
  'code-other': 'The packet in the answer is of a code that does not answer this request.',
  'refusal-foreign':
    'The call was refused, but not by radius-bridge; a proxy or front end may stand between.',
  redirected: 'The call was answered with a redirection, which is never followed.',
  'server-failed': 'The server, or a front end before it, failed without an answer of radius-bridge.',
  'status-unexpected': 'The answer has an HTTP status that radius-bridge never gives.',
} as const;
export type AnswerFault = keyof typeof ANSWER_FAULTS;

/** Codes of an unavailable bridge that are not the bridge's own. */
export const UNAVAILABLE_CODES = {
  foreign: 'A proxy or front end says that the bridge is unavailable; the bridge itself said nothing.',
} as const;

/** What the relay has from one call. */
export type Answer =
  /** The packet for the client; a view on the body. */
  | { kind: 'reply'; packet: Buffer }
  /** Say nothing. */
  | { kind: 'discard' }
  /**
   * Temporary. `begun` tells whether anything may have happened; `retryAfter` in s, 0 if none was given;
   * `serverTime` in ms since the epoch, where the relay's clock may be the cause.
   */
  | { kind: 'unavailable'; code: string; begun: boolean; retryAfter: number; serverTime?: number }
  /** The call itself was wrong. `serverTime` in ms since the epoch. */
  | { kind: 'refused'; code: string; serverTime?: number }
  /** 429; `ours` when radius-bridge itself said so and nothing can have begun. */
  | { kind: 'busy'; ours: boolean; retryAfter: number }
  | { kind: 'fault'; code: AnswerFault };

/** The parts of an HTTP response that make an answer. */
export interface CallResponse {
  readonly status: number;
  readonly contentType: string | undefined;
  readonly retryAfter: string | undefined;
  readonly body: Uint8Array;
}

/** No call waits longer, in s. */
const MAX_RETRY_AFTER = 600;
const REFUSING: ReadonlySet<number> = new Set([400, 401, 405, 413, 415]);

/** By what the port that was asked serves and the code of a request, the codes that answer it. */
const ANSWERS: Readonly<Record<Service, Readonly<Record<number, readonly number[]>>>> = {
  // RFC 2865 §4, RFC 5997 §4.
  auth: {
    [CODE.accessRequest]: [CODE.accessAccept, CODE.accessReject, CODE.accessChallenge],
    [CODE.statusServer]: [CODE.accessAccept],
  },
  // RFC 2866 §4, RFC 5997 §4.
  acct: {
    [CODE.accountingRequest]: [CODE.accountingResponse],
    [CODE.statusServer]: [CODE.accountingResponse],
  },
};

function packetFault(request: Frame, serves: Service, response: CallResponse): AnswerFault | Buffer {
  if (response.contentType !== PACKET_TYPE) return 'content-type-wrong';
  if (response.body.length > MAX_PACKET) return 'answer-too-large';
  const frame = readFrame(response.body);
  if (typeof frame === 'string')
    return frame === 'datagram-truncated' ? 'packet-truncated' : 'packet-malformed';
  if (frame.length !== response.body.length) return 'trailing-octets';
  if (frame.identifier !== request.identifier) return 'identifier-other';
  return ANSWERS[serves][request.code]?.includes(frame.code) ? frame.packet : 'code-other';
}

/** The problem of ours that a response carries, if it does. */
function problemOf(response: CallResponse): Problem | undefined {
  if (response.contentType !== PROBLEM_TYPE) return undefined;
  const problem = readProblem(response.body);
  return problem?.status === response.status ? problem : undefined;
}

/** Retry-After in s (RFC 9110 §10.2.3), at most 600. A date is none to us: it would need the other's clock. */
function seconds(retryAfter: string | undefined): number {
  return /^\d{1,9}$/.test(retryAfter ?? '') ? Math.min(MAX_RETRY_AFTER, Number(retryAfter)) : 0;
}

function foreignFault(status: number): AnswerFault {
  if (REFUSING.has(status)) return 'refusal-foreign';
  if (status >= 300 && status < 400) return 'redirected';
  return status >= 500 ? 'server-failed' : 'status-unexpected';
}

/**
 * Reads what came back for a call. Only a 200 with exactly our content type, whose body is one whole packet with
 * the request's identifier and a code that answers it, becomes a reply; whatever else came is never passed on.
 * The Response Authenticator is the client's to check: the relay holds no secret. `serves` is what the port serves that
 * the client asked: of a Status-Server nothing else tells which answer is right.
 *
 * A 503 or 429 that is not ours may come from anything between, so the call may have begun.
 */
export function readAnswer(request: Frame, serves: Service, response: CallResponse): Answer {
  const { status } = response;
  if (status === 200) {
    const packet = packetFault(request, serves, response);
    return typeof packet === 'string' ? { kind: 'fault', code: packet } : { kind: 'reply', packet };
  }
  if (status === 204) return { kind: 'discard' };
  const problem = problemOf(response);
  const retryAfter = seconds(response.retryAfter);
  if (status === 503)
    return {
      kind: 'unavailable',
      code: problem?.code ?? ('foreign' satisfies keyof typeof UNAVAILABLE_CODES),
      begun: problem?.begun ?? true,
      retryAfter,
      ...(problem?.serverTime === undefined ? {} : { serverTime: problem.serverTime }),
    };
  if (status === 429) return { kind: 'busy', ours: problem !== undefined, retryAfter };
  if (problem !== undefined && REFUSING.has(status)) {
    const { code, serverTime } = problem;
    return { kind: 'refused', code, ...(serverTime === undefined ? {} : { serverTime }) };
  }
  return { kind: 'fault', code: foreignFault(status) };
}

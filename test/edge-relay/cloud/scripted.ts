import {
  type Answered,
  type Outcome,
  STOPPED,
  type Transport,
  type TransportRequest,
} from '../../../edge-relay/cloud/transport.ts';
import { PACKET_TYPE, PROBLEM_TYPE } from '../../../relay-call/media.ts';
import { problem } from '../../../relay-call/problem.ts';
import { packetOf } from '../../relay-call/packets.ts';

type Headers = { [name: string]: string };
type Step = Outcome | ((headers: Headers) => Outcome) | 'silence';

const peer = { address: '', subject: '', issuer: '', validTo: '', fingerprint256: '' };

export function answered(x: Partial<Answered>): Answered {
  return {
    kind: 'answered',
    status: 200,
    contentType: undefined,
    retryAfter: undefined,
    date: undefined,
    body: Buffer.alloc(0),
    protocol: 'h2',
    peer,
    ...x,
  };
}

/** An Access-Accept for the request with that identifier. */
export const accept = (identifier = 7) =>
  answered({ contentType: PACKET_TYPE, body: packetOf({ code: 2, identifier }) });

/** An answer of the functions that is no packet. */
export const told = (
  status: number,
  code: string,
  extra: { begun?: boolean; serverTime?: number } = {},
  retryAfter?: string,
) =>
  answered({
    status,
    contentType: PROBLEM_TYPE,
    retryAfter,
    body: Buffer.from(JSON.stringify(problem(status, code, 'A sentence.', extra))),
  });

/** A transport that answers with the steps in turn; each call is signed as it would be. */
export function scripted(...steps: Step[]) {
  const sent: Headers[] = [];
  let closed = false;
  const transport: Transport = {
    request(request: TransportRequest) {
      const step = steps.shift() ?? 'silence';
      if (step !== 'silence' && typeof step !== 'function' && step.kind === 'failed' && !step.begun)
        return Promise.resolve(step);
      const headers = request.headers();
      if (headers === undefined) return Promise.resolve(STOPPED);
      sent.push(headers);
      if (step !== 'silence') return Promise.resolve(typeof step === 'function' ? step(headers) : step);
      return new Promise<Outcome>((resolve) => {
        request.stop = () => {
          request.stop = undefined;
          resolve(STOPPED);
        };
      });
    },
    async close() {
      closed = true;
    },
  };
  return {
    transport,
    sent,
    get closed() {
      return closed;
    },
  };
}

import type { VerifiedCall } from '../../relay-call/signature.ts';
import type { RadiusClient } from '../clients/clients.ts';
import type { RequestReading } from '../radius/request.ts';
import type { Log } from '../records/log.ts';
import type { CallAnswer } from './answer.ts';
import type { Deadline } from './deadline.ts';
import type { Running } from './running.ts';

/** What is known of a call once it holds. */
export interface Admitted {
  readonly call: VerifiedCall;
  readonly relay: string;
  readonly client: RadiusClient;
  readonly running: Running;
  readonly deadline: Deadline;
  /** `Clock.monotonic()` at arrival. */
  readonly arrived: number;
  readonly log: Log;
}

/** A packet that is proven, whether it is to be decided or rejected at once. */
export type Proven = Exclude<RequestReading, { kind: 'discard' }>;

/** Answers a proven Access-Request. */
export type AnswerAccessRequest = (reading: Proven, admitted: Admitted) => Promise<CallAnswer>;

import type { Clock } from '../../relay-call/clock.ts';
import { CODE } from '../../relay-call/framing.ts';
import type { Prompts } from '../mfa/prompts.ts';
import { buildReply } from '../radius/reply.ts';
import type { DecisionRecord } from '../records/decision.ts';
import type { LimitedLog } from '../records/log.ts';
import { createTrace } from '../records/trace.ts';
import { decide } from '../signin/decide.ts';
import { type Decision, reject, silence } from '../signin/decision.ts';
import { SIGN_IN_REASONS } from '../signin/reasons.ts';
import { recordFacts } from '../signin/record.ts';
import type { SignIn } from '../signin/sign-in.ts';
import type { Lease, Leases } from '../store/lease.ts';
import { StoreUnreachable } from '../store/port.ts';
import type { Admitted, AnswerAccessRequest, Proven } from './admitted.ts';
import { type CallAnswer, discarded, replied, unavailable } from './answer.ts';
import { type SetTimer, within, writing } from './deadline.ts';
import type { Recording } from './recording.ts';
import { claimRepeat, REPLY_LIFETIME, type RepeatReply, type RepeatWork } from './repeats.ts';

export interface AccessRequestParts {
  readonly repeats: Leases<RepeatWork, RepeatReply>;
  readonly prompts: Prompts;
  readonly record: Recording;
  /** For what needs no shared secret to be sent. */
  readonly limited: LimitedLog;
  readonly clock: Clock;
  readonly setTimer: SetTimer;
  /** A new UUID for each decision. */
  readonly newId: () => string;
}

/** What the relay is told of a decision without a reply: to ask again later, or that the packet is no good. */
function silent(decision: Decision): CallAnswer {
  const { reason } = decision;
  if (reason === 'directory-unavailable' || reason === 'mfa-unavailable') return unavailable(reason, true, 1);
  if (reason === 'mfa-outcome-lost') return unavailable(reason, true, 1);
  return reason === 'out-of-time' ? unavailable('deadline-passed', true, 1) : discarded;
}

/** Design §4, steps 4 to 10: one decision for one packet, however often and wherever it arrives. */
export function createAnswerAccessRequest(parts: AccessRequestParts): AnswerAccessRequest {
  const { clock } = parts;

  return async (reading, admitted) => {
    const claim = await claimRepeat(parts.repeats, {
      client: admitted.client.name,
      from: admitted.call.source.from,
      packet: reading.packet,
      now: clock.now(),
      left: admitted.deadline.left,
      signal: admitted.deadline.signal,
    });
    if (claim.kind === 'answered') return replied(claim.reply);
    if (claim.kind === 'late') return unavailable('deadline-passed', true, 1);
    return answer(reading, admitted, claim.lease);
  };

  async function answer(
    reading: Proven,
    admitted: Admitted,
    lease: Lease<RepeatWork, RepeatReply>,
  ): Promise<CallAnswer> {
    const trace = createTrace(clock);
    const signing: SignIn = {
      id: parts.newId(),
      packet: reading.packet,
      secret: reading.secret,
      client: admitted.client,
      policies: admitted.running.policies,
      directories: admitted.running.directories,
      mfa: admitted.running.mfa,
      prompts: parts.prompts,
      left: admitted.deadline.left,
      now: clock.now(),
      signal: AbortSignal.any([admitted.deadline.signal, lease.lost]),
      trace,
      found: {},
    };
    let ended: Decision;
    try {
      ended = reading.kind === 'reject' ? reject('malformed-request', reading.code) : await decide(signing);
    } catch (error) {
      await within(release(lease), writing(admitted.deadline), parts.setTimer);
      throw error;
    }
    const { decision, reply } = encode(ended, reading);
    const patience = writing(admitted.deadline);
    const recorded = recordUnlessStray(recordOf(decision, reading, admitted, signing), reading, admitted);
    if (reply === undefined) {
      await Promise.all([within(release(lease), patience, parts.setTimer), recorded]);
      return silent(decision);
    }
    const settling = settle(lease, reply.toString('base64'), parts.setTimer);
    const [settled] = await Promise.all([within(settling, patience, parts.setTimer), recorded]);
    // Another instance that has taken this packet over will answer it; two different answers must not leave.
    const ours = settled === 'late' ? !lease.lost.aborted : settled;
    return ours ? replied(reply) : unavailable('taken-over', true, 1);
  }

  /**
   * Where a client may leave Message-Authenticator out, packets that are malformed besides can come from anybody who
   * writes its address on them. They are told at a limited rate; a record of each would fill log and store.
   */
  async function recordUnlessStray(
    record: DecisionRecord,
    reading: Proven,
    admitted: Admitted,
  ): Promise<void> {
    if (reading.kind === 'reject' && reading.messageAuthenticator === 'absent') {
      const { code } = reading;
      const { relay, client } = record;
      parts.limited(admitted.log, `rejected ${code} ${client}`, {
        event: 'packet-rejected',
        code,
        relay,
        client,
        from: admitted.call.source.from.address,
      });
      return;
    }
    await within(parts.record(record, admitted.log), writing(admitted.deadline), parts.setTimer);
  }

  function recordOf(
    decision: Decision,
    reading: Proven,
    admitted: Admitted,
    signing: SignIn,
  ): DecisionRecord {
    const reason = SIGN_IN_REASONS[decision.reason];
    const { source } = admitted.call;
    const detail = decision.kind === 'accept' ? undefined : decision.detail;
    const duration = Math.round((clock.monotonic() - admitted.arrived) * 1000) / 1000;
    return {
      id: signing.id,
      time: new Date(signing.now).toISOString(),
      relay: admitted.relay,
      client: admitted.client.name,
      from: `${source.from.address.includes(':') ? `[${source.from.address}]` : source.from.address}:${source.from.port}`,
      identifier: reading.packet.identifier,
      messageAuthenticator: reading.messageAuthenticator,
      secret: reading.secret.name,
      ...recordFacts(signing),
      outcome: decision.kind,
      reason: decision.reason,
      reasonCode: reason.nps,
      sentence: reason.sentence,
      ...(detail === undefined ? {} : { detail }),
      steps: signing.trace.steps,
      duration,
      deadline: Math.round(duration + admitted.deadline.left()),
    };
  }
}

/**
 * Where an Accept cannot be sent whole, nobody is let in: an Accept that lost its ACL grants too much. A reject has
 * nothing to lose but Proxy-States, and those must be echoed.
 */
function encode(
  decision: Decision,
  { packet, secret }: Pick<Proven, 'packet' | 'secret'>,
): { decision: Decision; reply?: Buffer } {
  if (decision.kind === 'silence') return { decision };
  const accept = decision.kind === 'accept';
  const reply = buildReply(packet, {
    code: accept ? CODE.accessAccept : CODE.accessReject,
    attributes: accept ? decision.attributes : [],
    secret,
  });
  if (typeof reply !== 'string') return { decision, reply };
  if (!accept) return { decision: silence('reply-not-possible', reply) };
  return encode(reject('reply-not-possible', reply), { packet, secret });
}

/** A store that is gone keeps the lease from being released; it then runs out by itself. */
async function release(lease: Lease<RepeatWork, RepeatReply>): Promise<void> {
  try {
    await lease.release();
  } catch (error) {
    if (!(error instanceof StoreUnreachable)) throw error;
  }
}

/**
 * Stores the reply for repeats; false when another answers them. Without the store the answer is still right, and it is
 * stored as soon as that is possible: a repeat would be decided anew, and a phone would ring again.
 */
async function settle(
  lease: Lease<RepeatWork, RepeatReply>,
  reply: RepeatReply,
  setTimer: SetTimer,
): Promise<boolean> {
  try {
    return await lease.settle(reply, REPLY_LIFETIME);
  } catch (error) {
    if (!(error instanceof StoreUnreachable)) throw error;
    if (lease.lost.aborted) return false;
    setTimer(() => void settle(lease, reply, setTimer).catch(() => undefined), SETTLE_AGAIN_AFTER);
    return true;
  }
}

/** Milliseconds. */
const SETTLE_AGAIN_AFTER = 500;

import type { Clock } from '../../relay-call/clock.ts';
import { CODE } from '../../relay-call/framing.ts';
import { type ReceivedCall, readCall, type VerifiedCall } from '../../relay-call/signature.ts';
import type { RadiusClient } from '../clients/clients.ts';
import { SecretTooWeak, type SharedSecrets } from '../clients/shared-secrets.ts';
import { ConfigurationUnavailable } from '../config/load.ts';
import { SecretMissing, VaultUnreachable } from '../keyvault/secrets.ts';
import { type RequestReading, readRequest } from '../radius/request.ts';
import type { LimitedLog, Log } from '../records/log.ts';
import { type SpentNonce, spendNonce } from '../relays/nonces.ts';
import { StoreUnreachable, type Table } from '../store/port.ts';
import type { AnswerAccessRequest } from './admitted.ts';
import { type CallAnswer, discarded, refused, type Unavailable, unavailable } from './answer.ts';
import { type Deadline, deadlineOf, type SetTimer } from './deadline.ts';
import type { Running } from './running.ts';

/** Why a packet that reached the functions is met with silence, besides the rules of RADIUS itself. */
export const EXCHANGE_DISCARDS = {
  'client-unknown':
    'No RADIUS client is configured for the address that the packet came from, or none that this relay may speak for.',
  'accounting-not-served': 'Accounting-Requests are not served by this version.',
  'status-server-not-served': 'Status-Server requests are not served by this version.',
} as const;

export interface ExchangeParts {
  /** What `@authority` of a call must be. */
  readonly authority: string;
  readonly configuration: { current(signal: AbortSignal): Promise<{ readonly value: Running }> };
  readonly nonces: Table<SpentNonce>;
  readonly secrets: SharedSecrets;
  readonly answerAccessRequest: AnswerAccessRequest;
  readonly clock: Clock;
  readonly setTimer: SetTimer;
  /** For events that strangers can cause; limited by cause. */
  readonly limited: LimitedLog;
}

/** The loader has limits of its own, shorter than any client's patience. */
const NEVER = new AbortController().signal;

/** Seconds after which a relay may try again. */
const SOON = 1;
/** For causes that an administrator must remove. */
const LATER = 30;

/**
 * Makes a call an answer: verifies the signature, finds the client, reads the packet and answers it by its code
 * (design §4, steps 1 to 3). Never throws for anything a call can hold.
 */
export function createExchange(parts: ExchangeParts): (call: ReceivedCall, log: Log) => Promise<CallAnswer> {
  const { clock } = parts;

  return async (received, log) => {
    const arrived = clock.monotonic();
    let running: Running;
    try {
      running = (await parts.configuration.current(NEVER)).value;
    } catch (error) {
      if (!(error instanceof ConfigurationUnavailable)) throw error;
      return unavailable('configuration-unavailable', false, error.unreachable ? SOON : LATER);
    }
    const call = readCall(received, {
      authority: parts.authority,
      now: clock.now(),
      keyOf: running.relays.keyOf,
    });
    if (typeof call === 'string') {
      parts.limited(log, `refused ${call}`, { event: 'call-refused', code: call });
      return refused(call, clock.now());
    }
    const deadline = deadlineOf(call, clock, parts.setTimer);
    // Started here and awaited before the first side effect: the write takes as long as the steps beside it.
    const spent = spendNonce(parts.nonces, call, clock);
    // It may fail before anybody awaits it, which would end the process.
    spent.catch(() => undefined);
    try {
      return await proceed({ call, received, running, deadline, spent, arrived, log });
    } catch (error) {
      const answer = temporary(error, deadline, log);
      if (answer === undefined) throw error;
      return answer;
    } finally {
      deadline.close();
    }
  };

  async function proceed(x: {
    call: VerifiedCall;
    received: ReceivedCall;
    running: Running;
    deadline: Deadline;
    spent: Promise<boolean>;
    arrived: number;
    log: Log;
  }): Promise<CallAnswer> {
    const { call, running, deadline } = x;
    const relay = running.relays.relayOf(call.keyid) ?? call.keyid;
    const client = running.clients.find(relay, call.source.from.address);
    const reading = client === undefined ? undefined : await read(x.received, call, client, deadline, x.log);
    if (!(await x.spent)) {
      parts.limited(x.log, 'refused nonce-replayed', {
        event: 'call-refused',
        code: 'nonce-replayed',
        relay,
      });
      return refused('nonce-replayed', clock.now());
    }
    if (client === undefined || reading === undefined) {
      return discard(x.log, 'client-unknown', { relay, from: call.source.from.address });
    }
    if (reading.kind === 'discard') return discard(x.log, reading.code, { relay, client: client.name });
    if (reading.packet.code === CODE.accountingRequest) {
      return discard(x.log, 'accounting-not-served', { relay, client: client.name });
    }
    if (reading.packet.code === CODE.statusServer) {
      return discard(x.log, 'status-server-not-served', { relay, client: client.name });
    }
    if (deadline.left() === 0) return late(x.log);
    return parts.answerAccessRequest(reading, {
      call,
      relay,
      client,
      running,
      deadline,
      arrived: x.arrived,
      log: x.log,
    });
  }

  async function read(
    received: ReceivedCall,
    call: VerifiedCall,
    client: RadiusClient,
    deadline: Deadline,
    log: Log,
  ): Promise<RequestReading> {
    const secrets = await parts.secrets.of(client, deadline.signal, (secret, code) => {
      parts.limited(log, `${code} ${client.name} ${secret}`, {
        event: 'secret-unusable',
        code,
        client: client.name,
        secret,
      });
    });
    return readRequest(received.body, {
      serves: call.source.serves,
      secrets,
      messageAuthenticator: client.messageAuthenticator,
      authorizeOnly: client.profile.authorizeOnly,
    });
  }

  function discard(
    log: Log,
    code: string,
    facts: { relay: string; client?: string; from?: string },
  ): CallAnswer {
    parts.limited(log, `${code} ${facts.client ?? ''}`, { event: 'packet-discarded', code, ...facts });
    return discarded;
  }

  /** The answer to a temporary fault before anything of the sign-in has begun. */
  function temporary(error: unknown, deadline: Deadline, log: Log): CallAnswer | undefined {
    if (error instanceof StoreUnreachable) return told(log, 'store-unreachable', error, SOON);
    if (error instanceof VaultUnreachable) return told(log, 'vault-unreachable', error, SOON);
    if (error instanceof SecretMissing || error instanceof SecretTooWeak) {
      return told(log, 'secret-unusable', error, LATER);
    }
    // What waits is ended by the deadline's signal and throws its reason; anything else is a fault of ours.
    const { aborted, reason } = deadline.signal;
    return aborted && error === reason ? late(log) : undefined;
  }

  /** With the server's time: a relay whose clock is behind signs calls whose time seems to have passed already. */
  function late(log: Log): CallAnswer {
    parts.limited(log, 'deadline-passed', { event: 'call-unavailable', code: 'deadline-passed' });
    return unavailable('deadline-passed', false, SOON, clock.now());
  }

  function told(
    log: Log,
    code: Unavailable,
    { code: cause, detail = '' }: { readonly code: string; readonly detail?: string },
    retryAfter: number,
  ): CallAnswer {
    parts.limited(log, `${code} ${cause}`, {
      event: 'call-unavailable',
      code,
      cause,
      ...(detail && { detail }),
    });
    return unavailable(code, false, retryAfter);
  }
}

import { canonicalAddress } from '../relay-call/address.ts';
import type { Clock } from '../relay-call/clock.ts';
import { CODE, type Frame, readFrame, type Service, servesCode } from '../relay-call/framing.ts';
import type { Endpoint } from '../relay-call/source.ts';
import type { Admission, Client } from './admission.ts';
import type { CloudAnswer } from './cloud/call.ts';
import type { Cloud } from './cloud/cloud.ts';
import type { Counters } from './counters.ts';
import type { Drop } from './drops.ts';
import type { Fields, Level, Log } from './log.ts';
import { createRepeats, type Entry, LONGEST_HOLD } from './repeats.ts';
import type { Timers } from './timers.ts';

/** A reject that leaves at the very end of its client's patience comes too late. Milliseconds. */
const LAST_MOMENT = 500;

/** The socket a datagram came in by; its reply leaves by the same. */
export interface Via {
  readonly local: Endpoint;
  readonly serves: Service;
  /** Sends without waiting; never throws. What is not sent is reported where the socket was opened. */
  send(reply: Buffer, port: number, address: string): void;
}

/** Where a datagram came from, as the operating system says it (IPv6 with its zone). */
export interface Remote {
  readonly address: string;
  readonly port: number;
}

/** What the reply to a request in work needs. */
interface Asker {
  readonly via: Via;
  readonly address: string;
  readonly port: number;
  readonly client: Client;
  /** When the client stops waiting. */
  readonly deadline: number;
}

/** Moves packets between sockets and the functions. */
export interface Relay {
  /** Takes one datagram. Never throws. */
  receive(datagram: Buffer, remote: Remote, via: Via): void;
  /** Forgets what is past; to be called about once a second. */
  sweep(): void;
  /**
   * Takes nothing new any more and resolves once all that is in work is answered or `limit` ms have passed, when
   * what is left is given up.
   */
  drain(limit: number): Promise<void>;
  /** Requests in work at the functions. */
  readonly pending: number;
  /** Answered requests that are remembered for their repeats. */
  readonly remembered: number;
}

export interface RelayParts {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly cloud: Pick<Cloud, 'ask'>;
  readonly admission: Admission;
  /** Most requests in work, and most remembered besides. */
  readonly limits: { readonly pending: number; readonly remembered: number };
  readonly counters: Counters;
  readonly log: Log;
}

/** What a client or a stranger did is information; what keeps sign-ins from working is more. */
const LEVELS: Partial<Record<Drop, Level>> = {
  'table-full': 'error',
  'client-share-full': 'warning',
  'reply-too-late': 'warning',
  'answer-unavailable': 'warning',
  'answer-refused': 'error',
  'answer-busy': 'warning',
  'answer-fault': 'error',
  'answer-unreachable': 'error',
  'answer-broken': 'error',
  'answer-late': 'warning',
};

export function createRelay(parts: RelayParts): Relay {
  const { clock, timers, cloud, admission, limits, counters, log } = parts;
  const repeats = createRepeats<Asker>({
    pending: limits.pending,
    entries: limits.pending + limits.remembered,
  });
  /** No client may fill the table for the others; alone it may have all of it. */
  const share = admission.clients.length > 1 ? Math.ceil(limits.pending / 2) : Number.POSITIVE_INFINITY;
  /** One signal for every call, since calls end one by one by their deadline and only the stop ends all. */
  const stopping = new AbortController();
  let draining = false;
  /** Replies that are held back, each with what takes its time away. */
  const held = new Map<Entry<Asker>, () => void>();
  let idle: (() => void) | undefined;

  function drop(code: Drop, address: string, fields: Fields = {}, detail = ''): void {
    counters.drop(code);
    log.limited(LEVELS[code] ?? 'info', 'drop', code, { from: address, ...fields }, detail);
  }

  /** Counts why there is no reply. The name that tells it apart in the log: one of few, whatever came. */
  function countCause(answer: Extract<CloudAnswer, { readonly code: string }>): string {
    if (answer.kind === 'refused') return counters.refusal(answer.code);
    if (answer.kind === 'unavailable') return counters.unavailable(answer.code);
    if (answer.kind === 'fault') counters.fault(answer.code);
    return answer.code;
  }

  function send(asker: Asker, reply: Buffer): void {
    counters.count('sent');
    asker.via.send(reply, asker.port, asker.address);
  }

  function ended(): void {
    if (repeats.pending === 0 && held.size === 0) idle?.();
  }

  function reply(entry: Entry<Asker>, packet: Buffer): void {
    const { asker } = entry;
    const now = clock.monotonic();
    if (now > asker.deadline) {
      repeats.forget(entry);
      drop('reply-too-late', asker.address);
      return;
    }
    const rejected = packet[0] === CODE.accessReject;
    const room = Math.max(asker.deadline - now - LAST_MOMENT, 0);
    const hold = rejected ? Math.min(asker.client.rules.rejectDelay, LONGEST_HOLD, room) : 0;
    const next = repeats.answer(entry, packet, hold, now);
    if (next === 'send') send(asker, packet);
    else if (next === 'hold') holdBack(entry, Buffer.from(packet), hold);
    else drop(next, asker.address);
  }

  function holdBack(entry: Entry<Asker>, packet: Buffer, hold: number): void {
    counters.count('held');
    const cancel = timers.after(hold, () => {
      held.delete(entry);
      const next = repeats.release(entry);
      if (next === 'send') send(entry.asker, packet);
      else drop(next, entry.asker.address);
      ended();
    });
    held.set(entry, cancel);
  }

  /** Nothing runs later in a process that ends: what is left of them is counted now. */
  function giveUpHeld(): void {
    for (const [entry, cancel] of held) {
      cancel();
      drop('stopped-before-answer', entry.asker.address);
    }
    held.clear();
  }

  function silence(entry: Entry<Asker>, answer: Exclude<CloudAnswer, { kind: 'reply' }>): void {
    const { address } = entry.asker;
    if (answer.kind === 'discard') repeats.discard(entry, clock.monotonic());
    else repeats.forget(entry);
    if (stopping.signal.aborted || answer.kind === 'stopped') drop('stopped-before-answer', address);
    else if ('code' in answer)
      drop(`answer-${answer.kind}`, address, { cause: answer.code }, countCause(answer));
    else drop(`answer-${answer.kind}`, address);
  }

  function settle(entry: Entry<Asker>, answer: CloudAnswer): void {
    entry.asker.client.inWork -= 1;
    if (answer.kind === 'reply' && !stopping.signal.aborted) reply(entry, answer.packet);
    else if (answer.kind === 'reply') silence(entry, { kind: 'stopped' });
    else silence(entry, answer);
    ended();
  }

  function ask(entry: Entry<Asker>, frame: Frame, from: Endpoint, arrived: number): void {
    const { via, client } = entry.asker;
    client.inWork += 1;
    counters.count('called');
    const call = {
      frame,
      source: { from, to: via.local, serves: via.serves },
      arrived,
      patience: client.rules.patience,
      signal: stopping.signal,
    };
    cloud.ask(call).then(
      (answer) => settle(entry, answer),
      // The interface says that this does not happen; a process that ends for it would take everyone along.
      () => settle(entry, { kind: 'broken', code: 'connection-broken' }),
    );
  }

  return {
    receive(datagram, remote, via) {
      counters.count('received');
      const { port } = remote;
      // Node writes IPv4 canonically; IPv6 comes with its zone.
      const address = remote.address.includes(':') ? canonicalAddress(remote.address) : remote.address;
      if (address === undefined) return drop('not-admitted', remote.address);
      if (draining) return drop('draining', address);
      if (port === 0) return drop('source-port-zero', address);
      const now = clock.monotonic();
      const sender = admission.sender(address, now);
      if (sender === undefined) return drop('not-admitted', address);
      const frame = readFrame(datagram);
      if (typeof frame === 'string') return drop(frame, address);
      if (!servesCode(via.serves, frame.code)) {
        return drop('code-wrong-for-port', address, { port: via.local.port, packetCode: frame.code });
      }
      if (!admission.take(sender, now)) return drop('rate-limited', address);
      const { client } = sender;
      const deadline = now + client.rules.patience;
      const asker = { via, address: remote.address, port, client, deadline };
      const endpoints = `${address} ${port} ${via.local.address} ${via.local.port}`;
      const arrival = repeats.arrive(endpoints, frame, asker, now, client.inWork < share);
      if (arrival.kind === 'drop') return drop(arrival.code, address);
      if (arrival.kind === 'new') return ask(arrival.entry, frame, { address, port }, now);
      counters.count('resent');
      via.send(arrival.reply, port, remote.address);
    },

    sweep() {
      repeats.sweep(clock.monotonic());
    },

    drain(limit) {
      draining = true;
      return new Promise((resolve) => {
        const cancel = timers.after(limit, finish);
        function finish(): void {
          cancel();
          idle = undefined;
          stopping.abort();
          giveUpHeld();
          resolve();
        }
        idle = finish;
        ended();
      });
    },

    get pending() {
      return repeats.pending;
    },

    get remembered() {
      return repeats.remembered;
    },
  };
}

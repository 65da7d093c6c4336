import { readAnswer } from '../../relay-call/answer.ts';
import type { Clock } from '../../relay-call/clock.ts';
import { CALL_PATH } from '../../relay-call/media.ts';
import { type RelayKey, signCall } from '../../relay-call/signature.ts';
import type { Fields, Log } from '../log.ts';
import type { Timers } from '../timers.ts';
import { createAlarms } from './alarms.ts';
import type { CloudAnswer, CloudCall } from './call.ts';
import { CLOUD_FAULTS, type CloudFault } from './faults.ts';
import { guardCall, pause } from './guard.ts';
import { askHealth, type Health } from './health.ts';
import { createNegotiated } from './negotiated.ts';
import { retryWait } from './retry.ts';
import { createRoundTrip } from './round-trip.ts';
import { createServerTime } from './server-time.ts';
import type { Outcome, Transport, TransportRequest } from './transport.ts';

/** The longest deadline that a call can state, in ms. */
const LONGEST_DEADLINE = 600_000;

/** The functions, as the relay sees them. */
export interface Cloud {
  /** Never rejects. Ends by `arrived + patience` at the latest. */
  ask(call: CloudCall): Promise<CloudAnswer>;
  /** Whether and how the functions can be reached. Never rejects. */
  health(signal: AbortSignal): Promise<Health>;
  /** How far the functions' time is ahead of this machine's (ms), once they have refused a call for it; else 0. */
  readonly offset: number;
  /** Ends every call, connection and timer; resolves when no socket is left. */
  close(): Promise<void>;
}

export interface CloudOptions {
  /** `https://host[:port]`. */
  readonly url: string;
  readonly key: RelayKey;
  /** PEM. The only authorities trusted, where given; Node's own list otherwise. */
  readonly ca?: string | Buffer | undefined;
  readonly clock: Clock;
  readonly timers: Pick<Timers, 'every'>;
  /** So many octets from a cryptographic source. */
  random(octets: number): Buffer;
  /** Hears each fault, retry and lateness as it happens. */
  count(code: CloudFault): void;
  /** Hears what changes, as event `cloud` with a code: reachable or not, clock right or wrong. Not each call. */
  readonly log: Pick<Log, 'say'>;
  /** In place of connections to `url`. */
  readonly transport?: Transport;
  /** HTTP/2 connections at most, default 1,024. */
  readonly maxSessions?: number;
  /** HTTP/1.1 connections at most, default 1,024. */
  readonly maxSockets?: number;
}

const GOOD_NEWS: ReadonlySet<CloudFault> = new Set(['reachable-again', 'clock-right-again']);
/** One connection that fails while others carry answers is no news; nor is a fault that changes every moment (ms). */
const NEWS = 10_000;

/** A call that was ended here, by its signal or because its time was over. */
function endedHere(signal: AbortSignal): CloudAnswer {
  return { kind: signal.aborted ? 'stopped' : 'late' };
}

/**
 * The relay's way to the functions.
 * @throws TypeError when the url is not an https one without path and query, or the key is no private Ed25519 key.
 */
export function createCloud(options: CloudOptions): Cloud {
  const { key, clock, random, count } = options;
  const tell = (code: CloudFault, fields: Fields) =>
    options.log.say(GOOD_NEWS.has(code) ? 'info' : 'warning', 'cloud', {
      code,
      text: CLOUD_FAULTS[code],
      ...fields,
    });
  const url = readUrl(options.url);
  if (key.privateKey.type !== 'private' || key.privateKey.asymmetricKeyType !== 'ed25519')
    throw new TypeError('The key of the relay must be a private Ed25519 key.');
  const alarms = createAlarms(clock, options.timers);
  const roundTrip = createRoundTrip();
  const time = createServerTime(clock, (offset) => {
    const code = offset === 0 ? 'clock-right-again' : 'clock-wrong';
    count(code);
    tell(code, { seconds: Math.round(offset / 1_000) });
  });
  const transport =
    options.transport ??
    createNegotiated({
      url,
      ca: options.ca,
      clock,
      alarms,
      roundTrip,
      maxSessions: options.maxSessions,
      maxSockets: options.maxSockets,
    });
  /** Why the functions cannot be reached, while they cannot. */
  let cutOff: CloudFault | undefined;
  let answeredAt = Number.NEGATIVE_INFINITY;
  let toldAt = Number.NEGATIVE_INFINITY;
  const reach = (code: CloudFault | undefined) => {
    const now = clock.monotonic();
    if (code === undefined) {
      answeredAt = now;
      if (cutOff === undefined) return;
      cutOff = undefined;
      tell('reachable-again', { host: url.host });
    } else if (code !== cutOff && now - answeredAt >= NEWS && now - toldAt >= NEWS) {
      cutOff = code;
      toldAt = now;
      tell(code, { host: url.host });
    }
  };

  const judge = (call: CloudCall, outcome: Outcome): CloudAnswer => {
    if (outcome.kind === 'answered') {
      reach(undefined);
      return readAnswer(call.frame, call.source.serves, outcome);
    }
    if (outcome.kind !== 'failed') return endedHere(call.signal);
    count(outcome.code);
    if (outcome.begun) return { kind: 'broken', code: outcome.code };
    if (outcome.code !== 'stream-refused' && outcome.code !== 'relay-closing') reach(outcome.code);
    return { kind: 'unreachable', code: outcome.code };
  };

  const counted = (answer: CloudAnswer): CloudAnswer => {
    if (answer.kind === 'late') count('late');
    if (answer.kind === 'stopped') count('relay-closing');
    return answer;
  };

  const chance = () => random(1).readUInt8() / 256;

  const ask = async (call: CloudCall): Promise<CloudAnswer> => {
    const { frame, source, signal } = call;
    const ends = call.arrived + call.patience;
    const left = () => {
      // One slow connect must not speak for the whole patience: without a call nothing would be measured again.
      const travel = Math.min(roundTrip.estimate, call.patience / 4);
      return Math.min(Math.floor(ends - clock.monotonic() - travel), LONGEST_DEADLINE);
    };
    let signedAt = 0;
    let signedBy = 0;
    const request: TransportRequest = {
      method: 'POST',
      path: CALL_PATH,
      body: frame.packet,
      headers() {
        const deadline = left();
        if (deadline <= 0) return undefined;
        const created = Math.floor(time.now() / 1_000);
        signedBy = time.version;
        signedAt = clock.monotonic();
        const nonce = random(16);
        return signCall({
          key,
          authority: url.host,
          path: CALL_PATH,
          body: frame.packet,
          source,
          deadline,
          created,
          nonce,
        });
      },
      stop: undefined,
    };
    const guard = guardCall(alarms, ends, signal, request);
    let timeTaught = false;
    for (let attempt = 0; ; attempt++) {
      if (guard.over || left() <= 0) break;
      const outcome = await transport.request(request);
      const answer = judge(call, outcome);
      if (outcome.kind === 'answered') roundTrip.atMost(clock.monotonic() - signedAt);
      if (!timeTaught && blamesClock(answer)) {
        timeTaught = true;
        if (answer.serverTime !== undefined && signedBy === time.version)
          time.learn(answer.serverTime, roundTrip.estimate / 2);
        if (signedBy !== time.version) {
          count('call-retried');
          continue;
        }
      }
      const wait = retryWait(answer, attempt, chance);
      if (wait === undefined || wait >= left()) {
        guard.release();
        return counted(answer);
      }
      await pause(alarms, clock.monotonic() + wait, request);
      if (!guard.over) count('call-retried');
    }
    guard.release();
    return counted(endedHere(signal));
  };

  return {
    ask,
    health: (signal) => askHealth({ transport, alarms, clock, signal }),
    get offset() {
      return time.offset;
    },
    async close() {
      await transport.close();
      alarms.close();
    },
  };
}

/**
 * Whether this machine's clock may be the cause: too far off to be taken, or behind by so much that the functions
 * think that the client's time has passed.
 */
function blamesClock(
  answer: CloudAnswer,
): answer is Extract<CloudAnswer, { readonly kind: 'refused' | 'unavailable' }> {
  if (answer.kind === 'refused') return answer.code === 'created-skewed';
  return answer.kind === 'unavailable' && answer.code === 'deadline-passed';
}

function readUrl(text: string): URL {
  const url = URL.parse(text);
  if (url === null || url.protocol !== 'https:' || url.href !== `https://${url.host}/`)
    throw new TypeError('The url must be https://host or https://host:port.');
  return url;
}

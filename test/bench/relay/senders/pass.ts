import type { Verdict } from './answers.ts';
import type { Batch } from './batch.ts';
import type { Outcome, Pace } from './messages.ts';
import { byTheClock } from './pace.ts';

/** How often requests are looked through for those that waited too long, in ms. */
const LOOK_EVERY = 50;
const MAX_LATENCIES = 100_000;
const TENTH = 100;

const WAITING = 1;
const ANSWERED = 2;
const LOST = 3;

/**
 * Sends `count` packets of a batch in order, from its first one again where there are more, and takes the time of
 * each from its own sending: by the clock too, since the sending does not wait for answers.
 *
 * @param x.sent told when everything has been sent
 */
export function runPass(
  batch: Batch,
  x: { count: number; pace: Pace; patience: number; sent(): void },
): Promise<Outcome> {
  const { count, pace, patience } = x;
  const states = new Uint8Array(count);
  const sentAt = new Float64Array(count);
  const latencies: number[] = [];
  const tenths: number[] = [];
  /** By packet of the batch, the request that it was sent for last. */
  const requests = new Int32Array(batch.count).fill(-1);
  const totals = { accepted: 0, rejected: 0, lost: 0, twice: 0, wrong: 0 };
  let next = 0;
  let oldest = 0;
  let lastSent = 0;
  let lastAnswer = 0;
  const { promise, resolve } = Promise.withResolvers<Outcome>();
  const started = performance.now();

  function send(): void {
    const index = next % batch.count;
    next += 1;
    requests[index] = next - 1;
    states[next - 1] = WAITING;
    lastSent = performance.now();
    sentAt[next - 1] = lastSent;
    batch.send(index);
    if (next === count) x.sent();
  }

  function settled(): void {
    if ('outstanding' in pace && next < count) send();
    while (oldest < next && states[oldest] !== WAITING) oldest += 1;
    if (oldest === count) finish();
  }

  function hear(index: number, verdict: Verdict): void {
    const request = requests[index] ?? -1;
    if (verdict === 'wrong' || request < 0) {
      totals.wrong += 1;
      return;
    }
    // Too late for its client: it has been counted as lost.
    if (states[request] === LOST) return;
    if (states[request] === ANSWERED) {
      totals.twice += 1;
      return;
    }
    const now = performance.now();
    lastAnswer = now;
    states[request] = ANSWERED;
    totals[verdict] += 1;
    if (verdict === 'accepted') {
      const tenth = Math.floor((now - started) / TENTH);
      tenths[tenth] = (tenths[tenth] ?? 0) + 1;
      if (latencies.length < MAX_LATENCIES) latencies.push(now - (sentAt[request] ?? now));
    }
    settled();
  }

  const look = setInterval(() => {
    const limit = performance.now() - patience;
    for (let at = oldest; at < next && (sentAt[at] ?? limit) < limit; at += 1) {
      if (states[at] !== WAITING) continue;
      states[at] = LOST;
      totals.lost += 1;
      settled();
    }
  }, LOOK_EVERY);

  function finish(): void {
    clearInterval(look);
    resolve({
      sent: count,
      ...totals,
      sendingSeconds: (lastSent - started) / 1_000,
      seconds: (Math.max(lastAnswer, lastSent) - started) / 1_000,
      tenths: Array.from(tenths, (accepts) => accepts ?? 0),
      latencies: latencies.map((ms) => Math.round(ms * 1_000) / 1_000).toSorted((a, b) => a - b),
    });
  }

  batch.hear(hear);
  if ('outstanding' in pace) for (let at = Math.min(pace.outstanding, count); at > 0; at -= 1) send();
  else void byTheClock(count, pace.perSecond, send);
  return promise;
}

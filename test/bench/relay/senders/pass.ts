import { cpuMicroseconds } from '../../machine/cpu.ts';
import type { Verdict } from './answers.ts';
import type { Batch } from './batch.ts';
import type { AtFault, Outcome, Pace } from './messages.ts';
import { byTheClock } from './pace.ts';

/** How often requests are looked through for those that waited too long, in ms. */
const LOOK_EVERY = 50;
const MAX_LATENCIES = 100_000;
const TENTH = 100;

const WAITING = 1;
const ANSWERED = 2;
const LOST = 3;
const LATE = 4;

/**
 * Sends `count` packets of a batch in order, from its first one again where there are more, and takes the time of
 * each from its own sending: by the clock too, since the sending does not wait for answers.
 */
export function runPass(
  batch: Batch,
  x: { count: number; pace: Pace; patience: number; atFault: AtFault },
): Promise<Outcome> {
  const { count, pace, patience, atFault } = x;
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
  const over = new AbortController();
  const { promise, resolve } = Promise.withResolvers<Outcome>();
  const started = performance.now();
  const usedBefore = cpuMicroseconds();

  function send(): void {
    const index = next % batch.count;
    next += 1;
    requests[index] = next - 1;
    states[next - 1] = WAITING;
    lastSent = performance.now();
    sentAt[next - 1] = lastSent;
    batch.send(index);
  }

  function settled(): void {
    if ('outstanding' in pace && next < count) send();
    while (oldest < next && states[oldest] !== WAITING) oldest += 1;
    if (oldest < count) return;
    clearInterval(look);
    setTimeout(finish, atFault === 'end' ? 0 : atFault.listenFor);
  }

  function fault(): void {
    if (atFault === 'end') finish();
  }

  function hear(index: number, verdict: Verdict): void {
    if (over.signal.aborted) return;
    const request = requests[index] ?? -1;
    if (verdict === 'wrong' || request < 0) {
      totals.wrong += 1;
      return void fault();
    }
    const state = states[request];
    if (state === ANSWERED || state === LATE) {
      totals.twice += 1;
      return void fault();
    }
    if (state === LOST) {
      // It has been counted as lost; that it was refused besides is another fault, that it was accepted is none.
      states[request] = LATE;
      if (verdict === 'rejected') totals.rejected += 1;
      return;
    }
    const now = performance.now();
    lastAnswer = now;
    states[request] = ANSWERED;
    totals[verdict] += 1;
    if (verdict === 'rejected') fault();
    else {
      const tenth = Math.floor((now - started) / TENTH);
      tenths[tenth] = (tenths[tenth] ?? 0) + 1;
      if (latencies.length < MAX_LATENCIES) latencies.push(now - (sentAt[request] ?? now));
    }
    if (!over.signal.aborted) settled();
  }

  const look = setInterval(() => {
    const limit = performance.now() - patience;
    for (let at = oldest; at < next && (sentAt[at] ?? limit) < limit; at += 1) {
      if (states[at] !== WAITING) continue;
      states[at] = LOST;
      totals.lost += 1;
      if (atFault === 'end') return finish();
      settled();
    }
  }, LOOK_EVERY);

  function finish(): void {
    clearInterval(look);
    over.abort();
    const used = cpuMicroseconds() - usedBefore;
    resolve({
      sent: next,
      ...totals,
      sendingSeconds: (lastSent - started) / 1_000,
      seconds: (Math.max(lastAnswer, lastSent) - started) / 1_000,
      cpuSeconds: used / 1e6,
      tenths: Array.from(tenths, (accepts) => accepts ?? 0),
      latencies: latencies.map((ms) => Math.round(ms * 1_000) / 1_000).toSorted((a, b) => a - b),
    });
  }

  batch.hear(hear);
  if ('outstanding' in pace) for (let at = Math.min(pace.outstanding, count); at > 0; at -= 1) send();
  else void byTheClock(count, pace.perSecond, send, over.signal);
  return promise;
}

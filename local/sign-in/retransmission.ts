/** How long a request is tried, in milliseconds; the names are those of RFC 5080 §2.2.1. */
export interface Retransmission {
  /** IRT: before the first repeat. */
  readonly initial: number;
  /** MRT: the longest wait between two repeats. */
  readonly longest: number;
  /** MRC: at most so many repeats. */
  readonly count: number;
  /** MRD: when the request is given up, whatever is still to be repeated. */
  readonly duration: number;
}

/** The values of RFC 5080 §2.2.1, but with a person's time to answer a prompt on a phone. */
export const PATIENT: Retransmission = { initial: 2000, longest: 16_000, count: 5, duration: 60_000 };

/**
 * When the repeats of a request are sent, in milliseconds after the first transmission: RT = IRT + RAND·IRT, then
 * 2·RT + RAND·RT and never above MRT + RAND·MRT (RFC 5080 §2.2.1).
 *
 * @param random gives numbers from 0 up to 1, from which RAND is drawn, -0.1 to 0.1
 */
export function repeatTimes(plan: Retransmission, random: () => number): number[] {
  const spread = (): number => (random() - 0.5) / 5;
  const times: number[] = [];
  let wait = plan.initial * (1 + spread());
  let at = wait;
  while (times.length < plan.count && at < plan.duration) {
    times.push(at);
    wait = Math.min(wait * (2 + spread()), plan.longest * (1 + spread()));
    at += wait;
  }
  return times;
}

/** What a message to the functions' host and back takes, without what the functions do in between. */
export interface RoundTrip {
  /** Milliseconds, smoothed; 0 until something was measured. */
  readonly estimate: number;
  /** Something the other end answers at once: a TCP handshake, an HTTP/2 ping. */
  measured(ms: number): void;
  /** A whole call. It holds the functions' work too, so it can only show that the estimate is too high. */
  atMost(ms: number): void;
}

/** Smoothed as TCP does it (RFC 6298 §2.3: one eighth of each new sample). */
export function createRoundTrip(): RoundTrip {
  let estimate: number | undefined;
  const measured = (ms: number) => {
    if (ms >= 0) estimate = estimate === undefined ? ms : estimate + (ms - estimate) / 8;
  };
  return {
    get estimate() {
      return estimate ?? 0;
    },
    measured,
    atMost(ms) {
      if (estimate !== undefined && ms < estimate) measured(ms);
    },
  };
}

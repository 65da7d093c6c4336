import type { Answer } from '../../relay-call/answer.ts';
import type { Frame } from '../../relay-call/framing.ts';
import type { RadiusSource } from '../../relay-call/source.ts';
import type { CloudFault } from './faults.ts';

/** One RADIUS packet on its way up. Its octets must not change until the answer is there. */
export interface CloudCall {
  readonly frame: Frame;
  readonly source: RadiusSource;
  /** When the datagram came, `clock.monotonic()` in ms. */
  readonly arrived: number;
  /** How long its sender waits from then on, in ms. */
  readonly patience: number;
  /** Ends the call when nobody wants its answer any more; it is then `stopped`. */
  readonly signal: AbortSignal;
}

/** What came of it: an answer, or nothing (not begun, perhaps begun, out of time, ended by its signal). */
export type CloudAnswer =
  | Answer
  | { readonly kind: 'unreachable'; readonly code: CloudFault }
  | { readonly kind: 'broken'; readonly code: CloudFault }
  | { readonly kind: 'late' }
  | { readonly kind: 'stopped' };

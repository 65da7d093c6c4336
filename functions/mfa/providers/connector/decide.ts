import type { MfaReject, Outcome } from '../../outcome.ts';
import type { BeginAnswer } from './response.ts';
import { meaningOf, SUCCESS } from './results.ts';

/** What was asked, and when it was answered. */
export interface Asked {
  readonly upn: string;
  readonly userObjectId: string;
  readonly contextId: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Decides on the answer to a request that waited for the user (entra.md 1.6, "How to decide"). It takes two signs to
 * approve, `true` and `Success`, and no sign of another user; whatever else comes is a reject.
 */
export function decide(answer: BeginAnswer, asked: Asked): Outcome {
  const { value, authenticationResult, sessionId, upn } = answer;
  const result = foldAscii(authenticationResult ?? '');
  if (result === 'true') {
    const ours = upn === undefined || upn === '' || foldAscii(upn) === foldAscii(asked.upn);
    if (value !== SUCCESS || !ours) return rejected('mfa-answer-contradictory', value);
    const { userObjectId, at, contextId } = asked;
    const session = sessionId !== undefined && GUID.test(sessionId) ? { sessionId } : {};
    return {
      kind: 'approved',
      proof: { method: 'connector', userObjectId, at, evidence: { contextId, ...session } },
    };
  }
  // Which Result/Value comes with it is not known.
  if (result === 'challenge') return { kind: 'rejected', code: 'mfa-code-needed' };
  if (value === SUCCESS) return rejected('mfa-answer-contradictory', value);
  return rejected(meaningOf(value ?? '') ?? 'mfa-answer-unknown', value);
}

function rejected(code: MfaReject, value: string | undefined): Outcome {
  const known = value !== undefined && (value === SUCCESS || meaningOf(value) !== undefined);
  return known ? { kind: 'rejected', code, detail: value } : { kind: 'rejected', code };
}

/** Entra's names are ASCII; folding more would take the Kelvin sign for a k. */
function foldAscii(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

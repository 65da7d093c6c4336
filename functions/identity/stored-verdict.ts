import type { PasswordAnswer } from '../entra/password/check.ts';
import type { PasswordVerdict } from './directory.ts';

/** What a directory said, to which question (its id), and when (milliseconds since the epoch). */
export interface StoredVerdict {
  readonly question: string;
  readonly answer: PasswordAnswer;
  readonly at: number;
}

/** All in milliseconds. For a definite verdict: longer than the retries of any RADIUS client. */
const KEPT = 60_000;
/** A crowd must not ask a failing service one after the other. */
const UNAVAILABLE_KEPT = 2_000;
/** The password may have been counted as wrong already. */
const BROKEN_OFF_KEPT = 10_000;
/** The clocks of two instances may differ by so much. */
const CLOCKS_DIFFER = 5_000;

/** For how many milliseconds an answer is used again. */
export function keepFor(answer: PasswordAnswer): number {
  if (answer.kind !== 'unavailable') return KEPT;
  const least = answer.code === 'password-check-broken-off' ? BROKEN_OFF_KEPT : UNAVAILABLE_KEPT;
  return Math.min(Math.max(least, answer.retryAfter), KEPT);
}

/** The store forgets by the wall clock, and one that was set back would keep a verdict alive. */
export function isFresh({ answer, at }: StoredVerdict, now: number): boolean {
  const age = now - at;
  return age < keepFor(answer) && age > -CLOCKS_DIFFER;
}

/** @param reused the answer is that of another's question */
export function verdictOf({ question, answer }: StoredVerdict, reused: boolean): PasswordVerdict {
  const told = answer.number === undefined ? undefined : `AADSTS${answer.number}`;
  const asked = { question, reused, ...(told === undefined ? {} : { answer: told }) };
  switch (answer.kind) {
    case 'right':
      return { kind: 'right', ...(answer.note === undefined ? {} : { note: answer.note }), asked };
    case 'wrong':
      return { kind: 'wrong', asked };
    case 'refused':
      return { kind: 'refused', code: answer.code, asked };
    case 'cannot-verify':
      return { kind: 'cannot-verify', code: answer.code, ...detailOf(told), asked };
    case 'unavailable':
      return { kind: 'unavailable', code: answer.code, ...detailOf(told ?? answer.detail), asked };
  }
}

function detailOf(detail: string | undefined): { readonly detail?: string } {
  return detail === undefined || detail === '' ? {} : { detail };
}

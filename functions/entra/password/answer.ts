import { memberOf, numbersOf } from '../aadsts.ts';
import type { PasswordAnswer } from './check.ts';
import { MEANINGS, type Meaning } from './numbers.ts';

/** What came back from the token endpoint. */
export interface Received {
  /** HTTP. */
  readonly status: number;
  /** Undefined where there was more than any true answer holds. */
  readonly octets: Buffer | undefined;
  /** Milliseconds; 0 where it does not say. */
  readonly retryAfter: number;
}

/** What an answer means, with the milliseconds for which Entra wants to be left alone. */
export type Understood = Meaning & Pick<PasswordAnswer, 'number'> & { readonly detail: string };

/** Whose password was asked about. */
interface About {
  /** GUIDs; letter case does not matter. */
  readonly tenantId: string;
  readonly objectId: string;
}

/** Nothing of the answer but its number gets through: no text, and no token. */
export function understood({ status, octets }: Received, about: About): Understood {
  const detail = `HTTP ${status}`;
  if (status === 200) {
    return isAbout(tokenClaims(memberOf(parsed(octets), 'id_token')), about)
      ? { kind: 'right', detail }
      : { kind: 'unavailable', code: 'password-check-answer-unusable', detail };
  }
  const number = decisive(numbersOf(parsed(octets)));
  const told = { detail, ...(number === undefined ? {} : { number }) };
  if (status === 429) return { kind: 'unavailable', code: 'password-check-throttled', ...told };
  const meaning = number === undefined ? undefined : MEANINGS.get(number);
  // A service that fails has decided nothing about a password, whatever number stands there. Without one that is known
  // to pass, it may have counted the password: somebody between us and Entra may have answered.
  if (status >= 500) {
    return meaning?.kind === 'unavailable'
      ? { ...meaning, ...told }
      : { kind: 'unavailable', code: 'password-check-broken-off', ...told };
  }
  if (status < 400) return { kind: 'unavailable', code: 'password-check-answer-unusable', ...told };
  if (meaning !== undefined) return { ...meaning, ...told };
  return number === undefined
    ? { kind: 'unavailable', code: 'password-check-fault', ...told }
    : { kind: 'cannot-verify', code: 'refused-by-entra', ...told };
}

/** Several numbers say that the password was right, or that one more question is harmless, only if each of them does. */
function decisive(numbers: readonly string[]): string | undefined {
  return numbers.find((number) => !isHarmless(MEANINGS.get(number))) ?? numbers[0];
}

function isHarmless(meaning: Meaning | undefined): boolean {
  return meaning?.kind === 'right' || (meaning?.kind === 'unavailable' && meaning.because === 'again');
}

/** The token comes from its issuer itself over TLS, so its signature proves no more (OpenID Connect Core 3.1.3.7). */
function isAbout(claims: unknown, { tenantId, objectId }: About): boolean {
  const same = (claim: unknown, id: string) =>
    typeof claim === 'string' && claim.toLowerCase() === id.toLowerCase();
  return same(memberOf(claims, 'tid'), tenantId) && same(memberOf(claims, 'oid'), objectId);
}

function tokenClaims(token: unknown): unknown {
  const payload = typeof token === 'string' ? /^[\w-]+\.([\w-]+)\.[\w-]+$/.exec(token)?.[1] : undefined;
  return payload === undefined ? undefined : parsed(Buffer.from(payload, 'base64url'));
}

/** Undefined where it is no JSON. */
function parsed(octets: Buffer | undefined): unknown {
  try {
    return octets === undefined ? undefined : JSON.parse(octets.toString('utf8'));
  } catch {
    return undefined;
  }
}

import type { Clock } from '../../../../relay-call/clock.ts';
import { TokenUnavailable } from '../../../entra/faults.ts';
import type { TokenSource } from '../../../entra/token.ts';
import { type Sleep, systemSleep } from '../../../store/sleep.ts';
import type { Attempt } from '../../attempt.ts';
import type { MfaProvider, Watched } from '../../provider.ts';
import { type Called, connectorCall } from './call.ts';
import { decide } from './decide.ts';
import { writeBegin } from './request.ts';
import { readBeginAnswer } from './response.ts';

export interface ConnectorParts {
  /** What the methods are appended to, `https://host/path` (functions/entra/clouds.ts). */
  readonly connectorUrl: string;
  /** Gives tokens for the connector. */
  readonly token: TokenSource;
  /** A culture name as `en-us`. */
  readonly language: string;
  /** Milliseconds from the call's start to the last octet of its answer; the user's time is part of it. */
  readonly patience: number;
  readonly clock: Clock;
  readonly fetch?: typeof globalThis.fetch;
  readonly sleep?: Sleep;
}

type NotBegun = Extract<Watched, { kind: 'not-begun' }>;

/** The fault's code and, behind it, the number or code that it rests on. */
function detailOf(error: unknown): { readonly detail?: string } {
  if (!(error instanceof TokenUnavailable)) return {};
  return { detail: `${error.code} ${error.detail}`.trimEnd() };
}

/**
 * Microsoft's MFA connector, which the NPS extension calls too; there is no published contract (entra.md 1). It
 * rings, and holds the connection until the user has answered. Every attempt is one request; it is sent again only
 * after 401, with a new token.
 */
export function connectorProvider(parts: ConnectorParts): MfaProvider {
  const { token, clock, patience, language, sleep = systemSleep } = parts;
  const call = connectorCall(
    `${parts.connectorUrl}/BeginTwoWayAuthentication`,
    parts.fetch ?? globalThis.fetch,
  );

  async function bearer(signal: AbortSignal): Promise<string | NotBegun> {
    try {
      const given = await token.get(signal);
      signal.throwIfAborted();
      return given;
    } catch (error) {
      if (signal.aborted) return { kind: 'not-begun', code: 'given-up' };
      return { kind: 'not-begun', code: 'token-unavailable', ...detailOf(error) };
    }
  }

  async function ask(body: string, first: string, signal: AbortSignal): Promise<Called> {
    const called = await call({ token: first, body, signal });
    if (called.kind !== 'unauthorized') return called;
    token.discard(first);
    const second = await bearer(signal);
    return typeof second === 'string' ? call({ token: second, body, signal }) : second;
  }

  function understood(attempt: Attempt, called: Called): Watched {
    if (called.kind === 'unauthorized') return { kind: 'not-begun', code: 'connector-unauthorized' };
    if (called.kind !== 'answered') return called;
    const answer = readBeginAnswer(called.octets);
    if (answer === undefined) return { kind: 'lost', code: 'answer-unreadable' };
    const { upn, objectId: userObjectId } = attempt.user;
    const asked = { upn, userObjectId, contextId: attempt.id, at: clock.now() };
    return { kind: 'outcome', outcome: decide(answer, asked) };
  }

  return {
    name: 'connector',
    can: { poll: false, code: false, text: false },
    async begin(attempt, signal) {
      const body = writeBegin({ upn: attempt.user.upn, language, contextId: attempt.id });
      if (body === undefined) return { kind: 'not-begun', code: 'upn-unusable' };
      const first = await bearer(signal);
      if (typeof first !== 'string') return first;

      const over = new AbortController();
      const ended = new AbortController();
      sleep(patience, ended.signal).then(
        () => over.abort(),
        () => undefined,
      );
      const watched = ask(body, first, over.signal)
        .then((called) => understood(attempt, called))
        .finally(() => ended.abort());
      return { kind: 'begun', watch: () => watched, abandon: () => over.abort() };
    },
  };
}

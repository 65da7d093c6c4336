import type { Clock } from '../../../relay-call/clock.ts';
import { abortable } from '../../azure/abortable.ts';
import { CertificateUnusable, VaultUnreachable } from '../../keyvault/faults.ts';
import { type Sleep, systemSleep } from '../../store/sleep.ts';
import { type Understood, understood } from './answer.ts';
import { tokenCall } from './call.ts';
import type { CheckPassword, PasswordAnswer } from './check.ts';
import type { PasswordCheckFault } from './codes.ts';
import { formOf } from './form.ts';

/** Where passwords are checked, and as whom. */
export interface PasswordCheckParts {
  /** GUID. */
  readonly tenantId: string;
  /** Of the app registration for password checks. */
  readonly clientId: string;
  /** `https://host`. */
  readonly authorityHost: string;
  /** Proves that it is us who ask. May throw VaultUnreachable and CertificateUnusable. */
  readonly assertion: (tokenEndpoint: string) => Promise<string>;
  /** Told when Entra does not accept the assertion, or its certificate cannot be used. */
  readonly assertionRefused: () => void;
  readonly clock: Clock;
  /** Milliseconds for one check with everything that it needs. Default 10,000. */
  readonly patience?: number;
  readonly fetch?: typeof globalThis.fetch;
  readonly sleep?: Sleep;
}

type Unavailable = Extract<PasswordAnswer, { kind: 'unavailable' }>;
type Heard = Understood & { readonly retryAfter: number };

/**
 * An id_token tells the object id only to who asks for the profile
 * (https://learn.microsoft.com/entra/identity-platform/id-token-claims-reference, `oid`).
 */
const SCOPE = 'openid profile';

/** All in milliseconds. */
const defaultPatience = 10_000;
const BEFORE_AGAIN = 500;
/** With less left than this a question would only be broken off. */
const WORTH_ASKING = 1_500;
const LONGEST_RETRY_AFTER = 60_000;
/** Entra refuses more without saying for how long. */
const UNSAID = 2_000;
/** Entra names no time when it takes us for a loop. */
const LOOP_PAUSE = 10_000;
const LOOP = '50196';
/** The detail of a signature that came too late. */
const LATE = 'vault-unreachable';

/**
 * Checks passwords by the resource owner password credentials grant (entra.md 3;
 * https://learn.microsoft.com/entra/identity-platform/v2-oauth-ropc). Without `offline_access` there is no refresh
 * token, and the tokens that come are dropped here.
 *
 * A question is asked again, once, only where Entra has said by a number that it failed for a moment: after a broken
 * connection, or an answer of somebody in between, it may have counted the password.
 */
export function passwordCheck(x: PasswordCheckParts): CheckPassword {
  const { tenantId, clientId, clock, patience = defaultPatience, sleep = systemSleep } = x;
  const endpoint = `${x.authorityHost}/${tenantId}/oauth2/v2.0/token`;
  const call = tokenCall(endpoint, () => clock.now(), x.fetch ?? globalThis.fetch);
  /** Monotonic. Nothing is asked before. */
  let leftAlone = Number.NEGATIVE_INFINITY;

  function stillLeftAlone(): Unavailable | undefined {
    const left = leftAlone - clock.monotonic();
    return left > 0 ? unavailable('password-check-throttled', '', left) : undefined;
  }

  async function signed(over: AbortSignal): Promise<string | Unavailable> {
    try {
      return await abortable(x.assertion(endpoint), over);
    } catch (error) {
      if (error instanceof CertificateUnusable) {
        x.assertionRefused();
        return unavailable('password-check-certificate-unusable', error.code);
      }
      if (over.aborted) return unavailable('password-check-signing-unavailable', LATE);
      return unavailable('password-check-signing-unavailable', nameOf(error));
    }
  }

  async function ask(
    asked: Parameters<CheckPassword>[0],
    assertion: string,
    signal: AbortSignal,
  ): Promise<Heard> {
    const body = formOf({
      client_id: clientId,
      grant_type: 'password',
      scope: SCOPE,
      username: asked.upn,
      password: asked.password,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertion,
    });
    const called = await call({ body, id: asked.id, signal });
    if (called.kind === 'unavailable') return unavailable(called.code, called.detail);
    const answer = understood(called, { tenantId, objectId: asked.objectId });
    const retryAfter = Math.min(called.retryAfter, LONGEST_RETRY_AFTER);
    if (answer.kind !== 'unavailable') return { ...answer, retryAfter };
    if (answer.because === 'assertion') x.assertionRefused();
    // A loop is one user's, and no reason to leave the others waiting.
    if (answer.number === LOOP) return { ...answer, retryAfter: Math.max(retryAfter, LOOP_PAUSE) };
    if (answer.code !== 'password-check-throttled') return { ...answer, retryAfter };
    const pause = retryAfter > 0 ? retryAfter : UNSAID;
    leftAlone = Math.max(leftAlone, clock.monotonic() + pause);
    return { ...answer, retryAfter: pause };
  }

  async function check(asked: Parameters<CheckPassword>[0], over: AbortSignal): Promise<PasswordAnswer> {
    if (asked.signal.aborted) return unavailable('password-check-broken-off');
    const end = clock.monotonic() + patience;
    const assertion = stillLeftAlone() ?? (await signed(over));
    if (asked.signal.aborted) return unavailable('password-check-broken-off');
    if (typeof assertion !== 'string') return assertion;
    // Another's question may have been answered while ours was signed.
    const throttled = stillLeftAlone();
    if (throttled !== undefined) return throttled;
    // Broken off, the question would count and its answer would not.
    if (clock.monotonic() + WORTH_ASKING > end)
      return unavailable('password-check-signing-unavailable', LATE);
    const first = await ask(asked, assertion, over);
    if (first.kind !== 'unavailable' || first.because !== 'again') return answerOf(first);
    const pause = Math.max(first.retryAfter, BEFORE_AGAIN);
    if (clock.monotonic() + pause + WORTH_ASKING > end) return answerOf(first);
    try {
      await sleep(pause, over);
    } catch {
      return answerOf(first);
    }
    return stillLeftAlone() ?? answerOf(await ask(asked, assertion, over));
  }

  return async (asked) => {
    const patienceOver = new AbortController();
    const ended = new AbortController();
    sleep(patience, ended.signal).then(
      () => patienceOver.abort(),
      () => undefined,
    );
    try {
      return await check(asked, AbortSignal.any([patienceOver.signal, asked.signal]));
    } finally {
      ended.abort();
    }
  };
}

function unavailable(code: PasswordCheckFault, detail = '', retryAfter = 0): Unavailable {
  return { kind: 'unavailable', code, detail, retryAfter };
}

/** Only what the answer is to hold. */
function answerOf(heard: Heard): PasswordAnswer {
  const number = heard.number === undefined ? {} : { number: heard.number };
  if (heard.kind === 'unavailable') {
    return { ...unavailable(heard.code, heard.detail, heard.retryAfter), ...number };
  }
  const { detail: _detail, retryAfter: _retryAfter, ...answer } = heard;
  return answer;
}

/** Never a message: it could quote what was to be signed. */
function nameOf(error: unknown): string {
  if (error instanceof VaultUnreachable) return error.code;
  return error instanceof Error ? error.name : '';
}

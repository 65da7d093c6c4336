import { onTestFinished } from 'vitest';
import type { CheckPassword, PasswordAnswer } from '../../../../functions/entra/password/check.ts';
import { type PasswordCheckParts, passwordCheck } from '../../../../functions/entra/password/ropc.ts';
import type { Sleep } from '../../../../functions/store/sleep.ts';
import { type Answer, connectorServer, says } from '../../mfa/providers/connector/server.ts';
import { manualTime } from '../../store/time.ts';

export const TENANT = '6f1d2b0e-8c53-4f2b-9b1e-1f2a7c9d4e10';
export const CLIENT = '00001111-aaaa-2222-bbbb-3333cccc4444';
export const ALICE = '0d6c1a5e-1111-4c3e-9a51-6a2d6f5b7c01';
export const QUESTION = '11111111-2222-4333-8444-555555555555';
export const PASSWORD = 'correct horse & battery = staple';
export const ASSERTION = 'eyJhbGciOiJQUzI1NiJ9.eyJhc3NlcnRpb24iOiJzZWNyZXQifQ.c2lnbmF0dXJl';

export const json = (value: unknown, status: number, headers: Record<string, string> = {}): Answer =>
  says(typeof value === 'string' ? value : JSON.stringify(value), status, {
    'content-type': 'application/json; charset=utf-8',
    ...headers,
  });

/** An error as Entra writes it (entra.md 3.1). */
export function refusal(number: number, change: Record<string, unknown> = {}): object {
  return {
    error: 'invalid_grant',
    error_description: `AADSTS${number}: A sentence about ${PASSWORD}. Trace ID: fe370167 Timestamp: 2026-01-25 19:49:04Z`,
    error_codes: [number],
    timestamp: '2026-01-25 19:49:04Z',
    trace_id: 'fe370167-0bac-4a7c-98c7-b1df1d63f801',
    correlation_id: QUESTION,
    error_uri: `https://login.microsoftonline.com/error?code=${number}`,
    ...change,
  };
}

export function refuses(number: number, status = 400, headers: Record<string, string> = {}): Answer {
  return json(refusal(number), status, headers);
}

export function idToken(claims: unknown): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'RS256', typ: 'JWT' })}.${part(claims)}.c2lnbmF0dXJl`;
}

export function tokens(claims: unknown = { oid: ALICE, tid: TENANT, preferred_username: 'alice' }): object {
  return {
    token_type: 'Bearer',
    scope: 'openid profile email',
    expires_in: 3599,
    ext_expires_in: 3599,
    access_token: 'eyJ0eXAiOiJKV1Qi.access.token',
    id_token: idToken(claims),
  };
}

/** A token endpoint that answers so, and the check in front of it. Time and pauses are the test's. */
export async function rigged(answers: readonly Answer[], x: Partial<PasswordCheckParts> = {}) {
  const server = await connectorServer(answers);
  onTestFinished(() => server.close());
  const time = manualTime();
  const patience = x.patience ?? 10_000;
  const pauses: number[] = [];
  const refused: string[] = [];
  const assertedFor: string[] = [];
  // Patience runs by the hand; what the check pauses for passes at once.
  const sleep: Sleep = async (ms, signal) => {
    if (ms === patience) return time.sleep(ms, signal);
    signal.throwIfAborted();
    pauses.push(ms);
  };
  const check = passwordCheck({
    tenantId: TENANT,
    clientId: CLIENT,
    authorityHost: new URL(server.url).origin,
    assertion: (endpoint) => {
      assertedFor.push(endpoint);
      return Promise.resolve(ASSERTION);
    },
    assertionRefused: () => refused.push('refused'),
    clock: time.clock,
    sleep,
    ...x,
  });
  const ask = (change: Partial<Parameters<CheckPassword>[0]> = {}): Promise<PasswordAnswer> =>
    check({
      upn: 'alice@contoso.example',
      objectId: ALICE,
      password: Buffer.from(PASSWORD),
      id: QUESTION,
      signal: new AbortController().signal,
      ...change,
    });
  return { server, time, pauses, refused, assertedFor, ask };
}

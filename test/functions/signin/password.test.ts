import { describe, expect, test } from 'vitest';
import type { PasswordVerdict, User } from '../../../functions/identity/directory.ts';
import { StoreUnreachable } from '../../../functions/store/port.ts';
import { CODE } from '../../../relay-call/framing.ts';
import { pap } from '../exchange/requests.ts';
import { IRIS, PASSWORD, problemOf, rig } from '../exchange/rig.ts';

const ENTRA = { from: '192.0.2.90', deadline: 30_000 };
const QUESTION = '1f2e3d4c-0000-4000-8000-000000000001';

/** A bridge whose Entra knows Iris. */
function knowing(verdict: PasswordVerdict, user: User = IRIS) {
  const bridge = rig();
  bridge.entra.find(() => ({ kind: 'found', user }));
  bridge.entra.verify(() => verdict);
  return bridge;
}

const signIn = (bridge: ReturnType<typeof rig>) =>
  bridge.call({ packet: pap('iris@contoso.example'), ...ENTRA });

describe('a password that Entra is asked about', () => {
  test('goes with the id of the sign-in, which the record says to look for', async () => {
    const bridge = knowing({ kind: 'right' });
    let password = '';
    bridge.entra.verify(({ id }, octets) => {
      password = octets.toString('utf8');
      return { kind: 'right', asked: { question: id, reused: false } };
    });
    const answer = await signIn(bridge);
    expect(answer.body?.[0]).toBe(CODE.accessAccept);
    expect(password).toBe(PASSWORD);
    const [record] = bridge.records();
    expect(bridge.entra.asked[0]).toMatchObject({
      name: 'iris@contoso.example',
      question: { id: record?.id },
    });
    expect(record).toMatchObject({
      reason: 'accepted',
      user: { directory: 'entra', id: IRIS.id, entraObjectId: IRIS.id },
      password: { question: record?.id, reused: false },
    });
  });

  test.each(['mfa-demanded', 'mfa-enrolment-demanded'] as const)(
    'is right when Entra demands more besides (%s): the policy says what is needed; the record says so',
    async (note) => {
      const asked = { question: QUESTION, reused: true, answer: 'AADSTS50076' };
      const bridge = knowing({ kind: 'right', note, asked });
      const answer = await signIn(bridge);
      expect(answer.body?.[0]).toBe(CODE.accessAccept);
      const [record] = bridge.records();
      expect(record?.password).toEqual(asked);
      expect(record?.steps).toContainEqual(expect.objectContaining({ step: 'password', result: note }));
    },
  );

  test('is wrong: a reject that tells the client nothing more', async () => {
    const bridge = knowing({
      kind: 'wrong',
      asked: { question: QUESTION, reused: false, answer: 'AADSTS50126' },
    });
    const answer = await signIn(bridge);
    expect(answer.body?.[0]).toBe(CODE.accessReject);
    expect(answer.body).toHaveLength(38);
    expect(bridge.records()).toMatchObject([
      { reason: 'wrong-password', password: { answer: 'AADSTS50126' } },
    ]);
  });

  test('cannot be verified: the record says why, with the number', async () => {
    const bridge = knowing({ kind: 'cannot-verify', code: 'refused-by-entra', detail: 'AADSTS99999' });
    expect((await signIn(bridge)).body?.[0]).toBe(CODE.accessReject);
    expect(bridge.records()).toMatchObject([
      { reason: 'password-not-verifiable', detail: 'refused-by-entra AADSTS99999' },
    ]);
  });

  test('is not asked about while Entra does not answer: silence, told as begun', async () => {
    const bridge = knowing({ kind: 'unavailable', code: 'password-check-failing', detail: 'HTTP 503' });
    const answer = await signIn(bridge);
    expect(answer.status).toBe(503);
    expect(problemOf(answer)).toMatchObject({ code: 'directory-unavailable', begun: true });
    expect(bridge.records()).toMatchObject([
      { outcome: 'silence', detail: 'password-check-failing HTTP 503' },
    ]);
  });

  test('is not asked about without the store: silence with a record, told as begun', async () => {
    const bridge = knowing({ kind: 'right' });
    bridge.entra.verify(() => {
      throw new StoreUnreachable();
    });
    const answer = await signIn(bridge);
    expect(problemOf(answer)).toMatchObject({ code: 'directory-unavailable', begun: true });
    expect(bridge.records()).toMatchObject([
      { reason: 'directory-unavailable', detail: 'store-unreachable' },
    ]);
  });

  test('is told as too late when the client has gone meanwhile, also where the check is broken off', async () => {
    const bridge = knowing({ kind: 'right' });
    bridge.entra.verify(
      ({ signal }) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    );
    const answer = bridge.call({ packet: pap('iris@contoso.example'), ...ENTRA, deadline: 2_000 });
    await bridge.time.advance(2_000);
    expect(problemOf(await answer)).toMatchObject({ code: 'deadline-passed' });
    expect(bridge.records()).toMatchObject([{ reason: 'out-of-time' }]);
  });

  test('is forgotten afterwards', async () => {
    const bridge = knowing({ kind: 'right' });
    let kept: Buffer | undefined;
    bridge.entra.verify((_, octets) => {
      kept = octets;
      return { kind: 'right' };
    });
    await signIn(bridge);
    expect(kept).toEqual(Buffer.alloc(PASSWORD.length));
  });

  test('does not let in a disabled user', async () => {
    const bridge = knowing({ kind: 'right' }, { ...IRIS, enabled: false });
    expect((await signIn(bridge)).body?.[0]).toBe(CODE.accessReject);
    expect(bridge.records()).toMatchObject([{ reason: 'user-disabled' }]);
  });
});

describe('a look-up that does not find exactly one user', () => {
  test.each([
    [{ kind: 'unknown-domain', code: 'bare-name-not-read' }, 'unknown-domain', 'bare-name-not-read'],
    [{ kind: 'ambiguous-user' }, 'ambiguous-user', undefined],
    [{ kind: 'unknown-user' }, 'unknown-user', undefined],
  ] as const)('%j: a reject', async (lookup, reason, detail) => {
    const bridge = rig();
    bridge.entra.find(() => lookup);
    expect((await signIn(bridge)).body?.[0]).toBe(CODE.accessReject);
    const [record] = bridge.records();
    expect(record).toMatchObject({ reason });
    expect(record?.detail).toBe(detail);
  });

  test('unavailable: silence, with what it rests on', async () => {
    const bridge = rig();
    bridge.entra.find(() => ({ kind: 'unavailable', code: 'graph-throttled', detail: 'HTTP 429' }));
    expect((await signIn(bridge)).status).toBe(503);
    expect(bridge.records()).toMatchObject([
      { reason: 'directory-unavailable', detail: 'graph-throttled HTTP 429' },
    ]);
  });

  test('broken off when the client has gone: too late', async () => {
    const bridge = rig();
    bridge.entra.find(
      ({ signal }) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    );
    const answer = bridge.call({ packet: pap('iris@contoso.example'), ...ENTRA, deadline: 2_000 });
    await bridge.time.advance(2_000);
    await answer;
    expect(bridge.records()).toMatchObject([{ reason: 'out-of-time' }]);
  });
});

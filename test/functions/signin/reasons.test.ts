import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { PasswordRefusal } from '../../../functions/entra/password/codes.ts';
import type { Question } from '../../../functions/identity/directory.ts';
import { MFA_REJECTS, type MfaReject } from '../../../functions/mfa/outcome.ts';
import { SIGN_IN_REASONS, type SignInReason } from '../../../functions/signin/reasons.ts';
import { CODE } from '../../../relay-call/framing.ts';
import { pap, rdGateway } from '../exchange/requests.ts';
import { type CallDraft, IRIS, rig } from '../exchange/rig.ts';
import { attribute, CHAP_PASSWORD, microsoft, signed, USER_NAME } from '../radius/packets.ts';

type Bridge = ReturnType<typeof rig>;

interface Case {
  readonly draft: CallDraft;
  readonly nps: number;
  readonly detail?: string;
  readonly before?: (bridge: Bridge) => void;
  /** Milliseconds that pass while the call is under way. */
  readonly passing?: number;
  /** What happens once it has been under way for a moment. */
  readonly answered?: (bridge: Bridge) => void;
}

/** A sign-in of somebody whose second factor says no. */
function rejectedBy(code: MfaReject): Case {
  return { draft: HEIDI_CALL, nps: 21, answered: ({ phone }) => phone.reject(code) };
}

const NTLM = '192.0.2.10';
const fullOfProxyStates = Array.from({ length: 8 }, () => attribute(33, Buffer.alloc(250, 1)));

const HEIDI_CALL: CallDraft = { packet: rdGateway('heidi'), from: '192.0.2.80', deadline: 60_000 };
const mfaRejects = Object.fromEntries(
  (Object.keys(MFA_REJECTS) as MfaReject[]).map((code) => [code, rejectedBy(code)]),
) as Record<MfaReject, Case>;

const IRIS_CALL: CallDraft = { packet: pap('iris@contoso.example'), from: '192.0.2.90' };

/** A sign-in with a password that Entra does not let in. */
function refusedBy(code: PasswordRefusal, nps: number): Case {
  return {
    draft: IRIS_CALL,
    nps,
    detail: 'AADSTS50000',
    before({ entra }) {
      entra.find(() => ({ kind: 'found', user: IRIS }));
      entra.verify(({ id }) => ({
        kind: 'refused',
        code,
        asked: { question: id, reused: false, answer: 'AADSTS50000' },
      }));
    },
  };
}

const CASES: Record<SignInReason, Case> = {
  ...mfaRejects,
  'account-locked': refusedBy('account-locked', 36),
  'password-expired': refusedBy('password-expired', 33),
  'password-change-required': refusedBy('password-change-required', 33),
  'outside-logon-hours': refusedBy('outside-logon-hours', 37),
  'blocked-by-conditional-access': refusedBy('blocked-by-conditional-access', 38),
  'user-not-assigned': refusedBy('user-not-assigned', 38),
  'ambiguous-user': {
    draft: IRIS_CALL,
    nps: 8,
    before: ({ entra }) => entra.find(() => ({ kind: 'ambiguous-user' })),
  },
  'mfa-user-not-in-entra': { draft: { ...HEIDI_CALL, packet: rdGateway('alice') }, nps: 21 },
  'mfa-time-too-short': { draft: { ...HEIDI_CALL, deadline: 19_000 }, nps: 21 },
  'mfa-unavailable': {
    draft: HEIDI_CALL,
    nps: 9,
    detail: 'connector-unreachable ECONNREFUSED',
    before: ({ phone }) =>
      phone.refuse({ kind: 'not-begun', code: 'connector-unreachable', detail: 'ECONNREFUSED' }),
  },
  'mfa-outcome-lost': {
    draft: HEIDI_CALL,
    nps: 9,
    detail: 'connection-broken',
    answered: ({ phone }) => phone.end({ kind: 'lost', code: 'connection-broken' }),
  },
  accepted: { draft: { packet: pap('alice@CONTOSO.example') }, nps: 0 },
  'accepted-without-validating': { draft: { packet: pap('whoever'), from: '192.0.2.40' }, nps: 0 },
  'malformed-request': {
    draft: { packet: signed({ attributes: [USER_NAME, attribute(2, Buffer.alloc(15))] }) },
    nps: 3,
    detail: 'attribute-length-wrong',
  },
  'reply-not-possible': {
    draft: { packet: pap('erin', undefined, ...fullOfProxyStates) },
    nps: 1,
    detail: 'reply-too-long',
  },
  'user-name-missing': {
    draft: { packet: signed({ attributes: [attribute(2, Buffer.alloc(16))] }) },
    nps: 8,
  },
  'unknown-domain': { draft: { packet: pap('FABRIKAM\\alice') }, nps: 7 },
  'unknown-user': { draft: { packet: pap('nobody') }, nps: 8 },
  'wrong-password': { draft: { packet: pap('alice', 'Correct horse battery') }, nps: 16 },
  'undecodable-password': { draft: { packet: pap('alice', Buffer.from([0xc3, 0x28])) }, nps: 16 },
  'password-not-verifiable': { draft: { packet: pap('frank') }, nps: 16, detail: 'no-credential' },
  'method-not-supported': {
    draft: { packet: signed({ attributes: [USER_NAME, CHAP_PASSWORD] }), from: NTLM },
    nps: 18,
  },
  'user-disabled': { draft: { packet: pap('bob') }, nps: 34 },
  'no-network-policy': { draft: { packet: pap('carol') }, nps: 48 },
  'no-connection-request-policy': { draft: { packet: pap('alice'), from: '192.0.2.70' }, nps: 49 },
  'network-policy-denies': { draft: { packet: pap('dave') }, nps: 65 },
  'method-not-allowed': {
    draft: { packet: pap('alice', undefined, microsoft(attribute(47, [0, 0, 0, 1]))) },
    nps: 66,
  },
  'unknown-state': { draft: { packet: pap('alice', undefined, attribute(24, 'guess')) }, nps: 97 },
  'directory-unavailable': {
    draft: { packet: pap('grace') },
    nps: 5,
    detail: 'credential-secret-unavailable',
    before: (bridge) => bridge.vault.set('grace-password', 'down'),
  },
  'out-of-time': {
    draft: { packet: pap('grace'), deadline: 2_000 },
    nps: 6,
    before: (bridge) => {
      const directory = bridge.state.running?.directories.get('local');
      if (directory === undefined) throw new Error('no directory');
      Object.assign(directory, {
        verifyPassword: (_user: unknown, _password: unknown, { signal }: Question) =>
          new Promise((resolve) => {
            signal.addEventListener('abort', () =>
              resolve({ kind: 'unavailable', code: 'verification-too-late' }),
            );
          }),
      });
    },
    passing: 2_000,
  },
};

describe('every reason', () => {
  for (const [reason, { draft, nps, detail, before, passing, answered }] of Object.entries(CASES)) {
    test(`${reason} (NPS ${nps})`, async () => {
      const bridge = rig();
      before?.(bridge);
      const answering = bridge.call(draft);
      if (passing !== undefined || answered !== undefined) await bridge.time.advance(passing ?? 100);
      answered?.(bridge);
      const answer = await answering;
      const [record] = bridge.records();
      expect(record).toMatchObject({
        reason,
        reasonCode: nps,
        sentence: SIGN_IN_REASONS[reason as SignInReason].sentence,
      });
      expect(record?.detail).toBe(detail);
      const outcome = { accept: CODE.accessAccept, reject: CODE.accessReject, silence: undefined };
      expect(answer.status).toBe(record?.outcome === 'silence' ? 503 : 200);
      if (record?.outcome !== 'silence') expect(answer.body?.[0]).toBe(outcome[record?.outcome ?? 'silence']);
    });
  }
});

describe('the order of the steps is that of NPS', () => {
  test('a wrong password is told before a disabled account', async () => {
    const bridge = rig();
    await bridge.call({ packet: pap('bob', 'wrong') });
    expect(bridge.records()).toMatchObject([{ reason: 'wrong-password' }]);
  });

  test('a disabled account is told before the policies, also without a password', async () => {
    const bridge = rig();
    await bridge.call({ packet: rdGateway('bob'), from: '192.0.2.20' });
    expect(bridge.records()).toMatchObject([{ reason: 'user-disabled' }]);
  });

  test('a rejected request’s record says which condition of which policy did not hold', async () => {
    const bridge = rig();
    await bridge.call({ packet: pap('carol') });
    expect(bridge.records()[0]?.policies).toEqual([
      { policy: 'VPN with a second factor', outcome: 'failed', condition: 0, kind: 'client' },
      { policy: 'Leavers', outcome: 'failed', condition: 0, kind: 'userGroup' },
      { policy: 'VPN', outcome: 'failed', condition: 0, kind: 'userGroup' },
      { policy: 'Much to say', outcome: 'failed', condition: 0, kind: 'userGroup' },
      { policy: 'Desktops with a second factor', outcome: 'other-access-server-type' },
      { policy: 'Desktops', outcome: 'other-access-server-type' },
    ]);
  });

  test('a request without credentials from a VPN gateway is refused by the policy’s methods', async () => {
    const bridge = rig();
    const packet = signed({ authenticator: randomBytes(16), attributes: [USER_NAME] });
    const answer = await bridge.call({ packet });
    expect(answer.body?.[0]).toBe(CODE.accessReject);
    expect(bridge.records()).toMatchObject([{ reason: 'method-not-allowed', networkPolicy: 'VPN' }]);
  });
});

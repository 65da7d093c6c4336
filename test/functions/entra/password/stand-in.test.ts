import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { passwordCheck } from '../../../../functions/entra/password/ropc.ts';
import type { Person } from '../../../../local/stand-ins/people.ts';
import { systemClock } from '../../../../relay-call/clock.ts';
import { assertionOf } from '../../../local/stand-ins/assertion.ts';
import { startVault } from '../../keyvault/vault-rig.ts';

const password = 'p&w=1 +%ü🔐"';
const person = (name: string, more: Partial<Person> = {}): Person => ({
  upn: `${name}@contoso.example`,
  objectId: randomUUID(),
  password,
  ...more,
});
const people = {
  alice: person('alice'),
  disabled: person('disabled', { enabled: false }),
  passwordless: { upn: 'passwordless@contoso.example', objectId: randomUUID() },
  guest: person('guest', { userType: 'Guest' }),
  prompted: person('prompted', { demands: 50076 }),
  enrolling: person('enrolling', { demands: 50079 }),
  blocked: person('blocked', { demands: 53003 }),
  locked: person('locked', { answers: 50053 }),
};
const app = { good: randomUUID(), unconsented: randomUUID(), disabled: randomUUID(), public: randomUUID() };

let rig: Awaited<ReturnType<typeof startVault>>;
let refused: number;

beforeAll(async () => {
  rig = await startVault({
    people: Object.values(people),
    certificates: [{ name: 'passwords' }, { name: 'unregistered', registered: false }],
    applications: [
      { clientId: app.good },
      { clientId: app.unconsented, consented: false },
      { clientId: app.disabled, enabled: false },
      { clientId: app.public, publicClient: true },
    ],
  });
});
afterAll(() => rig.standIns.close());
beforeEach(() => {
  refused = 0;
  rig.mark();
});

function ask(
  { upn, objectId }: Person,
  x: { readonly clientId?: string; readonly certificate?: string; readonly password?: string } = {},
) {
  const { standIns } = rig;
  const by = standIns.certificates.find(x.certificate ?? 'passwords', undefined);
  if (by === undefined) throw new Error('There is no such certificate.');
  const { clientId = app.good } = x;
  const check = passwordCheck({
    tenantId: standIns.issuer.tenant,
    clientId,
    authorityHost: standIns.authorityHost,
    assertion: async (audience) => assertionOf({ by, clientId, audience }),
    assertionRefused: () => {
      refused += 1;
    },
    clock: systemClock,
  });
  const octets = Buffer.from(x.password ?? password);
  return check({ upn, objectId, password: octets, id: randomUUID(), signal: new AbortController().signal });
}

describe('at the stand-in of Entra', () => {
  test('a right password is right', async () => {
    expect(await ask(people.alice)).toEqual({ kind: 'right' });
    expect(rig.entra()).toEqual({ passwordRight: 1 });
  });

  test('a right password of somebody else is none', async () => {
    expect(await ask({ ...people.alice, objectId: randomUUID() })).toMatchObject({
      kind: 'unavailable',
      code: 'password-check-answer-unusable',
    });
  });

  test('a wrong password is wrong', async () => {
    expect(await ask(people.alice, { password: `${password}!` })).toEqual({ kind: 'wrong', number: '50126' });
    expect(rig.entra()).toEqual({ passwordWrong: 1 });
  });

  test.each([
    ['prompted', { kind: 'right', note: 'mfa-demanded', number: '50076' }],
    ['enrolling', { kind: 'right', note: 'mfa-enrolment-demanded', number: '50079' }],
    ['blocked', { kind: 'refused', code: 'blocked-by-conditional-access', number: '53003' }],
    ['locked', { kind: 'refused', code: 'account-locked', number: '50053' }],
    ['disabled', { kind: 'refused', code: 'user-disabled', number: '50057' }],
    ['passwordless', { kind: 'cannot-verify', code: 'no-password-in-entra', number: '50056' }],
    ['guest', { kind: 'cannot-verify', code: 'not-of-this-tenant', number: '50020' }],
  ] as const)('a user who is %s is told apart', async (who, answer) => {
    expect(await ask(people[who])).toEqual(answer);
  });

  test.each([
    ['without consent', { clientId: app.unconsented }, 'password-check-consent-missing', '65001', 0],
    ['that is disabled', { clientId: app.disabled }, 'password-check-app-wrong', '7000112', 0],
    ['that is public', { clientId: app.public }, 'password-check-app-wrong', '700025', 0],
    ['that is missing', { clientId: randomUUID() }, 'password-check-app-wrong', '700016', 0],
    [
      'without the certificate',
      { certificate: 'unregistered' },
      'password-check-certificate-refused',
      '700027',
      1,
    ],
  ])('an app registration %s concerns everybody', async (_, x, code, number, times) => {
    expect(await ask(people.alice, x)).toMatchObject({ kind: 'unavailable', code, number });
    expect(refused).toBe(times);
  });
});

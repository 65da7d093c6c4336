import { describe, expect, test } from 'vitest';
import type { PasswordAnswer } from '../../../../functions/entra/password/check.ts';
import type { PasswordCheckFault } from '../../../../functions/entra/password/codes.ts';
import { MEANINGS } from '../../../../functions/entra/password/numbers.ts';
import { json, refusal, refuses, rigged } from './rig.ts';

type Row = readonly [PasswordAnswer, ...number[]];
const unavailable = (code: PasswordCheckFault, retryAfter = 0): PasswordAnswer => ({
  kind: 'unavailable',
  code,
  detail: 'HTTP 400',
  retryAfter,
});

/** reference entra.md 3.2, line by line, and what 2.8 adds. */
const definite: readonly Row[] = [
  [{ kind: 'wrong' }, 50126],
  [{ kind: 'wrong' }, 50064],
  [{ kind: 'cannot-verify', code: 'no-password-in-entra' }, 50056],
  [{ kind: 'refused', code: 'unknown-user' }, 50034],
  [{ kind: 'refused', code: 'unknown-user' }, 51004],
  [{ kind: 'cannot-verify', code: 'not-of-this-tenant' }, 50020],
  [{ kind: 'refused', code: 'account-locked' }, 50053],
  [{ kind: 'refused', code: 'user-disabled' }, 50057],
  [{ kind: 'refused', code: 'password-expired' }, 50055, 50144],
  [{ kind: 'right', note: 'mfa-enrolment-demanded' }, 50072, 50079],
  [{ kind: 'right', note: 'mfa-demanded' }, 50074, 50076, 50078],
  [{ kind: 'refused', code: 'blocked-by-conditional-access' }, 50158],
  [{ kind: 'refused', code: 'password-change-required' }, 50125, 50135],
  [
    { kind: 'refused', code: 'blocked-by-conditional-access' },
    ...[50131, 53000, 53001, 53002, 53003, 53004, 53009, 53011, 530032, 530034, 530035],
  ],
  [{ kind: 'refused', code: 'user-not-assigned' }, 50105],
  [{ kind: 'refused', code: 'blocked-by-conditional-access' }, 50097, 50129, 50127, 50155],
  [unavailable('password-check-consent-missing'), 65001, 65004, 90094, 90095],
  [unavailable('password-check-app-wrong'), 70001, 700016, 7000112, 7000218, 700025],
  [unavailable('password-check-tenant-unknown'), 90002, 90019, 50059, 50128],
  [{ kind: 'cannot-verify', code: 'not-of-this-tenant' }, 90072],
  [unavailable('password-check-fault'), 9001023, 900144, 70011, 28002],
  [unavailable('password-check-app-wrong'), 500011, 50001, 500014],
  [unavailable('password-check-failing'), 80001, 80002, 80005, 80007, 80010, 80014, 80013],
  [{ kind: 'refused', code: 'outside-logon-hours' }, 80012],
  [unavailable('password-check-throttled', 10_000), 50196],
  [unavailable('password-check-throttled', 2_000), 90055],
  [{ kind: 'cannot-verify', code: 'refused-by-entra' }, 1, 501260, 999999, 123456789],
];
const ofAssertion: readonly Row[] = [
  [unavailable('password-check-certificate-refused'), ...[7000215, 7000222, 700027, 50012, 70002, 700024]],
];
const transient: readonly Row[] = [
  [unavailable('password-check-failing'), 50033, 50087, 90006, 90024, 90033, 90090],
];

const cases = (rows: readonly Row[]): [number, PasswordAnswer][] =>
  rows.flatMap(([answer, ...numbers]) =>
    numbers.map((number): [number, PasswordAnswer] => [number, { ...answer, number: String(number) }]),
  );

describe('a number of AADSTS', () => {
  test.each(cases(definite))('%i is asked once and means %o', async (number, answer) => {
    const { ask, server, refused } = await rigged([refuses(number)]);
    expect(await ask()).toEqual(answer);
    expect(server.received).toHaveLength(1);
    expect(refused).toEqual([]);
  });

  test.each(cases(ofAssertion))(
    '%i is asked once, and another assertion is wanted',
    async (number, answer) => {
      const { ask, server, refused } = await rigged([refuses(number, 401)]);
      expect(await ask()).toEqual({ ...answer, detail: 'HTTP 401' });
      expect(server.received).toHaveLength(1);
      expect(refused).toEqual(['refused']);
    },
  );

  test.each(cases(transient))(
    '%i is asked a second time after a pause, and no third',
    async (number, answer) => {
      const { ask, server, refused, pauses } = await rigged([refuses(number)]);
      expect(await ask()).toEqual(answer);
      expect(server.received).toHaveLength(2);
      expect(pauses).toEqual([500]);
      expect(refused).toEqual([]);
    },
  );

  test.each(cases(transient))('%i: the second answer counts', async (number) => {
    const { ask, server } = await rigged([refuses(number), refuses(50126)]);
    expect(await ask()).toEqual({ kind: 'wrong', number: '50126' });
    expect(server.received).toHaveLength(2);
    expect(server.received[1]?.body).toBe(server.received[0]?.body);
    expect(server.received[1]?.headers['client-request-id']).toBe(
      server.received[0]?.headers['client-request-id'],
    );
  });

  test('that is in the table is tested here', () => {
    const tested = [...definite, ...ofAssertion, ...transient].flatMap(([, ...numbers]) => numbers);
    expect([...MEANINGS.keys()].filter((number) => !tested.includes(Number(number)))).toEqual([]);
  });

  test('that stands in the description alone is found there', async () => {
    const body = { error: 'invalid_grant', error_description: refusalText(50126) };
    const { ask } = await rigged([json(body, 400)]);
    expect(await ask()).toEqual({ kind: 'wrong', number: '50126' });
  });

  test.each<[string, unknown]>([
    ['nothing', []],
    ['null', [null]],
    ['zero', [0]],
    ['a negative number', [-50053]],
    ['a fraction', [50053.5]],
    ['more than a number can be', [1e300]],
    ['no list', 50053],
    ['an object', { 0: 50053 }],
  ])('in the description counts where error_codes hold %s', async (_, error_codes) => {
    const { ask } = await rigged([json(refusal(50126, { error_codes }), 400)]);
    expect(await ask()).toEqual({ kind: 'wrong', number: '50126' });
  });

  test('of error_codes goes before that of the description, the first before others', async () => {
    const { ask } = await rigged([json(refusal(50076, { error_codes: [50126, 50076] }), 400)]);
    expect(await ask()).toEqual({ kind: 'wrong', number: '50126' });
  });

  test.each([
    ['blocked', [50076, 53003], { kind: 'refused', code: 'blocked-by-conditional-access', number: '53003' }],
    ['unknown', [50079, 12345], { kind: 'cannot-verify', code: 'refused-by-entra', number: '12345' }],
    ['wrong', [90033, 50126], { kind: 'wrong', number: '50126' }],
    [
      'in text',
      [50076, '53003'],
      { kind: 'refused', code: 'blocked-by-conditional-access', number: '53003' },
    ],
    ['right too', [50076, 50079], { kind: 'right', note: 'mfa-demanded', number: '50076' }],
  ])('of several says right, or is asked again, only where all do: %s', async (_, error_codes, answer) => {
    const { ask, server } = await rigged([json(refusal(50076, { error_codes }), 400)]);
    expect(await ask()).toEqual(answer);
    expect(server.received).toHaveLength(1);
  });

  test('in the description can say no where error_codes say right', async () => {
    const body = refusal(53003, { error_codes: [50076] });
    const { ask } = await rigged([json(body, 400)]);
    expect(await ask()).toMatchObject({ kind: 'refused', number: '53003' });
  });

  test.each<[string, unknown]>([
    ['in the middle of a sentence', 'Not AADSTS50076: but text'],
    ['in small letters', 'aadsts50076: text'],
    ['with letters behind', 'AADSTS50076x'],
    ['with no end', `AADSTS${'5'.repeat(400)}`],
    ['in no text', 50076],
  ])('%s is none', async (_, error_description) => {
    const { ask, server } = await rigged([json({ error: 'invalid_grant', error_description }, 400)]);
    expect(await ask()).toEqual(unavailable('password-check-fault'));
    expect(server.received).toHaveLength(1);
  });
});

describe('a number under another status than 400 and 401', () => {
  test.each([50076, 50126, 50053, 50056])('%i under 500 says nothing about the password', async (number) => {
    const { ask, server } = await rigged([refuses(number, 500)]);
    expect(await ask()).toMatchObject({ kind: 'unavailable', code: 'password-check-broken-off' });
    expect(server.received).toHaveLength(1);
  });

  test('80002 under 504 is not asked again', async () => {
    const { ask, server } = await rigged([refuses(80002, 504)]);
    expect(await ask()).toMatchObject({ code: 'password-check-failing', number: '80002' });
    expect(server.received).toHaveLength(1);
  });

  test.each([50076, 50126])('%i under 429 says nothing about the password', async (number) => {
    const { ask } = await rigged([refuses(number, 429)]);
    expect(await ask()).toMatchObject({ kind: 'unavailable', code: 'password-check-throttled' });
  });

  test.each([200, 201, 204, 302])('50076 under %i neither', async (status) => {
    const { ask } = await rigged([refuses(50076, status)]);
    expect(await ask()).toMatchObject({ kind: 'unavailable', code: 'password-check-answer-unusable' });
  });
});

function refusalText(number: number): string {
  return `AADSTS${number}: Error validating credentials due to invalid username or password.`;
}

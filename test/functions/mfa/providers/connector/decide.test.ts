import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MFA_REJECTS, type Outcome } from '../../../../../functions/mfa/outcome.ts';
import { decide } from '../../../../../functions/mfa/providers/connector/decide.ts';
import { readBeginAnswer } from '../../../../../functions/mfa/providers/connector/response.ts';
import { type AnswerParts, answerXml, CONTEXT, OBJECT, SESSION, UPN } from './answers.ts';
import { RESULT_VALUES } from './result-values.ts';

const AT = Date.UTC(2026, 0, 5);
const asked = { upn: UPN, userObjectId: OBJECT, contextId: CONTEXT, at: AT };

function decided(x: AnswerParts, upn = UPN): Outcome {
  const answer = readBeginAnswer(Buffer.from(answerXml(x)));
  if (answer === undefined) throw new Error('the answer of the test is not readable');
  return decide(answer, { ...asked, upn });
}

function rejected(code: string, detail?: string) {
  return detail === undefined ? { kind: 'rejected', code } : { kind: 'rejected', code, detail };
}
function approved(evidence: Record<string, string> = { contextId: CONTEXT, sessionId: SESSION }) {
  return { kind: 'approved', proof: { method: 'connector', userObjectId: OBJECT, at: AT, evidence } };
}

describe('approved', () => {
  test.each<[string, AnswerParts]>([
    ['true and Success for our user', {}],
    ['True, as .NET writes it', { result: 'True' }],
    ['the name in another case', { upn: 'Alice@Contoso.COM' }],
    ['no name', { upn: undefined }],
    ['a nil name', { upn: null }],
    ['an empty name', { upn: '' }],
  ])('%s', (_, x) => {
    expect(decided(x)).toEqual(approved());
  });

  test.each<[string, AnswerParts]>([
    ['absent', { session: undefined }],
    ['nil', { session: null }],
    ['empty', { session: '' }],
    ['no GUID', { session: 'hello' }],
    ['a GUID and more', { session: `${SESSION}\n` }],
  ])('without the session as evidence when it is %s', (_, x) => {
    expect(decided(x)).toEqual(approved({ contextId: CONTEXT }));
  });
});

describe('never approved', () => {
  test.each<[string, AnswerParts]>([
    ['Success and false', { result: 'false' }],
    ['Success and nil', { result: null }],
    ['Success alone', { result: undefined }],
    ['Success and nothing', { result: '' }],
    ['Success and 1', { result: '1' }],
    ['Success and true with a space', { result: ' true' }],
    ['Success and true in full width', { result: 'ｔｒｕｅ' }],
    ['another user', { upn: 'bob@contoso.com' }],
    ['our user with a space', { upn: `${UPN} ` }],
    ['our user with a prefix', { upn: `x${UPN}` }],
  ])('%s is a contradiction', (_, x) => {
    expect(decided(x)).toEqual(rejected('mfa-answer-contradictory', 'Success'));
  });

  test('a name that only Unicode’s case folding takes for ours', () => {
    expect(decided({ upn: '\u212Aim@contoso.com' }, 'kim@contoso.com')).toMatchObject({ kind: 'rejected' });
  });

  test.each<[string, AnswerParts, string?]>([
    ['PhoneAppDenied', { value: 'PhoneAppDenied' }, 'PhoneAppDenied'],
    ['success in another case', { value: 'success' }],
    ['Success with a space', { value: 'Success ' }],
    ['an unknown value', { value: 'Tomorrow' }],
    ['an empty value', { value: '' }],
    ['a nil value', { value: null }],
    ['no value', { value: undefined }],
  ])('true and %s is a contradiction', (_, x, detail) => {
    expect(decided(x)).toEqual(rejected('mfa-answer-contradictory', detail));
  });

  test.each<[string, AnswerParts]>([
    ['with Success', {}],
    ['with a failure', { value: 'PhoneAppDenied' }],
    ['without a value', { value: undefined }],
    ['without a session', { session: null }],
    ['in another case', { result: 'Challenge' }],
  ])('a challenge %s: a code is needed', (_, x) => {
    expect(decided({ result: 'challenge', ...x })).toEqual(rejected('mfa-code-needed'));
  });

  test.each<[string, AnswerParts]>([
    ['one that is new', { value: 'PhoneAppExploded' }],
    ['one in another case', { value: 'phoneAppDenied' }],
    ['a property of every object', { value: 'constructor' }],
    ['the prototype', { value: '__proto__' }],
    ['toString', { value: 'toString' }],
    ['none', { value: undefined }],
    ['a nil one', { value: null }],
    ['an empty one', { value: '' }],
  ])('an unknown value: %s; a stranger’s text is no detail', (_, x) => {
    for (const result of ['false', null, undefined]) {
      expect(decided({ ...x, result })).toEqual(rejected('mfa-answer-unknown'));
    }
  });
});

describe('every known value other than Success', () => {
  test.each(RESULT_VALUES)('%s: %s', (value, code) => {
    for (const result of ['false', null, undefined, '', 'maybe']) {
      expect(decided({ value, result })).toEqual(rejected(code, value));
    }
    expect(decided({ value, result: 'true' })).toEqual(rejected('mfa-answer-contradictory', value));
    expect(Object.hasOwn(MFA_REJECTS, code)).toBe(true);
  });

  test('only what says that nothing is registered may pass for "not enrolled"', () => {
    const values = RESULT_VALUES.filter(([, code]) => code === 'mfa-not-enrolled').map(([value]) => value);
    expect(values.sort()).toEqual([
      'AuthenticationMethodNotConfigured',
      'NoDefaultAuthenticationMethodIsConfigured',
      'ProofDataNotFound',
    ]);
  });
});

describe('of all answers', () => {
  const known = RESULT_VALUES.map(([value]) => value);
  const strange = fc.constantFrom('success', 'SUCCESS', 'true', '', '__proto__', 'valueOf');
  const any = { nil: null };

  test('only the one right combination is approved', () => {
    fc.assert(
      fc.property(
        fc.option(fc.oneof(fc.constantFrom('Success', ...known), strange), any),
        fc.option(fc.constantFrom('true', 'TRUE', 'false', 'challenge', '', 'yes', '1', 'true '), any),
        fc.option(fc.constantFrom(UPN, UPN.toUpperCase(), 'bob@contoso.com', '', 'alice@contoso.co'), any),
        (value, result, upn) => {
          const right =
            value === 'Success' &&
            (result === 'true' || result === 'TRUE') &&
            (upn === null || upn === '' || upn.toLowerCase() === UPN);
          expect(decided({ value, result, upn }).kind).toBe(right ? 'approved' : 'rejected');
        },
      ),
      { numRuns: 1500 },
    );
  });

  test('a denial that has been cut, mixed or overwritten never approves, and nothing throws', () => {
    const denial = Buffer.from(answerXml({ value: 'PhoneAppDenied', result: 'false' }));
    const mutation = fc.record({
      at: fc.nat(denial.length),
      drop: fc.nat(40),
      insert: fc.oneof(
        fc.uint8Array({ maxLength: 8 }).map((octets) => Buffer.from(octets)),
        fc
          .constantFrom(
            'true',
            'Success',
            '<',
            '>',
            '</Value>',
            '<Value>',
            '<!--',
            '-->',
            ']]>',
            '&',
            'i:nil="true"',
          )
          .map((text) => Buffer.from(text)),
      ),
    });
    fc.assert(
      fc.property(fc.array(mutation, { minLength: 1, maxLength: 4 }), (mutations) => {
        let octets = denial;
        for (const { at, drop, insert } of mutations) {
          octets = Buffer.concat([octets.subarray(0, at), insert, octets.subarray(at + drop)]);
        }
        const answer = readBeginAnswer(octets);
        if (answer !== undefined) expect(decide(answer, asked).kind).toBe('rejected');
      }),
      { numRuns: 1500 },
    );
  });
});

import { describe, expect, test } from 'vitest';
import { memberOf, numbersOf } from '../../../functions/entra/aadsts.ts';

describe('the numbers of an error', () => {
  test.each([
    [{ error_codes: [50126], error_description: 'AADSTS50076: text' }, ['50126', '50076']],
    [{ error_codes: [], error_description: 'AADSTS50076: text' }, ['50076']],
    [{ error_codes: ['50126'], error_description: 'AADSTS50076: text' }, ['50126', '50076']],
    [{ error_codes: [50126, 50126], error_description: 'AADSTS50126: text' }, ['50126']],
    [{ error_codes: [50076, 53003] }, ['50076', '53003']],
    [{ error_codes: [50076, 'x', null, ['53003']] }, ['50076']],
    [{ error_codes: [1.5] }, []],
    [{ error_codes: [-1] }, []],
    [{ error_codes: 50126 }, []],
    [{ error_description: 'see AADSTS50076' }, []],
    [{ error_description: 'AADSTS0: text' }, []],
    [{ error_description: 'AADSTS12345678901: text' }, []],
    [{ error_description: 'AADSTS50076x' }, []],
    [{ error_description: 7 }, []],
    [[], []],
    [null, []],
    ['AADSTS50076: text', []],
    [undefined, []],
  ])('of %j are %j', (answer, expected) => {
    expect(numbersOf(answer)).toEqual(expected);
  });
});

test('only an own member counts', () => {
  expect(memberOf({ oid: 'x' }, 'oid')).toBe('x');
  expect(memberOf(Object.create({ oid: 'x' }), 'oid')).toBeUndefined();
  expect(memberOf({}, 'constructor')).toBeUndefined();
});

import { describe, expect, test } from 'vitest';
import { memberOf, numberOf } from '../../../functions/entra/aadsts.ts';

describe('the number of an error', () => {
  test.each([
    [{ error_codes: [50126], error_description: 'AADSTS50076: text' }, '50126'],
    [{ error_codes: [], error_description: 'AADSTS50076: text' }, '50076'],
    [{ error_codes: ['50126'], error_description: 'AADSTS50076: text' }, '50076'],
    [{ error_codes: [1.5] }, undefined],
    [{ error_codes: [-1] }, undefined],
    [{ error_codes: 50126 }, undefined],
    [{ error_description: 'see AADSTS50076' }, undefined],
    [{ error_description: 'AADSTS0: text' }, undefined],
    [{ error_description: 'AADSTS12345678901: text' }, undefined],
    [{ error_description: 'AADSTS50076x' }, undefined],
    [{ error_description: 7 }, undefined],
    [[], undefined],
    [null, undefined],
    ['AADSTS50076: text', undefined],
    [undefined, undefined],
  ])('of %j is %j', (answer, expected) => {
    expect(numberOf(answer)).toBe(expected);
  });
});

test('only an own member counts', () => {
  expect(memberOf({ oid: 'x' }, 'oid')).toBe('x');
  expect(memberOf(Object.create({ oid: 'x' }), 'oid')).toBeUndefined();
  expect(memberOf({}, 'constructor')).toBeUndefined();
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkKey, rowKey } from '../../../functions/store/keys.ts';

/** Any UTF-16, lone surrogates too. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 80 }),
  fc
    .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 80 })
    .map((units) => String.fromCharCode(...units)),
  fc.constantFrom('', '!', ',', '!002C', 'a,b', '!sha256!', '\ud800', '\ufffd'),
);
const parts = fc.tuple(anyText, fc.array(anyText, { maxLength: 3 }));

describe('rowKey', () => {
  test('reads as it was written when it can', () => {
    expect(rowKey('site-1', '29400001')).toBe('site-1,29400001');
    expect(rowKey("CONTOSO\\o'neill")).toBe('CONTOSO!005Co!0027neill');
    expect(rowKey('')).toBe('!');
  });

  test('is always a key that every adapter takes', () => {
    fc.assert(
      fc.property(parts, ([first, rest]) => {
        checkKey(rowKey(first, ...rest));
      }),
    );
  });

  test('is another for other parts', () => {
    fc.assert(
      fc.property(parts, parts, ([first, rest], [otherFirst, otherRest]) => {
        const same = JSON.stringify([first, ...rest]) === JSON.stringify([otherFirst, ...otherRest]);
        expect(rowKey(first, ...rest) === rowKey(otherFirst, ...otherRest)).toBe(same);
      }),
    );
  });

  test.each([
    [['a,b'], ['a', 'b']],
    [['a'], ['a', '']],
    [['!'], ['']],
    [['a!002Cb'], ['a,b']],
    [['\ud800'], ['\ufffd']],
    [['\ud800'], ['\udfff']],
    [['k'], ['K']],
  ] as const)('%j is not %j', ([first, ...rest], [otherFirst, ...otherRest]) => {
    expect(rowKey(first, ...rest)).not.toBe(rowKey(otherFirst, ...otherRest));
  });

  test('long names are hashed, whole', () => {
    const long = 'x'.repeat(253);
    expect(rowKey(long)).toMatch(/^!sha256![A-Za-z0-9_-]{43}$/);
    expect(rowKey(long)).not.toBe(rowKey(`${long}y`));
    expect(rowKey('x'.repeat(240))).toBe('x'.repeat(240));
    // No text reads like a hash.
    expect(rowKey(rowKey(long))).not.toBe(rowKey(long));
  });
});

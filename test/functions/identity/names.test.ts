import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { foldName, readName } from '../../../functions/identity/names.ts';

describe('the forms of a name', () => {
  test.each([
    ['alice', { kind: 'bare', account: 'alice' }],
    ['CONTOSO\\Alice', { kind: 'domain', domain: 'CONTOSO', account: 'Alice' }],
    ['contoso.example\\alice', { kind: 'domain', domain: 'contoso.example', account: 'alice' }],
    ['Alice@contoso.example', { kind: 'upn', local: 'Alice', suffix: 'contoso.example' }],
    ['odd@name@contoso.example', { kind: 'upn', local: 'odd@name', suffix: 'contoso.example' }],
    [
      'CONTOSO\\alice@contoso.example',
      { kind: 'domain', domain: 'CONTOSO', account: 'alice@contoso.example' },
    ],
    ['CONTOSO\\a\\b', { kind: 'domain', domain: 'CONTOSO', account: 'a\\b' }],
    ['Ünïcode', { kind: 'bare', account: 'Ünïcode' }],
    ['"><x>', { kind: 'bare', account: '"><x>' }],
    ["' or 1 eq 1", { kind: 'bare', account: "' or 1 eq 1" }],
    ['host/pc7.contoso.example', { kind: 'machine' }],
    ['HOST/pc7', { kind: 'machine' }],
    ['PC7$', { kind: 'machine' }],
    ['CONTOSO\\PC7$', { kind: 'machine' }],
    ['PC7$@contoso.example', { kind: 'machine' }],
  ])('%s', (text, form) => {
    expect(readName(text)).toEqual({ ...form, text });
  });

  test.each([
    ['nothing', ''],
    ['no account', 'CONTOSO\\'],
    ['no domain', '\\alice'],
    ['no suffix', 'alice@'],
    ['no local part', '@contoso.example'],
    ['no machine', 'host/'],
    ['NUL', 'alice\0'],
    ['CRLF', 'alice\r\nX-Injected: 1'],
    ['escape', '\u001b[2Jalice'],
    ['DEL', 'al\u007fice'],
    ['C1 control', 'al\u0085ice'],
    ['line separator', 'al\u2028ice'],
    ['half a surrogate pair', 'al\ud800ice'],
    ['254 octets', 'x'.repeat(254)],
    ['254 octets in 127 characters', 'ü'.repeat(127)],
  ])('%s is no name', (_, text) => {
    expect(readName(text)).toBeUndefined();
  });

  test('253 octets are a name', () => {
    expect(readName('x'.repeat(253))?.kind).toBe('bare');
  });

  test('any text is a name or not, without an error, and the name keeps its text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        const name = readName(text);
        expect(name === undefined || name.text === text).toBe(true);
      }),
    );
  });
});

test('letter case does not count, other differences do', () => {
  expect(foldName('CONTOSO')).toBe('contoso');
  expect(foldName('ÄNNE')).toBe('änne');
  expect(foldName('alice')).not.toBe(foldName('alice '));
  expect(foldName('ı')).not.toBe(foldName('i'));
});

describe('names are the same exactly where a pattern of a policy takes them for the same', () => {
  const same = (one: string, other: string) => foldName(one) === foldName(other);

  test.each([
    ['the sign for kelvin and k', '\u212Aevin', 'kevin'],
    ['the long s and s', '\u017Fam', 'sam'],
    ['capital sharp s and sharp s', 'STRA\u1E9EE', 'straße'],
    ['the sign for ohm and omega', '\u2126', '\u03C9'],
    ['i with a dot above and i', '\u0130', 'i'],
  ])('%s are not', (_, one, other) => {
    expect(same(one, other)).toBe(false);
  });

  test('every letter of one UTF-16 code unit against those that Unicode takes for its case', () => {
    for (let code = 0x20; code <= 0xffff; code += 1) {
      if (code >= 0xd800 && code <= 0xdfff) continue;
      const letter = String.fromCharCode(code);
      const escaped = `\\u${code.toString(16).padStart(4, '0')}`;
      for (const other of new Set([...letter.toLowerCase(), ...letter.toUpperCase()])) {
        if (other.length !== 1) continue;
        const matches = new RegExp(`^${escaped}$`, 'i').test(other);
        if (same(letter, other) !== matches) expect.fail(`${letter} and ${other}: ${matches}`);
      }
    }
  });
});

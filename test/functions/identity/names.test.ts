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
  expect(foldName('CONTOSO')).toBe(foldName('contoso'));
  expect(foldName('ÄNNE')).toBe(foldName('änne'));
  expect(foldName('alice')).not.toBe(foldName('alice '));
  expect(foldName('ı')).not.toBe(foldName('i'));
});

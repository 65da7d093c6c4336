import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readPattern } from '../../../functions/config/pattern.ts';

function matches(pattern: string, value: string): boolean {
  const reading = readPattern(pattern);
  if (!reading.ok) throw new Error(`${pattern}: ${reading.code}, ${reading.expected}`);
  return reading.expression.test(value);
}

describe('as NPS documents them', () => {
  test.each([
    ['899.*', '555 899 1234', true],
    ['192\\.168\\.1\\..+', '192.168.1.7', true],
    ['192\\.168\\.1\\..+', '192.168.11.7', false],
    ['^wcoast\\\\', 'WCOAST\\bob', true],
    ['@wcoast\\.microsoft\\.com$', 'bob@wcoast.microsoft.com', true],
    ['^smithb$|^jonesa$', 'jonesa', true],
    ['^smithb$|^jonesa$', 'smithbob', false],
    ['smithb', 'smithbob', true],
    ['192.168.20.2', '192.168.20.21', true],
    ['.', '\n', false],
    ['^(.)\\1$', 'aa', true],
    ['^(.)\\10$', 'aa0', true],
    ['^a{2,3}$', 'aa', true],
    ['^a{2,}b{0}$', 'aaaa', true],
    ['^[^a-c]+$', 'def', true],
    ['^[\\d.]+$', '192.0.2.1', true],
    ['\\bgw\\b', 'the gw here', true],
    ['a{b}]', 'a{b}]', true],
    ['10/24', '10/24', true],
    ['.*', '', true],
    ['.*x', 'abxcd', true],
    ['^.*?x$', 'abx', true],
    ['^/45/$', '-', true],
    ['^/0x2D/$', '-', true],
    ['^/x2d/$', '-', true],
    ['^/055/$', '-', true],
    ['^\\/45\\/$', '/45/', true],
    ['^([0-9a-f]{2}[-:]){5}[0-9a-f]{2}$', '02-00-5E-10-00-01', true],
  ])('%s on %j', (pattern, value, expected) => {
    expect(matches(pattern, value)).toBe(expected);
  });
});

describe('pattern-malformed', () => {
  test.each([
    '(',
    'a)',
    '[',
    '[]',
    '[^]',
    'a\\',
    '*a',
    'a**',
    '^*',
    '\\b+',
    'a{3,1}',
    '(?:a)',
    '(?=a)',
    '\\1',
    '[\\1]',
    '\\u0041',
    '\\x41',
    '\\0',
    '/999/',
    '/0x80/',
    '/zz/'.replace('zz', 'fe'),
    '[b-a]',
  ])('%s', (pattern) => {
    expect(readPattern(pattern)).toMatchObject({ ok: false, code: 'pattern-malformed' });
  });
});

describe('pattern-costly', () => {
  test.each([
    '(a|a)*b',
    '(a*)*b',
    '(a+)+b',
    '(.*)*x',
    '.+a.+b.+c',
    '(.*a.*b.*c.*d)',
    'a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?b',
    '(a|b|ab){200}c',
    '(.*)(.*)\\1\\2x$',
    `${'('.repeat(60)}a*${')*'.repeat(60)}`,
  ])('%s', (pattern) => {
    expect(readPattern(pattern)).toMatchObject({ ok: false, code: 'pattern-costly' });
  });
});

test('whatever is accepted ends soon on values made to hurt it', () => {
  const piece = fc.constantFrom(
    'a',
    'b',
    '.',
    'a*',
    '.*',
    '.+',
    'a?',
    '[ab]*',
    '(a|b)',
    '(a|ab)?',
    '(a*b)',
    '(a)*',
    '|',
    '^',
    '$',
    'a{1,9}',
  );
  const value = fc.constantFrom(
    'a'.repeat(253),
    'ab'.repeat(126),
    `${'a'.repeat(252)}c`,
    `${'b'.repeat(252)}c`,
  );
  fc.assert(
    fc.property(fc.array(piece, { minLength: 1, maxLength: 10 }), value, (pieces, text) => {
      const reading = readPattern(`${pieces.join('')}c$`);
      if (!reading.ok) return;
      const before = process.cpuUsage();
      reading.expression.test(text);
      const { user, system } = process.cpuUsage(before);
      // Ten times what it should ever be, for a machine that is busy.
      expect(user + system).toBeLessThan(1_000_000);
    }),
    { numRuns: 1000 },
  );
});

test('text whose signs are escaped is found as it is, in whatever case', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1, maxLength: 40, unit: 'grapheme-ascii' }), (text) => {
      const escaped = text.replace(/[^a-z0-9 ]/gi, '\\$&');
      expect(matches(`^${escaped}$`, text.toUpperCase())).toBe(true);
    }),
  );
});

test('no input makes it throw', () => {
  fc.assert(
    fc.property(
      fc.string({ maxLength: 60, unit: fc.constantFrom(...'ab1/\\^$*+?.(){}[]|,-x0'.split('')) }),
      (text) => {
        readPattern(text);
      },
    ),
    { numRuns: 3000 },
  );
});

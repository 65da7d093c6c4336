import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readJson } from '../../relay-call/json.ts';

describe('json-malformed names line and column', () => {
  test.each([
    ['', 'line 1, column 1'],
    ['{', 'line 1, column 2'],
    ['{\n  "a": 01\n}', 'line 2, column 9'],
    ['{"a": 1,}', 'line 1, column 9'],
    ['[1 2]', 'line 1, column 4'],
    ['{} x', 'line 1, column 4'],
    ["{'a': 1}", 'line 1, column 2'],
    ['{"a" 1}', 'line 1, column 6'],
    ['"a\nb"', 'line 1, column 1'],
    ['"\\x"', 'line 1, column 1'],
    ['nul', 'line 1, column 1'],
    ['// comment\n{}', 'line 1, column 1'],
  ])('%j', (text, place) => {
    const reading = readJson(text);
    expect(reading).toMatchObject({ ok: false, problem: { code: 'json-malformed' } });
    expect(reading.ok ? '' : reading.problem.found).toContain(place);
  });
});

test.each([
  ['{"a": 1,}', '"}" behind a comma at line 1, column 9'],
  ['[1,\n]', '"]" behind a comma at line 2, column 1'],
  ['// comment\n{}', '"/" at line 1, column 1'],
  ['[1 2]', 'something else at line 1, column 4'],
  ['{"a"; 1}', 'something else at line 1, column 5'],
  ['[1', 'the end of the file at line 1, column 3'],
])('json-malformed tells a mark that stands in a wrong place: %j', (text, found) => {
  expect(readJson(text)).toMatchObject({ problem: { found } });
});

test('a key on the way to a fault that may be a secret is told by its place', () => {
  const pasted = 'MC4CAQAwBQYDK2VwBCIEIAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g';
  for (const inner of ['xyz', '{"a": 1, "a": 2}', '{"__proto__": 1}']) {
    const reading = readJson(`{"clients": [{"b": 1, "${pasted}": ${inner}}]}`);
    expect(reading).toMatchObject({ problem: { path: 'clients[0]["key 2"]' } });
    expect(JSON.stringify(reading)).not.toContain(pasted.slice(0, 12));
  }
  expect(readJson('{"a b": {"c": xyz}}')).toMatchObject({ problem: { path: '["a b"].c' } });
});

test('a syntax error does not quote the file', () => {
  expect(JSON.stringify(readJson('{"secrets": [xyzzy]}'))).not.toContain('xyzzy');
});

test('json-key-twice: a key that may be a secret is told by its place', () => {
  const reading = readJson('{"a": {"b8Q~secret": 1, "b8Q~secret": 2}}');
  expect(reading).toMatchObject({ problem: { code: 'json-key-twice', path: 'a' } });
  expect(JSON.stringify(reading)).not.toContain('secret');
});

test('json-key-twice names the key and where it stands again', () => {
  expect(readJson('{"clients": [{"name": 1,\n"n\\u0061me": 2}]}')).toEqual({
    ok: false,
    problem: {
      path: 'clients[0]',
      code: 'json-key-twice',
      found: '"name" again at line 2, column 1',
      expected: 'each key once',
    },
  });
});

test('the same key in two objects is no fault', () => {
  expect(readJson('[{"a": 1}, {"a": 2}]')).toEqual({ ok: true, value: [{ a: 1 }, { a: 2 }] });
});

test('__proto__ is no key', () => {
  expect(readJson('{"__proto__": {}}')).toMatchObject({ problem: { code: 'key-unknown' } });
});

test('a byte order mark is skipped', () => {
  expect(readJson('\uFEFF{}')).toEqual({ ok: true, value: {} });
});

test('file-not-utf-8: what is no UTF-8 is told by its place, and is no part of any string', () => {
  const text = Buffer.from('{\n  "a": "Zürich"\n}', 'latin1').toString('utf8');
  expect(readJson(text)).toEqual({
    ok: false,
    problem: {
      path: '',
      code: 'file-not-utf-8',
      found: 'other octets, or U+FFFD, at line 2, column 10',
      expected: 'UTF-8 text',
    },
  });
  expect(readJson('"\\uFFFD"')).toEqual({ ok: true, value: '\uFFFD' });
});

test('nesting has an end', () => {
  expect(readJson('['.repeat(100_000))).toMatchObject({ problem: { code: 'json-malformed' } });
});

test('an unfinished string of a million characters is refused at once', () => {
  expect(readJson(`"${'\\"a'.repeat(300_000)}`)).toMatchObject({ problem: { code: 'json-malformed' } });
});

test('agrees with JSON.parse on whatever is JSON', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 5 }), fc.constantFrom(undefined, 1, '\t'), (text, space) => {
      fc.pre(!text.includes('__proto__'));
      const value = JSON.parse(text);
      expect(readJson(JSON.stringify(value, undefined, space))).toEqual({ ok: true, value });
    }),
  );
});

test('refuses whatever JSON.parse refuses', () => {
  const token = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"a"',
    '"b"',
    '1',
    '-',
    '.5',
    'e3',
    'true',
    ' ',
    '\\',
    '"',
  );
  fc.assert(
    fc.property(fc.array(token, { maxLength: 12 }), (tokens) => {
      const text = tokens.join('');
      const reading = readJson(text);
      if (reading.ok) expect(reading.value).toEqual(JSON.parse(text));
      else if (reading.problem.code === 'json-malformed') expect(() => JSON.parse(text)).toThrow();
    }),
    { numRuns: 2000 },
  );
});

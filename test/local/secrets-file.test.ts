import { describe, expect, test } from 'vitest';
import { readSecretsFile } from '../../local/secrets-file.ts';

const read = (value: unknown) => readSecretsFile(JSON.stringify(value), 'bridge.secrets.json');

test('secrets by name; users with name, password and kind, by default clear', () => {
  expect(
    read({
      secrets: { 'a-1': 'x' },
      users: [
        { name: 'u', password: 'p' },
        { name: 'v', password: 'q', kind: 'ntHash' },
      ],
    }),
  ).toEqual({
    ok: true,
    secrets: {
      secrets: { 'a-1': 'x' },
      users: [
        { name: 'u', password: 'p', kind: 'clear' },
        { name: 'v', password: 'q', kind: 'ntHash' },
      ],
    },
  });
  expect(read({})).toEqual({ ok: true, secrets: { secrets: {}, users: [] } });
});

describe('what is wrong is told by path, and never with a value', () => {
  test.each([
    [{ secrets: { a: 42 } }, 'secrets.a', 'a text'],
    [{ secrets: { 'hunter2 with blanks': 'x' } }, 'secrets["hunter2 with blanks"]', 'letters, digits'],
    [{ secrets: { a: '' } }, 'secrets.a', 'a text that is not empty'],
    [{ users: [{ name: 'u' }] }, 'users[0].password', 'a text'],
    [{ users: [{ name: 'u', password: 'hunter2'.repeat(100) }] }, 'users[0].password', 'at most 512'],
    [
      { users: [{ name: 'u', password: 'hunter2', kind: 'hunter2' }] },
      'users[0].kind',
      'clear, scrypt, ntHash',
    ],
    [{ users: [{ name: 'u', password: 'hunter2', role: 'hunter2' }] }, 'users[0]', 'name, password'],
    [{ users: 'hunter2' }, 'users', 'a list'],
    ['hunter2', '', 'an object'],
  ])('%j', (value, path, expected) => {
    const result = read(value);
    expect(result).toMatchObject({
      ok: false,
      problems: [{ file: 'bridge.secrets.json', path, expected: expect.stringContaining(expected) }],
    });
    const told = JSON.stringify(result).replaceAll('secrets[\\"hunter2 with blanks\\"]', '');
    expect(told).not.toContain('hunter2');
  });

  test('text that is no JSON', () => {
    const result = readSecretsFile('{"secrets": {"a": hunter2}}', 'f');
    expect(result).toMatchObject({ ok: false, problems: [{ file: 'f', path: 'secrets.a' }] });
    expect(JSON.stringify(result)).not.toContain('hunter2');
  });
});

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readSecretsFile } from '../../local/secrets-file.ts';

const read = (value: unknown) => readSecretsFile(JSON.stringify(value), 'bridge.secrets.json');

const zoe = { userPrincipalName: 'zoe@contoso.example' };
const entra = (user: object) => ({ entra: { users: [user] } });

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
      entra: { users: [] },
    },
  });
  expect(read({})).toEqual({ ok: true, secrets: { secrets: {}, users: [], entra: { users: [] } } });
});

const whole = {
  userPrincipalName: 'Zoe@contoso.example',
  objectId: 'AAAAAAAA-BBBB-4CCC-8DDD-EEEEEEEEEEEE',
  displayName: 'Zoe',
  password: ' p ',
  enabled: false,
  onPremisesSamAccountName: "o'brien",
  onPremisesDomainName: 'corp.contoso.example',
  groups: ['VPN Users', 'AAAAAAAA-BBBB-4CCC-8DDD-EEEEEEEEEEEE'],
  method: 'code',
  demands: 50_076,
  answers: 9_001_023,
};
test('people of the tenant: only the name is needed; ids in lower case', () => {
  const least = { userPrincipalName: 'x@y' };
  expect(read({ entra: { users: [whole, least] } })).toMatchObject({
    ok: true,
    secrets: {
      entra: {
        users: [
          { ...whole, objectId: whole.objectId.toLowerCase() },
          { ...least, groups: [] },
        ],
      },
    },
  });
});

describe('what is wrong is told by path, and never with a value', () => {
  test.each([
    [{ secrets: { a: 42 } }, 'secrets.a', 'a text', 'type-wrong'],
    [
      { secrets: { 'hunter2 with blanks': 'x' } },
      'secrets["hunter2 with blanks"]',
      'letters, digits',
      'value-malformed',
    ],
    [{ secrets: { a: '' } }, 'secrets.a', 'a text that is not empty', 'value-out-of-range'],
    [{ users: [{ name: 'u' }] }, 'users[0].password', 'a text', 'key-missing'],
    [
      { users: [{ name: 'u', password: 'hunter2'.repeat(100) }] },
      'users[0].password',
      'at most 512',
      'value-out-of-range',
    ],
    [
      { users: [{ name: 'u', password: 'hunter2', kind: 'hunter2' }] },
      'users[0].kind',
      'clear, scrypt, ntHash',
      'value-unknown',
    ],
    [
      { users: [{ name: 'u', password: 'hunter2', role: 'hunter2' }] },
      'users[0]',
      'name, password',
      'key-unknown',
    ],
    [{ users: 'hunter2' }, 'users', 'a list', 'type-wrong'],
    ['hunter2', '', 'an object', 'type-wrong'],
    [{ hunter3: 1 }, '', 'secrets, users, entra', 'key-unknown'],
    [{ entra: [] }, 'entra', 'an object', 'type-wrong'],
    [{ entra: { people: [] } }, 'entra', 'users', 'key-unknown'],
    [entra({ password: 'hunter2' }), 'entra.users[0].userPrincipalName', 'a text', 'key-missing'],
    [
      entra({ userPrincipalName: 'hunter2' }),
      'entra.users[0].userPrincipalName',
      'name@suffix',
      'value-malformed',
    ],
    [
      entra({ userPrincipalName: 'CONTOSO\\hunter2@y' }),
      'entra.users[0].userPrincipalName',
      'name@suffix',
      'value-malformed',
    ],
    [entra({ ...zoe, objectId: 'hunter2' }), 'entra.users[0].objectId', 'a GUID', 'value-malformed'],
    [
      entra({ ...zoe, password: '' }),
      'entra.users[0].password',
      'a text that is not empty',
      'value-out-of-range',
    ],
    [entra({ ...zoe, password: 42 }), 'entra.users[0].password', 'a text', 'type-wrong'],
    [entra({ ...zoe, enabled: 'hunter2' }), 'entra.users[0].enabled', 'true or false', 'type-wrong'],
    [entra({ ...zoe, groups: 'hunter2' }), 'entra.users[0].groups', 'a list', 'type-wrong'],
    [
      entra({ ...zoe, groups: [' hunter2 '] }),
      'entra.users[0].groups[0]',
      'a name of 1 to 128 characters',
      'value-malformed',
    ],
    [entra({ ...zoe, method: 'hunter2' }), 'entra.users[0].method', 'push, code, none', 'value-unknown'],
    [entra({ ...zoe, demands: '50076' }), 'entra.users[0].demands', 'a number', 'type-wrong'],
    [entra({ ...zoe, demands: 50_076.5 }), 'entra.users[0].demands', 'a whole number', 'type-wrong'],
    [entra({ ...zoe, demands: 76 }), 'entra.users[0].demands', 'at least 10000', 'value-out-of-range'],
    [entra({ ...zoe, answers: 1e9 }), 'entra.users[0].answers', 'at most 99999999', 'value-out-of-range'],
    [entra({ ...zoe, secret: 'hunter2' }), 'entra.users[0]', 'userPrincipalName, objectId', 'key-unknown'],
  ])('%j', (value, path, expected, code) => {
    const result = read(value);
    expect(result).toMatchObject({
      ok: false,
      problems: [{ file: 'bridge.secrets.json', path, code, expected: expect.stringContaining(expected) }],
    });
    const told = JSON.stringify(result).replaceAll('secrets[\\"hunter2 with blanks\\"]', '');
    expect(told).not.toContain('hunter2');
  });

  test('text that is no JSON', () => {
    const result = readSecretsFile('{"secrets": {"a": hunter2}}', 'f');
    expect(result).toMatchObject({
      ok: false,
      problems: [{ file: 'f', path: 'secrets.a', code: 'json-malformed' }],
    });
    expect(JSON.stringify(result)).not.toContain('hunter2');
  });
});

test('the example of the guide is read', () => {
  const guide = readFileSync(new URL('../../docs/guides/try-it.md', import.meta.url), 'utf8');
  const [, example = ''] = /```json\n([^`]+)```/.exec(guide) ?? [];
  expect(readSecretsFile(example, 'f')).toMatchObject({
    ok: true,
    secrets: { users: [{ name: 'alice' }, { name: 'zoe' }], entra: { users: [{ groups: ['VPN Users'] }] } },
  });
  for (const key of Object.keys(whole)) expect(guide).toContain(`\`${key}\``);
});

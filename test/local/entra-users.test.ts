import { describe, expect, test } from 'vitest';
import { readConfiguration } from '../../functions/config/read.ts';
import type { BridgeConfiguration } from '../../functions/config/schema.ts';
import { checkEntraUsers, groupIds, groupsIn, knownToEntra, objectIdOf } from '../../local/entra-users.ts';
import { type EntraUser, readSecretsFile } from '../../local/secrets-file.ts';

const objectId = '66666666-7777-4888-9999-aaaaaaaaaaaa';
const otherId = '77777777-7777-4888-9999-aaaaaaaaaaaa';
const staffId = '88888888-7777-4888-9999-aaaaaaaaaaaa';

const whole = {
  tenant: '11111111-2222-4333-8444-555555555555',
  relays: [],
  clients: [],
  directories: [
    {
      name: 'hq',
      kind: 'local',
      users: [{ name: 'alice', upn: 'alice@contoso.example', entra: { objectId } }],
    },
    { name: 'entra', kind: 'entra', groups: [{ name: 'Staff', objectId: staffId }] },
  ],
};

function documentWith(changes: object = {}): BridgeConfiguration {
  const read = readConfiguration(JSON.stringify({ ...whole, ...changes }));
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return read.document;
}

function usersOf(...users: object[]): readonly EntraUser[] {
  const read = readSecretsFile(JSON.stringify({ entra: { users } }), 'f');
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return read.secrets.entra.users;
}

const zoe = { userPrincipalName: 'zoe@contoso.example', password: 'hunter2' };
const check = (...users: object[]) => checkEntraUsers(documentWith(), usersOf(...users), 'f');

describe('the object id of somebody', () => {
  const known = knownToEntra(documentWith());
  const idOf = (user: object) => usersOf(user).map((one) => objectIdOf(one, known))[0];

  test('is the one that is given, or that of the local user of this name', () => {
    expect(idOf({ ...zoe, objectId: otherId })).toBe(otherId);
    expect(idOf({ userPrincipalName: 'ALICE@contoso.example' })).toBe(objectId);
  });

  test('is made of the name otherwise: a GUID, always the same, another one for another name', () => {
    const id = idOf(zoe);
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(idOf({ userPrincipalName: 'Zoe@Contoso.example' })).toBe(id);
    expect(idOf({ userPrincipalName: 'zoe@fabrikam.example' })).not.toBe(id);
  });
});

test('a group is meant by its name, whatever the letter case, or by any id', () => {
  const groups = groupsIn(documentWith());
  expect(groupIds('sTAFF', groups)).toEqual([staffId]);
  expect(groupIds(otherId.toUpperCase(), groups)).toEqual([otherId]);
  expect(groupIds('Stuff', groups)).toEqual([]);
});

describe('what is wrong with users of the tenant', () => {
  test('nothing', () => {
    const onPremises = { onPremisesSamAccountName: 'zoe', onPremisesDomainName: 'corp.contoso.example' };
    const same = { userPrincipalName: 'Alice@contoso.example', objectId };
    expect(check({ ...zoe, ...onPremises, groups: ['staff', otherId] }, same)).toEqual([]);
    expect(checkEntraUsers(documentWith({ tenant: undefined, directories: [] }), [], 'f')).toEqual([]);
  });

  test('there is no tenant', () => {
    const document = documentWith({ tenant: undefined, directories: [] });
    expect(checkEntraUsers(document, usersOf(zoe), 'f')).toEqual([
      { file: 'f', path: 'entra', found: 'users of a tenant', expected: 'a "tenant" in bridge.json' },
    ]);
  });

  test.each([
    [
      'one name twice',
      [zoe, { userPrincipalName: 'ZOE@contoso.example' }],
      'entra.users[1].userPrincipalName',
      'that of entra.users[0]',
    ],
    [
      'one object id twice',
      [
        { ...zoe, objectId: otherId },
        { userPrincipalName: 'z@contoso.example', objectId: otherId },
      ],
      'entra.users[1].objectId',
      'that of entra.users[0]',
    ],
    [
      'a local user of the same name with another object id',
      [{ userPrincipalName: 'alice@contoso.example', objectId: otherId }],
      'entra.users[0].objectId',
      'directories[0].users[0]',
    ],
    [
      'a local user of the same object id with another name',
      [{ ...zoe, objectId }],
      'entra.users[0].userPrincipalName',
      'directories[0].users[0]',
    ],
    [
      'a UPN on premises without an account there',
      [{ ...zoe, onPremisesUserPrincipalName: 'hunter2' }],
      'entra.users[0].onPremisesUserPrincipalName',
      'without an account',
    ],
    ['half a name on premises', [{ ...zoe, onPremisesSamAccountName: 'hunter2' }], 'entra.users[0]', 'half'],
    ['half a name, the other half', [{ ...zoe, onPremisesDomainName: 'hunter2' }], 'entra.users[0]', 'half'],
    ['an unknown group', [{ ...zoe, groups: ['Staff', 'hunter2'] }], 'entra.users[0].groups[1]', 'a group'],
  ])('%s', (_, users, path, found) => {
    const problems = check(...users);
    expect(problems).toMatchObject([{ file: 'f', path, found: expect.stringContaining(found) }]);
    expect(JSON.stringify(problems)).not.toContain('hunter2');
  });

  test('an unknown group is told with those that there are', () => {
    const [problem] = check({ ...zoe, groups: ['x'] });
    expect(problem?.expected).toContain('"Staff"');
    const document = documentWith({ directories: [] });
    const [other] = checkEntraUsers(document, usersOf({ ...zoe, groups: ['x'] }), 'f');
    expect(other?.expected).toContain('there is none');
  });
});

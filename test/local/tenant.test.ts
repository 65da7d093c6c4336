import { describe, expect, test } from 'vitest';
import { readConfiguration } from '../../functions/config/read.ts';
import type { BridgeConfiguration } from '../../functions/config/schema.ts';
import { type EntraUser, readSecretsFile } from '../../local/secrets-file.ts';
import { exampleInEntra, ringingIn, tenantOf } from '../../local/tenant.ts';

const tenant = '11111111-2222-4333-8444-555555555555';
const objectId = '66666666-7777-4888-9999-aaaaaaaaaaaa';
const version = '0123456789abcdef0123456789abcdef';

const connector = (certificate: object) => ({ providers: [{ kind: 'connector', certificate }] });
const users = [
  { name: 'alice', upn: 'alice@contoso.example', entra: { objectId } },
  {
    name: 'bob',
    upn: 'bob@contoso.example',
    enabled: false,
    entra: { objectId, userPrincipalName: 'robert@contoso.example' },
  },
  { name: 'carol', upn: 'carol@contoso.example' },
];
const rdg = {
  name: 'rdg',
  addresses: ['127.0.0.1'],
  profile: 'rd-gateway',
  secrets: [{ keyVault: 'rdg' }],
};

function documentWith(changes: object): BridgeConfiguration {
  const directories = [{ name: 'hq', kind: 'local', users }];
  const whole = { tenant, relays: [], clients: [rdg], directories, mfa: connector({ keyVault: 'nps' }) };
  const read = readConfiguration(JSON.stringify({ ...whole, ...changes }));
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return read.document;
}

function usersOf(...given: object[]): readonly EntraUser[] {
  const read = readSecretsFile(JSON.stringify({ entra: { users: given } }), 'f');
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return read.secrets.entra.users;
}

const clientId = '22222222-3333-4444-8555-666666666666';
const staff = { name: 'Staff', objectId: '33333333-4444-4555-8666-777777777777' };
const checkedBy = (passwordCheck: object = {}) => ({
  name: 'entra',
  kind: 'entra',
  groups: [staff],
  passwordCheck: { clientId, ...passwordCheck },
});
const asked = [{ name: 'all', conditions: [{ always: true }], authentication: { directory: 'entra' } }];

describe('what the stand-ins have to know', () => {
  test('tenant, cloud, the certificate that is named, and everybody whom Entra knows, enabled or not', () => {
    expect(tenantOf(documentWith({ cloud: 'us-government' }), [])).toEqual({
      id: tenant,
      cloud: 'us-government',
      certificates: [{ name: 'nps' }],
      people: [
        { upn: 'alice@contoso.example', objectId },
        { upn: 'robert@contoso.example', objectId },
      ],
      groups: [],
      applications: [],
    });
  });

  test('the version of a certificate that is pinned', () => {
    expect(tenantOf(documentWith({ mfa: connector({ keyVault: 'nps', version }) }), []).certificates).toEqual(
      [{ name: 'nps', version }],
    );
  });

  test('two local users who are one person in Entra are one', () => {
    const twice = [
      { name: 'a', entra: { objectId, userPrincipalName: 'alice@contoso.example' } },
      { name: 'b', entra: { objectId, userPrincipalName: 'Alice@contoso.example' } },
    ];
    const directories = [{ name: 'hq', kind: 'local', users: twice }];
    expect(tenantOf(documentWith({ directories }), []).people).toHaveLength(1);
  });

  test('people of the tenant with all that is given; their word counts where a local user is the same person', () => {
    const document = documentWith({ directories: [{ name: 'hq', kind: 'local', users }, checkedBy()] });
    const zoe = {
      userPrincipalName: 'zoe@contoso.example',
      password: 'z',
      enabled: false,
      method: 'none',
      demands: 50_076,
      answers: 50_053,
      displayName: 'Zoe',
      objectId: staff.objectId.toUpperCase(),
    };
    const onPremises = {
      onPremisesSamAccountName: 'al',
      onPremisesDomainName: 'corp.contoso.example',
      onPremisesUserPrincipalName: 'al@corp.contoso.example',
    };
    const alice = { userPrincipalName: 'Alice@contoso.example', password: 'a', ...onPremises };
    expect(tenantOf(document, usersOf(zoe, alice)).people).toEqual([
      {
        upn: 'Alice@contoso.example',
        objectId,
        password: 'a',
        onPremises: {
          samAccountName: 'al',
          domainName: 'corp.contoso.example',
          userPrincipalName: 'al@corp.contoso.example',
        },
      },
      { upn: 'robert@contoso.example', objectId },
      {
        upn: 'zoe@contoso.example',
        objectId: staff.objectId,
        password: 'z',
        enabled: false,
        method: 'none',
        demands: 50_076,
        answers: 50_053,
        displayName: 'Zoe',
      },
    ]);
  });

  test('groups that directories name, and those that users are in by their ids alone', () => {
    const elsewhere = '44444444-4444-4555-8666-777777777777';
    const document = documentWith({ directories: [checkedBy()] });
    const given = usersOf(
      { userPrincipalName: 'a@b', objectId, groups: ['staff', staff.objectId, elsewhere] },
      { userPrincipalName: 'c@b', objectId: elsewhere, groups: ['Staff'] },
    );
    expect(tenantOf(document, given).groups).toEqual([
      { objectId: staff.objectId, displayName: 'Staff', members: [objectId, elsewhere] },
      { objectId: elsewhere, displayName: `Group ${elsewhere}`, members: [objectId] },
    ]);
    expect(tenantOf(document, []).groups).toMatchObject([{ displayName: 'Staff', members: [] }]);
  });

  test('each certificate and each app registration once; of one certificate the pinned version is enough', () => {
    const directories = [
      checkedBy({ certificate: { keyVault: 'NPS', version } }),
      { ...checkedBy({ certificate: { keyVault: 'other' } }), name: 'again' },
    ];
    expect(tenantOf(documentWith({ directories }), [])).toMatchObject({
      certificates: [{ name: 'NPS', version }, { name: 'other' }],
      applications: [{ clientId }],
    });
    const same = [checkedBy({ certificate: { keyVault: 'NPS' } }), { ...checkedBy(), name: 'again' }];
    expect(tenantOf(documentWith({ directories: same }), []).certificates).toHaveLength(1);
  });

  test('nothing of Entra: no tenant, no certificate, nobody', () => {
    const read = readConfiguration(JSON.stringify({ relays: [], clients: [] }));
    if (!read.ok) throw new Error(JSON.stringify(read.problems));
    expect(tenantOf(read.document, [])).toEqual({
      cloud: 'public',
      certificates: [],
      people: [],
      groups: [],
      applications: [],
    });
  });
});

describe('a sign-in that rings a phone', () => {
  test('as the preferred user where Entra knows them and they are enabled, else as another one', () => {
    const more = [...users, { name: 'dora', upn: 'dora@contoso.example', entra: { objectId } }];
    const document = documentWith({ directories: [{ name: 'hq', kind: 'local', users: more }] });
    expect(ringingIn(document, [], 'dora')).toEqual({ user: 'dora', client: 'rdg' });
    for (const name of ['bob', 'carol', undefined]) {
      expect(ringingIn(document, [], name)).toEqual({ user: 'alice', client: 'rdg' });
    }
  });

  test.each([
    ['nothing that prompts', { mfa: undefined }],
    ['no RD Gateway', { clients: [{ ...rdg, profile: 'generic' }] }],
    ['no enabled RD Gateway', { clients: [{ ...rdg, enabled: false }] }],
    ['nobody whom Entra knows', { directories: [] }],
  ])('there is none with %s', (_, changes) => {
    expect(ringingIn(documentWith(changes), [], 'alice')).toBeUndefined();
  });
});

describe('without local users, a sign-in that rings a phone', () => {
  const document = documentWith({ directories: [checkedBy()], connectionRequestPolicies: asked });
  const off = { userPrincipalName: 'off@b', enabled: false };
  const locked = { userPrincipalName: 'locked@b', answers: 50_053 };
  const code = { userPrincipalName: 'code@b', method: 'code' };
  const zoe = { userPrincipalName: 'zoe@b' };

  test('is that of somebody of the tenant who can approve it', () => {
    expect(ringingIn(document, usersOf(off, locked, code, zoe), undefined)).toEqual({
      user: 'zoe@b',
      client: 'rdg',
    });
    expect(ringingIn(document, usersOf(off, locked, code), undefined)).toBeUndefined();
  });

  test('does not exist where no request goes to the tenant', () => {
    expect(ringingIn(documentWith({ directories: [checkedBy()] }), usersOf(zoe), undefined)).toBeUndefined();
  });
});

describe('somebody whose password Entra checks', () => {
  const zoe = { userPrincipalName: 'zoe@b', password: 'z' };
  const given = usersOf(
    { ...zoe, userPrincipalName: 'off@b', enabled: false },
    { ...zoe, userPrincipalName: 'locked@b', answers: 50_053 },
    { userPrincipalName: 'none@b' },
    { ...zoe, method: 'none' },
  );

  test('is the first who can sign in', () => {
    const document = documentWith({ directories: [checkedBy()], connectionRequestPolicies: asked });
    expect(exampleInEntra(document, given)).toEqual({ user: 'zoe@b', password: 'z' });
    expect(exampleInEntra(document, given.slice(0, 3))).toBeUndefined();
  });

  test.each([
    ['no policy asks', {}],
    ['the policy that asks is disabled', { connectionRequestPolicies: [{ ...asked[0], enabled: false }] }],
    ['nothing checks', { directories: [{ name: 'entra', kind: 'entra' }], connectionRequestPolicies: asked }],
  ])('does not exist where %s', (_, changes) => {
    const document = documentWith({ directories: [checkedBy()], ...changes });
    expect(exampleInEntra(document, given)).toBeUndefined();
  });
});

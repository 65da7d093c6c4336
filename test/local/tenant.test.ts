import { describe, expect, test } from 'vitest';
import { readConfiguration } from '../../functions/config/read.ts';
import type { BridgeConfiguration } from '../../functions/config/schema.ts';
import { ringingIn, tenantOf } from '../../local/tenant.ts';

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

describe('what the stand-ins have to know', () => {
  test('tenant, cloud, the certificate that is named, and everybody whom Entra knows, enabled or not', () => {
    expect(tenantOf(documentWith({ cloud: 'us-government' }))).toEqual({
      id: tenant,
      cloud: 'us-government',
      certificates: [{ name: 'nps' }],
      people: [
        { upn: 'alice@contoso.example', objectId },
        { upn: 'robert@contoso.example', objectId },
      ],
    });
  });

  test('the version of a certificate that is pinned', () => {
    expect(tenantOf(documentWith({ mfa: connector({ keyVault: 'nps', version }) })).certificates).toEqual([
      { name: 'nps', version },
    ]);
  });

  test('two local users who are one person in Entra are one', () => {
    const twice = [
      { name: 'a', entra: { objectId, userPrincipalName: 'alice@contoso.example' } },
      { name: 'b', entra: { objectId, userPrincipalName: 'Alice@contoso.example' } },
    ];
    const directories = [{ name: 'hq', kind: 'local', users: twice }];
    expect(tenantOf(documentWith({ directories })).people).toHaveLength(1);
  });

  test('nothing of Entra: no tenant, no certificate, nobody', () => {
    const read = readConfiguration(JSON.stringify({ relays: [], clients: [] }));
    if (!read.ok) throw new Error(JSON.stringify(read.problems));
    expect(tenantOf(read.document)).toEqual({ cloud: 'public', certificates: [], people: [] });
  });
});

describe('a sign-in that rings a phone', () => {
  test('as the preferred user where Entra knows them and they are enabled, else as another one', () => {
    const more = [...users, { name: 'dora', upn: 'dora@contoso.example', entra: { objectId } }];
    const document = documentWith({ directories: [{ name: 'hq', kind: 'local', users: more }] });
    expect(ringingIn(document, 'dora')).toEqual({ user: 'dora', client: 'rdg' });
    for (const name of ['bob', 'carol', undefined]) {
      expect(ringingIn(document, name)).toEqual({ user: 'alice', client: 'rdg' });
    }
  });

  test.each([
    ['nothing that prompts', { mfa: undefined }],
    ['no RD Gateway', { clients: [{ ...rdg, profile: 'generic' }] }],
    ['no enabled RD Gateway', { clients: [{ ...rdg, enabled: false }] }],
    ['nobody whom Entra knows', { directories: [] }],
  ])('there is none with %s', (_, changes) => {
    expect(ringingIn(documentWith(changes), 'alice')).toBeUndefined();
  });
});

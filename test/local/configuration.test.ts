import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readConfiguration } from '../../functions/config/read.ts';
import type { BridgeConfiguration, UserEntry } from '../../functions/config/schema.ts';
import { matchesScryptHash, readScryptHash } from '../../functions/identity/scrypt.ts';
import { localConfiguration } from '../../local/configuration.ts';

const newKey = () =>
  generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
const publicKey = newKey();
const otherKey = newKey();

const tenant = '11111111-2222-4333-8444-555555555555';
const attemptKey = 'made up for this run only';

const client = (changes: object = {}) => ({
  name: 'vpn',
  addresses: ['192.0.2.0/24'],
  profile: 'generic',
  secrets: [{ keyVault: 'vpn' }],
  ...changes,
});

const make = (bridge: object, secrets?: object) =>
  localConfiguration({
    bridge: { file: 'bridge.json', text: JSON.stringify({ relays: [], clients: [client()], ...bridge }) },
    secrets: secrets ? { file: 'bridge.secrets.json', text: JSON.stringify(secrets) } : undefined,
    publicKey,
    attemptKey,
  });

const vpn = { vpn: 'a-secret-of-sixteen' };

function documentOf(text: string): BridgeConfiguration {
  const read = readConfiguration(text);
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return read.document;
}

/** The users of the first local directory. */
function usersIn(text: string): readonly UserEntry[] {
  const directory = documentOf(text).directories.find(({ kind }) => kind === 'local');
  return directory?.kind === 'local' ? directory.users : [];
}

describe('the relay of this run', () => {
  test('takes the place of the first one: name and keyId stay, the key is new, the others are left alone', async () => {
    const relays = [
      { name: 'Site 1', keyId: 'site-1', publicKey: otherKey, enabled: false },
      { name: 'Site 2', keyId: 'site-2', publicKey: newKey() },
    ];
    const made = await make({ relays }, { secrets: vpn });
    expect(made.relay).toEqual({ name: 'Site 1', keyId: 'site-1' });
    expect(documentOf(made.bridgeJson).relays).toEqual([
      { name: 'Site 1', keyId: 'site-1', publicKey, enabled: true },
      { ...relays[1], enabled: true },
    ]);
  });

  test('is called local when there is none', async () => {
    const made = await make({}, { secrets: vpn });
    expect(documentOf(made.bridgeJson).relays).toEqual([
      { name: 'local', keyId: 'local', publicKey, enabled: true },
    ]);
  });

  test('admits the networks of its clients with their patience, and loopback', async () => {
    const clients = [
      client(),
      client({
        name: 'rdg',
        addresses: ['127.0.0.0/8', '2001:DB8::/32'],
        profile: 'rd-gateway',
        patience: 7,
      }),
      client({ name: 'off', addresses: ['198.51.100.1'], enabled: false }),
      client({ name: 'elsewhere', addresses: ['203.0.113.1'], relays: ['two'] }),
    ];
    const relays = [
      { name: 'one', keyId: 'one', publicKey: otherKey },
      { name: 'two', keyId: 'two', publicKey: newKey() },
    ];
    const made = await make({ clients, relays }, { secrets: vpn });
    expect(made.admitted).toEqual([
      { network: '192.0.2.0/24', patience: 30 },
      { network: '127.0.0.0/8', patience: 7 },
      { network: '2001:db8::/32', patience: 7 },
      { network: '::1', patience: 60 },
    ]);
    expect(made.clients.map(({ name }) => name)).toEqual(['vpn', 'rdg', 'elsewhere']);
    expect(made.clients[0]?.secret).toBe(vpn.vpn);
  });
});

describe('the users of bridge.secrets.json', () => {
  const directories = [
    {
      name: 'hq',
      kind: 'local',
      upnSuffixes: ['contoso.example'],
      users: [{ name: 'alice', upn: 'alice@contoso.example', groups: ['VPN Users'], enabled: false }],
    },
  ];

  test('a known one gets a credential, whichever name and letter case is used; the rest stays', async () => {
    for (const name of ['ALICE', 'Alice@contoso.example']) {
      const made = await make(
        { directories },
        { secrets: vpn, users: [{ name, password: 'correct horse' }] },
      );
      expect(usersIn(made.bridgeJson)).toEqual([
        {
          name: 'alice',
          upn: 'alice@contoso.example',
          groups: ['VPN Users'],
          enabled: false,
          credential: { kind: 'clear', secret: { keyVault: 'user-1' } },
        },
      ]);
      expect(made.secrets).toEqual({ ...vpn, 'user-1': 'correct horse' });
    }
  });

  test('who they are in Entra stays, and the stand-ins get to know it', async () => {
    const entra = { objectId: '66666666-7777-4888-9999-aaaaaaaaaaaa' };
    const [hq] = directories;
    const known = [{ ...hq, users: [{ ...hq?.users[0], entra }] }];
    const made = await make(
      { tenant, directories: known },
      { secrets: vpn, users: [{ name: 'alice', password: 'a' }] },
    );
    expect(usersIn(made.bridgeJson)[0]).toMatchObject({ entra });
    expect(made).toMatchObject({
      tenant: { id: tenant, people: [{ upn: 'alice@contoso.example', ...entra }] },
      canPrompt: false,
    });
    expect(made.ringing).toBeUndefined();
  });

  test('groups and state are taken where they are given; an unknown one is added', async () => {
    const users = [
      { name: 'alice', password: 'a', groups: ['Staff'], enabled: true },
      { name: 'zoe', password: 'z' },
    ];
    const made = await make({ directories }, { secrets: vpn, users });
    expect(usersIn(made.bridgeJson)).toMatchObject([
      { name: 'alice', groups: ['Staff'], enabled: true },
      { name: 'zoe', groups: [], enabled: true, credential: { kind: 'clear' } },
    ]);
    expect(made.example).toEqual({ user: 'alice', password: 'a' });
  });

  test('without a directory one is made', async () => {
    const made = await make({}, { secrets: vpn, users: [{ name: 'zoe', password: 'z' }] });
    expect(documentOf(made.bridgeJson).directories).toMatchObject([
      { name: 'local', users: [{ name: 'zoe' }] },
    ]);
  });

  test('beside directories of Entra alone one is made, too, under a name that is free', async () => {
    const directories = [{ name: 'Local', kind: 'entra' }];
    const made = await make(
      { tenant, directories },
      { secrets: vpn, users: [{ name: 'zoe', password: 'z' }] },
    );
    expect(documentOf(made.bridgeJson).directories).toMatchObject([
      { name: 'Local', kind: 'entra' },
      { name: 'local-local', kind: 'local', users: [{ name: 'zoe' }] },
    ]);
  });

  test('scrypt and ntHash keep no password', async () => {
    const users = [
      { name: 's', password: 'SecREt01', kind: 'scrypt' },
      { name: 'n', password: 'SecREt01', kind: 'ntHash' },
    ];
    const made = await make({}, { secrets: vpn, users });
    expect(JSON.stringify(made.secrets) + made.bridgeJson).not.toContain('SecREt01');
    const [s, n] = usersIn(made.bridgeJson);
    const hash = s?.credential?.kind === 'scrypt' ? readScryptHash(s.credential.hash) : undefined;
    expect(hash && (await matchesScryptHash(Buffer.from('SecREt01'), hash))).toBe(true);
    expect(n?.credential).toEqual({ kind: 'ntHash', secret: { keyVault: 'user-2' } });
    expect(made.secrets['user-2']).toBe('cd06ca7c7e10c99b1d33b7485a2ed808');
  });

  test('their secrets never take the name of another', async () => {
    const secrets = { ...vpn, 'user-1': 'mine' };
    const made = await make({}, { secrets, users: [{ name: 'zoe', password: 'z' }] });
    expect(made.secrets).toEqual({ ...secrets, 'local-user-1': 'z' });
  });
});

describe('the users of the tenant', () => {
  const passwordCheck = { clientId: '22222222-3333-4444-8555-666666666666', certificate: { keyVault: 'c' } };
  const groups = [{ name: 'Staff', objectId: '33333333-4444-4555-8666-777777777777' }];
  const checking = { tenant, directories: [{ name: 'entra', kind: 'entra', groups, passwordCheck }] };
  const user = { userPrincipalName: 'zoe@contoso.example', password: 'z', groups: ['Staff'] };

  test('become people, groups and app registrations of the stand-ins', async () => {
    const made = await make(checking, { secrets: vpn, entra: { users: [user] } });
    const [zoe] = made.tenant.people;
    expect(made.tenant).toMatchObject({
      id: tenant,
      certificates: [{ name: 'c' }],
      people: [{ upn: user.userPrincipalName, password: 'z' }],
      groups: [{ objectId: groups[0]?.objectId, displayName: 'Staff', members: [zoe?.objectId] }],
      applications: [{ clientId: passwordCheck.clientId }],
    });
    expect(made.bridgeJson).not.toContain('zoe');
    expect(made.example).toBeUndefined();
  });

  test('a key for attempts is made where Entra checks passwords and none is given', async () => {
    const noCheck = [{ name: 'entra', kind: 'entra' }];
    expect((await make(checking, { secrets: vpn })).secrets).toEqual({ ...vpn, 'attempt-key': attemptKey });
    expect((await make({ ...checking, directories: noCheck }, { secrets: vpn })).secrets).toEqual(vpn);
    for (const name of ['attempt-key', 'Attempt-Key']) {
      const secrets = { ...vpn, [name]: 'sixteen octets!!' };
      expect((await make(checking, { secrets })).secrets).toEqual(secrets);
    }
  });

  test('secret-too-weak: a key for attempts that is too short, without its text', async () => {
    const secrets = { ...vpn, 'attempt-key': 'hunter2' };
    await expect(make(checking, { secrets })).rejects.toMatchObject({
      code: 'secret-too-weak',
      problems: [
        { file: 'bridge.secrets.json', path: 'secrets["attempt-key"]', found: 'a secret of 7 octets' },
      ],
    });
  });

  test('secrets-file-invalid: what does not fit the bridge.json', async () => {
    const users = [{ ...user, groups: ['Stuff'] }];
    await expect(make(checking, { secrets: vpn, entra: { users } })).rejects.toMatchObject({
      code: 'secrets-file-invalid',
      problems: [{ file: 'bridge.secrets.json', path: 'entra.users[0].groups[0]' }],
    });
  });
});

describe('what is refused', () => {
  test('configuration-invalid: by file, path, what was found and expected', async () => {
    await expect(make({ clients: [client({ addresses: ['nonsense'] })], relays: [] })).rejects.toMatchObject({
      code: 'configuration-invalid',
      problems: [{ file: 'bridge.json', path: 'clients[0].addresses[0]', code: 'address-malformed' }],
    });
  });

  test('configuration-invalid: a policy that does not compile', async () => {
    const networkPolicies = [
      {
        name: 'p',
        conditions: [{ always: true }],
        permission: 'grant',
        mfa: 'none',
        constraints: { authenticationMethods: ['pap'] },
        attributes: { 'No-Such-Attribute': 1 },
      },
    ];
    await expect(make({ networkPolicies }, { secrets: vpn })).rejects.toMatchObject({
      code: 'configuration-invalid',
      problems: [
        {
          file: 'bridge.json',
          path: expect.stringContaining('networkPolicies[0].attributes'),
          code: 'attribute-unknown',
        },
      ],
    });
  });

  test('configuration-invalid: a user that the directory cannot hold is told of the secrets file', async () => {
    const users = [{ name: 'A\\B', password: 'x' }];
    await expect(make({}, { secrets: vpn, users })).rejects.toMatchObject({
      code: 'configuration-invalid',
      problems: [{ file: 'bridge.secrets.json', path: 'directories[0].users[0].name' }],
    });
  });

  test('secrets-file-invalid', async () => {
    await expect(make({}, { secrets: vpn, users: [{ name: 'x' }] })).rejects.toMatchObject({
      code: 'secrets-file-invalid',
      problems: [{ file: 'bridge.secrets.json', path: 'users[0].password' }],
    });
  });

  test("secret-not-given: a client's and a user's, named", async () => {
    const credential = { kind: 'clear', secret: { keyVault: 'user-alice' } };
    const directories = [{ name: 'hq', kind: 'local', users: [{ name: 'alice', credential }] }];
    for (const [secrets, end] of [
      [undefined, /bridge\.secrets\.json beside it; there is no such file$/],
      [{ secrets: {} }, /bridge\.secrets\.json beside it$/],
    ] as const) {
      const expected = expect.stringMatching(end);
      await expect(make({ directories }, secrets)).rejects.toMatchObject({
        code: 'secret-not-given',
        problems: [
          { path: 'clients[0].secrets[0].keyVault', found: '"vpn"', expected },
          { path: 'directories[0].users[0].credential.secret.keyVault', found: '"user-alice"', expected },
        ],
      });
    }
  });
});

test('secret-too-weak: named, with its length and without its text, unless the client allows it', async () => {
  const secrets = { secrets: { vpn: 'hunter2' } };
  await expect(make({}, secrets)).rejects.toMatchObject({
    code: 'secret-too-weak',
    problems: [{ path: 'clients[0].secrets[0].keyVault', found: '"vpn", a secret of 7 octets' }],
  });
  await expect(make({ clients: [client({ allowWeakSecret: true })] }, secrets)).resolves.toBeDefined();
});

test('the embedded default is valid, and its secrets are long enough', async () => {
  const text = (name: string) =>
    readFileSync(new URL(`../../local/default/${name}`, import.meta.url), 'utf8');
  const made = await localConfiguration({
    bridge: { file: 'bridge.json', text: text('bridge.json') },
    secrets: { file: 'bridge.secrets.json', text: text('bridge.secrets.json') },
    publicKey,
    attemptKey,
  });
  expect(made.clients.map(({ name, addresses }) => [name, ...addresses])).toEqual([
    ['vpn', '127.0.0.1'],
    ['rd-gateway', '127.0.0.2', '::1'],
  ]);
  for (const { secret } of made.clients) expect(Buffer.byteLength(secret)).toBeGreaterThanOrEqual(16);
  expect(made.example).toEqual({ user: 'alice', password: 'correct horse' });
  expect(made.exampleInEntra).toEqual({ user: 'alice@contoso.example', password: 'correct horse' });
  expect(made.ringing).toEqual({ user: 'alice', client: 'rd-gateway' });
  expect(made.secrets['attempt-key']).toBe(attemptKey);
  expect(made.tenant).toMatchObject({
    certificates: [{ name: 'nps-mfa' }],
    people: [
      {
        upn: 'alice@contoso.example',
        objectId: '3d9b1c52-7a40-4e86-9d27-5f0c8e6a1b34',
        password: 'correct horse',
      },
      { upn: 'bob@contoso.example', enabled: false },
      { upn: 'carol@contoso.example' },
      { upn: 'dora@contoso.example', demands: 50_076 },
    ],
  });
  expect(made.canPrompt).toBe(true);
});

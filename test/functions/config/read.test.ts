import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { ConfigurationProblemCode } from '../../../functions/config/problems.ts';
import { LONGEST_CONFIGURATION, readConfiguration } from '../../../functions/config/read.ts';
import {
  client,
  connectionRequestPolicy,
  document,
  mfa,
  networkPolicy,
  PRIVATE_KEY,
  PUBLIC_KEY,
  relay,
  TENANT,
} from './document.ts';

function read(value: unknown) {
  return readConfiguration(JSON.stringify(value));
}

function problemsOf(value: unknown) {
  const reading = read(value);
  return reading.ok ? [] : reading.problems;
}

const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  .publicKey.export({ format: 'der', type: 'spki' })
  .toString('base64');

const OBJECT = '3D9B1C52-7A40-4E86-9D27-5F0C8E6A1B34';
const requiring = { networkPolicies: [networkPolicy({ mfa: undefined })] };
const withMfa = (over: Record<string, unknown>) => ({ tenant: TENANT, mfa: mfa(over) });
const withCertificate = (certificate: unknown, over: object = {}) =>
  withMfa({ providers: [{ kind: 'connector', certificate, ...over }] });
const inEntra = (entra: unknown, over: object = {}) => ({
  tenant: TENANT,
  ...user({ name: 'alice', upn: 'alice@contoso.example', entra, ...over }),
});

const user = (over: object) => ({ directories: [{ name: 'local', kind: 'local', users: [over] }] });
const users = (...list: object[]) => ({
  directories: [{ name: 'local', kind: 'local', upnSuffixes: ['contoso.example'], users: list }],
});
const withCondition = (condition: unknown) => ({
  networkPolicies: [networkPolicy({ conditions: [condition] })],
});
const withHours = (day: string, text: string) => withCondition({ dayAndTime: { [day]: [text] } });

test('a small document is read, with every default', () => {
  const reading = read(document());
  expect(reading).toMatchObject({
    ok: true,
    document: {
      timeZone: 'UTC',
      relays: [{ enabled: true }],
      clients: [{ messageAuthenticator: 'required', allowWeakSecret: false, enabled: true }],
      directories: [{ domains: [], upnSuffixes: [], users: [{ enabled: true }] }],
      networkPolicies: [{ accessServerType: 'unspecified', enabled: true }],
    },
  });
});

test.each(['Europe/Berlin', 'UTC', 'Etc/UTC', 'Asia/Kolkata', 'Asia/Calcutta', 'europe/berlin'])(
  'the time zone %s is taken by this name',
  (timeZone) => {
    expect(read(document({ timeZone }))).toMatchObject({ ok: true, document: { timeZone } });
  },
);

test('MFA is required where a policy does not say otherwise, with every default', () => {
  expect(read(document({ ...requiring, ...withMfa({}) }))).toMatchObject({
    ok: true,
    document: {
      cloud: 'public',
      mfa: { providers: [{ signature: 'PS256', language: 'en-us' }], promptWindow: 75, minimumWait: 20 },
      networkPolicies: [{ mfa: 'required' }],
    },
  });
});

test('ids are kept in lower case', () => {
  const version = '0123456789ABCDEF0123456789ABCDEF';
  const written = document({
    ...inEntra({ objectId: OBJECT }),
    ...withCertificate({ keyVault: 'NPS-mfa', version }),
    tenant: TENANT.toUpperCase(),
  });
  expect(read(written)).toMatchObject({
    ok: true,
    document: {
      tenant: TENANT,
      mfa: { providers: [{ certificate: { keyVault: 'NPS-mfa', version: version.toLowerCase() } }] },
      directories: [{ users: [{ entra: { objectId: OBJECT.toLowerCase() } }] }],
    },
  });
});

test('without "mfa" policies may deny, and grant where they say that they need none', () => {
  const networkPolicies = [
    networkPolicy({ permission: 'deny', mfa: undefined }),
    networkPolicy({ name: 'other', mfa: 'none' }),
  ];
  expect(problemsOf(document({ networkPolicies }))).toEqual([]);
});

test('mfa-missing and tenant-missing say who needs what is not there', () => {
  expect(problemsOf(document(requiring))).toEqual([
    {
      path: 'networkPolicies[0].mfa',
      code: 'mfa-missing',
      found: '"required", which is the default, and no "mfa" section',
      expected: expect.stringContaining('"none" here to let users in without a second factor'),
    },
  ]);
  const missing = { path: 'tenant', code: 'tenant-missing', found: 'nothing' };
  expect(problemsOf(document({ mfa: mfa() }))).toEqual([
    { ...missing, expected: expect.stringContaining('which mfa needs') },
  ]);
  expect(problemsOf(document({ ...inEntra({ objectId: OBJECT }), tenant: undefined }))).toEqual([
    { ...missing, expected: expect.stringContaining('which directories[0].users[0].entra needs') },
  ]);
});

test("a certificate's name is shown, and what else may stand there is not", () => {
  const found = (certificate: unknown) =>
    problemsOf(document(withCertificate(certificate))).map((problem) => problem.found);
  expect(found('nps-mfa')).toEqual(['"nps-mfa"']);
  expect(found({ keyVault: 'nps_mfa' })).toEqual(['"nps_mfa"']);
  expect(found({ keyVault: 'nps-mfa', version: 'newest' })).toEqual(['"newest"']);
  const pem = `-----BEGIN PRIVATE KEY-----\n${PRIVATE_KEY}\n-----END PRIVATE KEY-----`;
  const pfx = 'MIIJ'.repeat(100);
  for (const text of [pem, pfx]) {
    expect(found(text)).toEqual(['a string']);
    expect(found({ keyVault: text })).toEqual(['a string']);
    expect(found({ keyVault: 'nps-mfa', version: text })).toEqual(['a string']);
  }
  const attributes = { certificate: [{ keyVault: 'xyzzy' }] };
  expect(
    JSON.stringify(problemsOf(document({ networkPolicies: [networkPolicy({ attributes })] }))),
  ).not.toContain('xyzzy');
});

describe('a key that does not exist is told with those that do', () => {
  test.each<[string, Record<string, unknown>, string]>([
    ['at the top', { client: [] }, 'one of "tenant", "cloud", "timeZone", "relays", "clients"'],
    ['in a list', { clients: [client({ timeout: 5 })] }, 'one of "name", "addresses", "relays", "profile"'],
    [
      'of one kind of directory alone',
      { directories: [{ name: 'e', kind: 'entra', users: [] }] },
      'one of "name", "kind", "domains", "bareNames", "groups", "passwordCheck", "cacheFor"',
    ],
    ['of a condition', withCondition({ always: true, clint: 1 }), 'one of "always", "client", "userGroup"'],
    ['of the days', withHours('Monday', '08:00-09:00'), 'one of "sunday", "monday", "tuesday"'],
    [
      'where only one does',
      { networkPolicies: [networkPolicy({ constraints: { authenticationMethods: ['pap'], x: 1 } })] },
      '"authenticationMethods"',
    ],
  ])('%s', (_name, over, expected) => {
    const [problem, ...others] = problemsOf(document(over));
    expect(others).toEqual([]);
    expect(problem).toMatchObject({ code: 'key-unknown', expected: expect.stringContaining(expected) });
    expect(problem?.expected).not.toContain('$schema');
  });
});

describe('each problem has its path and code', () => {
  const rows: Array<[ConfigurationProblemCode, string, Record<string, unknown>]> = [
    ['key-unknown', 'client', { client: [] }],
    ['key-unknown', 'clients[0].timeout', { clients: [client({ timeout: 5 })] }],
    ['key-unknown', 'networkPolicies[0].conditions[0].dayAndTime.Monday', withHours('Monday', '08:00-09:00')],
    ['key-missing', 'clients[0].profile', { clients: [client({ profile: undefined })] }],
    ['key-missing', 'relays', { relays: undefined }],
    ['key-missing', 'networkPolicies[0].conditions[0].dayAndTime', withCondition({ dayAndTime: {} })],
    ['key-missing', 'directories[0].users[0].credential.kind', user({ name: 'bob', credential: {} })],
    ['type-wrong', 'relays', { relays: {} }],
    ['type-wrong', 'clients[0].addresses', { clients: [client({ addresses: '192.0.2.10' })] }],
    ['type-wrong', 'networkPolicies[0].conditions[0].client', withCondition({ client: 'vpn-1' })],
    ['type-wrong', 'networkPolicies[0].conditions[0].nasPortType[0]', withCondition({ nasPortType: [true] })],
    [
      'type-wrong',
      'networkPolicies[0].attributes.Class',
      { networkPolicies: [networkPolicy({ attributes: { Class: null } })] },
    ],
    ['value-unknown', 'clients[0].profile', { clients: [client({ profile: 'rdgateway' })] }],
    [
      'value-unknown',
      'networkPolicies[0].permission',
      { networkPolicies: [networkPolicy({ permission: 'allow' })] },
    ],
    [
      'value-unknown',
      'directories[0].users[0].credential.kind',
      user({ name: 'bob', credential: { kind: 'md5' } }),
    ],
    ['value-malformed', 'clients[0].name', { clients: [client({ name: 'vpn\u0007' })] }],
    [
      'value-malformed',
      'clients[0].secrets[0].keyVault',
      { clients: [client({ secrets: [{ keyVault: 'a_b' }] })] },
    ],
    ['value-malformed', 'relays[0].keyId', { relays: [relay({ keyId: 'a b' })] }],
    ['value-malformed', 'directories[0].users[0].name', user({ name: 'CONTOSO\\bob' })],
    ['value-malformed', 'networkPolicies[0].conditions[0].dayAndTime.monday[0]', withHours('monday', '8-18')],
    ['value-out-of-range', 'clients[0].patience', { clients: [client({ patience: 0 })] }],
    ['value-out-of-range', 'clients[0].patience', { clients: [client({ patience: 601 })] }],
    ['value-out-of-range', 'clients[0].secrets', { clients: [client({ secrets: [] })] }],
    [
      'value-out-of-range',
      'networkPolicies[0].conditions',
      { networkPolicies: [networkPolicy({ conditions: [] })] },
    ],
    [
      'value-out-of-range',
      'networkPolicies[0].conditions[0].calledStationId',
      withCondition({ calledStationId: 'a'.repeat(257) }),
    ],
    ['value-malformed', 'tenant', { tenant: 'contoso.example' }],
    ['value-malformed', 'tenant', { tenant: `{${TENANT}}` }],
    ['value-unknown', 'cloud', { cloud: 'germany' }],
    ['value-unknown', 'networkPolicies[0].mfa', { networkPolicies: [networkPolicy({ mfa: 'optional' })] }],
    ['value-unknown', 'networkPolicies[0].mfa', { networkPolicies: [networkPolicy({ mfa: false })] }],
    ['mfa-missing', 'networkPolicies[0].mfa', requiring],
    [
      'mfa-missing',
      'networkPolicies[1].mfa',
      { networkPolicies: [networkPolicy(), networkPolicy({ name: 'off', mfa: 'required', enabled: false })] },
    ],
    ['key-missing', 'mfa.providers', withMfa({ providers: undefined })],
    ['value-out-of-range', 'mfa.providers', withMfa({ providers: [] })],
    [
      'value-out-of-range',
      'mfa.providers',
      withMfa({ providers: [1, 2].flatMap(() => mfa()['providers'] ?? []) }),
    ],
    ['value-unknown', 'mfa.providers[0].kind', withCertificate({ keyVault: 'a' }, { kind: 'approval' })],
    ['key-missing', 'mfa.providers[0].certificate', withCertificate(undefined)],
    ['type-wrong', 'mfa.providers[0].certificate', withCertificate('nps-mfa')],
    ['key-missing', 'mfa.providers[0].certificate.keyVault', withCertificate({})],
    ['value-malformed', 'mfa.providers[0].certificate.keyVault', withCertificate({ keyVault: 'nps_mfa' })],
    [
      'value-malformed',
      'mfa.providers[0].certificate.version',
      withCertificate({ keyVault: 'nps-mfa', version: 'latest' }),
    ],
    [
      'value-unknown',
      'mfa.providers[0].signature',
      withCertificate({ keyVault: 'nps-mfa' }, { signature: 'ES256' }),
    ],
    [
      'value-malformed',
      'mfa.providers[0].language',
      withCertificate({ keyVault: 'nps-mfa' }, { language: 'en</Lcid>' }),
    ],
    ['value-out-of-range', 'mfa.promptWindow', withMfa({ promptWindow: 9 })],
    ['value-out-of-range', 'mfa.promptWindow', withMfa({ promptWindow: 231 })],
    ['value-out-of-range', 'mfa.promptWindow', withMfa({ promptWindow: 30, minimumWait: 31 })],
    ['value-out-of-range', 'mfa.minimumWait', withMfa({ minimumWait: 0 })],
    ['value-out-of-range', 'mfa.minimumWait', withMfa({ minimumWait: 121 })],
    ['tenant-missing', 'tenant', { mfa: mfa() }],
    ['tenant-missing', 'tenant', { ...inEntra({ objectId: OBJECT }), tenant: undefined }],
    ['key-missing', 'directories[0].users[0].entra.objectId', inEntra({})],
    ['value-malformed', 'directories[0].users[0].entra.objectId', inEntra({ objectId: 'alice' })],
    [
      'value-malformed',
      'directories[0].users[0].entra.userPrincipalName',
      inEntra({ objectId: OBJECT, userPrincipalName: 'alice' }),
    ],
    [
      'entra-name-missing',
      'directories[0].users[0].entra.userPrincipalName',
      inEntra({ objectId: OBJECT }, { upn: undefined }),
    ],
    ['choice-unclear', 'networkPolicies[0].conditions[0]', withCondition({})],
    ['choice-unclear', 'networkPolicies[0].conditions[0]', withCondition({ clients: ['vpn-1'] })],
    [
      'choice-unclear',
      'networkPolicies[0].conditions[0]',
      withCondition({ always: true, client: ['vpn-1'] }),
    ],
    [
      'choice-unclear',
      'connectionRequestPolicies[0].authentication',
      {
        connectionRequestPolicies: [
          connectionRequestPolicy({ authentication: { directory: 'local', acceptWithoutValidating: true } }),
        ],
      },
    ],
    ['secret-written-out', 'clients[0].secrets[0]', { clients: [client({ secrets: ['xyzzy'] })] }],
    ['secret-written-out', 'clients[0].secrets', { clients: [client({ secrets: 'xyzzy' })] }],
    [
      'secret-written-out',
      'directories[0].users[0].credential.secret',
      user({ name: 'bob', credential: { kind: 'clear', secret: 'xyzzy' } }),
    ],
    ['name-twice', 'clients[1].name', { clients: [client(), client({ name: 'VPN-1', addresses: ['::1'] })] }],
    ['name-twice', 'networkPolicies[1].name', { networkPolicies: [networkPolicy(), networkPolicy()] }],
    ['key-id-twice', 'relays[1].keyId', { relays: [relay(), relay({ name: 'site-2' })] }],
    ['user-twice', 'directories[0].users[1].name', users({ name: 'bob' }, { name: 'BOB' })],
    [
      'user-twice',
      'directories[0].users[1].upn',
      users({ name: 'a', upn: 'x@y.z' }, { name: 'b', upn: 'X@y.z' }),
    ],
    [
      'user-twice',
      'directories[0].users[0].upn',
      users({ name: 'a', upn: 'b@contoso.example' }, { name: 'b' }),
    ],
    ['reference-unknown', 'clients[0].relays[0]', { clients: [client({ relays: ['site-2'] })] }],
    [
      'reference-unknown',
      'networkPolicies[0].conditions[0].client[1]',
      withCondition({ client: ['vpn-1', 'vpn-2'] }),
    ],
    ['reference-unknown', 'connectionRequestPolicies[0].authentication.directory', { directories: [] }],
    ['address-malformed', 'clients[0].addresses[0]', { clients: [client({ addresses: ['192.0.2.300'] })] }],
    ['address-malformed', 'clients[0].addresses[0]', { clients: [client({ addresses: ['10.0.0.1/8'] })] }],
    ['address-twice', 'clients[1].addresses[0]', { clients: [client(), client({ name: 'b' })] }],
    [
      'address-twice',
      'clients[0].addresses[1]',
      { clients: [client({ addresses: ['192.0.2.1', '::ffff:192.0.2.1'] })] },
    ],
    ['public-key-malformed', 'relays[0].publicKey', { relays: [relay({ publicKey: 'AAAA' })] }],
    ['public-key-malformed', 'relays[0].publicKey', { relays: [relay({ publicKey: p256 })] }],
    ['public-key-malformed', 'relays[0].publicKey', { relays: [relay({ publicKey: ` ${PUBLIC_KEY}` })] }],
    ['private-key-written', 'relays[0].publicKey', { relays: [relay({ publicKey: PRIVATE_KEY })] }],
    ['time-zone-unknown', 'timeZone', { timeZone: 'Europe/Atlantis' }],
    ['time-zone-unknown', 'timeZone', { timeZone: '+01:00' }],
    ['time-zone-unknown', 'timeZone', { timeZone: '\u221201:00' }],
    [
      'hours-malformed',
      'networkPolicies[0].conditions[0].dayAndTime.monday[0]',
      withHours('monday', '08:00-24:01'),
    ],
    [
      'hours-malformed',
      'networkPolicies[0].conditions[0].dayAndTime.monday[0]',
      withHours('monday', '08:00-08:00'),
    ],
    [
      'hours-malformed',
      'networkPolicies[0].conditions[0].dayAndTime.monday[0]',
      withHours('monday', '08:60-09:00'),
    ],
    [
      'pattern-malformed',
      'networkPolicies[0].conditions[0].calledStationId',
      withCondition({ calledStationId: '(' }),
    ],
    [
      'pattern-costly',
      'networkPolicies[0].conditions[0].callingStationId',
      withCondition({ callingStationId: '(a|a)*b' }),
    ],
    ['pattern-malformed', 'networkPolicies[0].conditions[0].userName', withCondition({ userName: '[a' })],
    [
      'pattern-costly',
      'connectionRequestPolicies[0].conditions[0].userName',
      { connectionRequestPolicies: [connectionRequestPolicy({ conditions: [{ userName: '(a+)+@' }] })] },
    ],
    ['type-wrong', 'networkPolicies[0].conditions[0].userName', withCondition({ userName: ['alice'] })],
    ['value-out-of-range', 'networkPolicies[0].conditions[0].userName', withCondition({ userName: '' })],
    [
      'methods-missing',
      'networkPolicies[0].constraints.authenticationMethods',
      { networkPolicies: [networkPolicy({ constraints: undefined })] },
    ],
    [
      'condition-misplaced',
      'connectionRequestPolicies[0].conditions[0].userGroup',
      { connectionRequestPolicies: [connectionRequestPolicy({ conditions: [{ userGroup: ['VPN'] }] })] },
    ],
  ];
  test.each(rows)('%s at %s: %j', (code, path, over) => {
    expect(problemsOf(document(over))).toContainEqual(expect.objectContaining({ path, code }));
  });
});

test('hours-past-midnight says how to write the two ranges', () => {
  expect(problemsOf(document(withHours('saturday', '22:00-06:00')))).toEqual([
    {
      path: 'networkPolicies[0].conditions[0].dayAndTime.saturday[0]',
      code: 'hours-past-midnight',
      found: '"22:00-06:00"',
      expected: 'two ranges, "22:00-24:00" on saturday and "00:00-06:00" on sunday',
    },
  ]);
});

test('several problems are told at once', () => {
  const problems = problemsOf(document({ relays: 1, clients: [client({ profile: 'x', patience: 'long' })] }));
  expect(problems.map((problem) => problem.path)).toEqual([
    'relays',
    'clients[0].profile',
    'clients[0].patience',
  ]);
});

test('what could be a secret is never repeated', () => {
  const secret = 'xyzzy-secret-0815';
  const wrong: Record<string, unknown>[] = [
    { clients: [client({ secrets: [secret] })] },
    { clients: [client({ secrets: secret })] },
    { clients: [client({ secrets: [{ keyVault: `${secret}!` }] })] },
    user({ name: 'bob', credential: secret }),
    user({ name: 'bob', credential: { kind: 'clear', secret } }),
    user({ name: 'bob', credential: { kind: 'scrypt', hash: secret } }),
    user({ name: 'bob', credential: { kind: secret } }),
    { relays: [relay({ publicKey: PRIVATE_KEY })] },
    { relays: [relay({ publicKey: secret })] },
    { networkPolicies: [networkPolicy({ attributes: { 'Tunnel-Password': { secret } } })] },
  ];
  for (const over of wrong) {
    const told = JSON.stringify(problemsOf(document(over)));
    expect(told).not.toBe('[]');
    expect(told).not.toContain(secret);
    expect(told).not.toContain(PRIVATE_KEY);
  }
});

test('the same address is allowed where no relay serves both, or one is not enabled', () => {
  const relays = [relay(), relay({ name: 'site-2', keyId: 'site-2' })];
  const apart = [client({ relays: ['site-1'] }), client({ name: 'b', relays: ['site-2'] })];
  expect(problemsOf(document({ relays, clients: apart, networkPolicies: [] }))).toEqual([]);
  const replaced = [client({ enabled: false }), client({ name: 'b' })];
  expect(problemsOf(document({ clients: replaced }))).toEqual([]);
});

test('a document that is no object', () => {
  expect(readConfiguration('[]')).toMatchObject({ problems: [{ path: '', code: 'type-wrong' }] });
  expect(readConfiguration('null')).toMatchObject({
    problems: [{ path: '', code: 'type-wrong', found: 'null' }],
  });
});

describe('the length of a document', () => {
  test('may be 4 MiB, counted in octets', () => {
    const text = JSON.stringify(document());
    expect(readConfiguration(text.padEnd(LONGEST_CONFIGURATION))).toMatchObject({ ok: true });
    const longer = `${text}${' '.repeat(LONGEST_CONFIGURATION - text.length - 1)}ü`;
    expect(longer).toHaveLength(LONGEST_CONFIGURATION);
    expect(readConfiguration(longer)).toEqual({
      ok: false,
      problems: [{ path: '', code: 'file-too-long', found: 'a longer one', expected: 'at most 4 MiB' }],
    });
  });
});

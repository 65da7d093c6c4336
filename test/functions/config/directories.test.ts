import { describe, expect, test } from 'vitest';
import { foldName } from '../../../functions/config/fold.ts';
import type { ConfigurationProblemCode } from '../../../functions/config/problems.ts';
import { readConfiguration } from '../../../functions/config/read.ts';
import { document, entraDirectory, mfa, PRIVATE_KEY, TENANT } from './document.ts';

type Json = Record<string, unknown>;

const GROUP = '7C1E9F30-52AB-4D18-8E64-B0A9D3F2C716';
const CLIENT = '00001111-AAAA-2222-BBBB-3333CCCC4444';
const CONTOSO = { name: 'CONTOSO', dnsName: 'corp.contoso.example' };

/** A document whose one directory is of Entra. */
const entra = (over: Json = {}, beside: Json = {}) =>
  document({
    tenant: TENANT,
    directories: [entraDirectory({ name: 'local', ...over })],
    ...beside,
  });
const withCheck = (over: Json, beside: Json = {}) =>
  entra({ passwordCheck: { clientId: CLIENT, certificate: { keyVault: 'checks' }, ...over } }, beside);

function problemsOf(value: unknown) {
  const reading = readConfiguration(JSON.stringify(value));
  return reading.ok ? [] : reading.problems;
}

describe('an Entra directory', () => {
  test('needs nothing but a tenant; every default', () => {
    expect(readConfiguration(JSON.stringify(entra()))).toMatchObject({
      ok: true,
      document: { directories: [{ kind: 'entra', domains: [], groups: [], cacheFor: 60 }] },
    });
  });

  test('with everything: ids are kept in lower case', () => {
    const passwordCheck = { clientId: CLIENT, certificate: { keyVault: 'checks' } };
    const written = entra({
      domains: [CONTOSO],
      bareNames: { domain: 'CONTOSO' },
      groups: [{ name: 'VPN', objectId: GROUP }],
      passwordCheck,
      cacheFor: 0,
    });
    expect(readConfiguration(JSON.stringify(written))).toMatchObject({
      ok: true,
      document: {
        directories: [
          {
            groups: [{ name: 'VPN', objectId: GROUP.toLowerCase() }],
            passwordCheck: { clientId: CLIENT.toLowerCase(), signature: 'PS256' },
            cacheFor: 0,
          },
        ],
      },
    });
  });

  test('stands beside local ones, and beside another of its kind', () => {
    const directories = [
      { name: 'local', kind: 'local' },
      entraDirectory({ domains: [CONTOSO] }),
      entraDirectory({ name: 'others', domains: [CONTOSO], bareNames: { upnSuffix: 'contoso.example' } }),
    ];
    expect(problemsOf(document({ tenant: TENANT, directories }))).toEqual([]);
  });

  test('checks passwords with the certificate of MFA where it has none of its own', () => {
    expect(problemsOf(withCheck({ certificate: undefined }, { mfa: mfa() }))).toEqual([]);
    expect(problemsOf(withCheck({ certificate: undefined }))).toEqual([
      {
        path: 'directories[0].passwordCheck.certificate',
        code: 'key-missing',
        found: 'nothing, and no "mfa" section that has a certificate',
        expected: expect.stringContaining('{"keyVault": "its name"}'),
      },
    ]);
  });

  test('one domain may have the same name twice, two may not; letter case does not count', () => {
    const dns = { name: 'corp.contoso.example', dnsName: 'CORP.contoso.example' };
    expect(problemsOf(entra({ domains: [dns] }))).toEqual([]);
    expect(problemsOf(entra({ domains: [CONTOSO, { name: 'contoso', dnsName: 'b.example' }] }))).toEqual([
      {
        path: 'directories[0].domains[1].name',
        code: 'name-twice',
        found: '"contoso" again',
        expected: 'another one',
      },
    ]);
  });
});

test('both ways of reading a bare name: says which two', () => {
  const bareNames = { domain: 'CONTOSO', upnSuffix: 'contoso.example' };
  expect(problemsOf(entra({ domains: [CONTOSO], bareNames }))).toEqual([
    {
      path: 'directories[0].bareNames',
      code: 'choice-unclear',
      found: '"domain", "upnSuffix"',
      expected: 'exactly one of "domain", "upnSuffix"',
    },
  ]);
});

describe('each problem has its path and code', () => {
  const rows: Array<[ConfigurationProblemCode, string, Json]> = [
    ['tenant-missing', 'tenant', entra({}, { tenant: undefined })],
    ['value-unknown', 'directories[0].kind', entra({ kind: 'Entra' })],
    ['key-missing', 'directories[0].kind', entra({ kind: undefined })],
    ['key-unknown', 'directories[0].users', entra({ users: [] })],
    ['key-unknown', 'directories[0].upnSuffixes', entra({ upnSuffixes: ['contoso.example'] })],
    ['type-wrong', 'directories[0].domains[0]', entra({ domains: ['CONTOSO'] })],
    ['key-missing', 'directories[0].domains[0].dnsName', entra({ domains: [{ name: 'CONTOSO' }] })],
    [
      'value-malformed',
      'directories[0].domains[0].name',
      entra({ domains: [{ ...CONTOSO, name: 'CONTOSO\\' }] }),
    ],
    [
      'name-twice',
      'directories[0].domains[1].dnsName',
      entra({ domains: [CONTOSO, { name: 'FABRIKAM', dnsName: 'CORP.contoso.example' }] }),
    ],
    [
      'name-twice',
      'directories[0].domains[1].dnsName',
      entra({ domains: [CONTOSO, { name: 'FABRIKAM', dnsName: 'contoso' }] }),
    ],
    [
      'reference-unknown',
      'directories[0].bareNames.domain',
      entra({ domains: [CONTOSO], bareNames: { domain: 'FABRIKAM' } }),
    ],
    ['reference-unknown', 'directories[0].bareNames.domain', entra({ bareNames: { domain: 'CONTOSO' } })],
    [
      'reference-unknown',
      'directories[0].bareNames.domain',
      entra({ domains: [CONTOSO], bareNames: { domain: 'corp.contoso.example' } }),
    ],
    ['choice-unclear', 'directories[0].bareNames', entra({ bareNames: {} })],
    [
      'choice-unclear',
      'directories[0].bareNames',
      entra({ domains: [CONTOSO], bareNames: { domain: 'CONTOSO', upnSuffix: 'contoso.example' } }),
    ],
    ['type-wrong', 'directories[0].bareNames', entra({ bareNames: 'contoso.example' })],
    [
      'value-malformed',
      'directories[0].bareNames.upnSuffix',
      entra({ bareNames: { upnSuffix: '@contoso.example' } }),
    ],
    ['type-wrong', 'directories[0].groups[0]', entra({ groups: ['VPN'] })],
    ['key-missing', 'directories[0].groups[0].objectId', entra({ groups: [{ name: 'VPN' }] })],
    [
      'value-malformed',
      'directories[0].groups[0].objectId',
      entra({ groups: [{ name: 'VPN', objectId: 'VPN' }] }),
    ],
    [
      'name-twice',
      'directories[0].groups[1].name',
      entra({
        groups: [
          { name: 'VPN', objectId: GROUP },
          { name: 'vpn', objectId: CLIENT },
        ],
      }),
    ],
    ['key-missing', 'directories[0].passwordCheck.clientId', withCheck({ clientId: undefined })],
    ['value-malformed', 'directories[0].passwordCheck.clientId', withCheck({ clientId: 'radius' })],
    ['key-unknown', 'directories[0].passwordCheck.clientSecret', withCheck({ clientSecret: 'xyzzy' })],
    ['value-unknown', 'directories[0].passwordCheck.signature', withCheck({ signature: 'ES256' })],
    ['type-wrong', 'directories[0].passwordCheck.certificate', withCheck({ certificate: 'checks' })],
    [
      'value-malformed',
      'directories[0].passwordCheck.certificate.version',
      withCheck({ certificate: { keyVault: 'checks', version: 'latest' } }),
    ],
    ['value-out-of-range', 'directories[0].cacheFor', entra({ cacheFor: -1 })],
    ['value-out-of-range', 'directories[0].cacheFor', entra({ cacheFor: 3601 })],
    ['type-wrong', 'directories[0].cacheFor', entra({ cacheFor: '60' })],
  ];
  test.each(rows)('%s at %s: %j', (code, path, written) => {
    expect(problemsOf(written)).toContainEqual(expect.objectContaining({ path, code }));
  });
});

test('tenant-missing names the directory that needs it', () => {
  const directories = [{ name: 'local', kind: 'local' }, entraDirectory()];
  expect(problemsOf(document({ directories }))).toEqual([
    {
      path: 'tenant',
      code: 'tenant-missing',
      found: 'nothing',
      expected: expect.stringContaining('which directories[1] needs'),
    },
  ]);
});

test('what could be a secret is never repeated', () => {
  const secret = 'Xyz8Q~xyzzy.0815-abcdefghijklmnopqrstuvwxyz';
  const plain = 'xyzzy-plain-0815';
  const pem = `-----BEGIN PRIVATE KEY-----\n${PRIVATE_KEY}\n-----END PRIVATE KEY-----`;
  const wrong = [
    entra({ passwordCheck: plain }),
    entra({ passwordCheck: [plain] }),
    withCheck({ clientId: plain }),
    withCheck({ clientId: secret }),
    withCheck({ clientSecret: plain }),
    withCheck({ [secret]: true }),
    withCheck({ [plain]: true }),
    withCheck({ certificate: { keyVault: 'checks', [plain]: true } }),
    withCheck({ clientId: 815 }),
    entra({ bareNames: { [secret]: 1 } }),
    entra({ bareNames: { domain: 'A', [secret]: 1 } }),
    entra({ [secret]: 1 }),
    withCheck({ signature: secret }),
    withCheck({ signature: 'hunter2-xyzzy-plain-0815' }),
    entra({ groups: [{ name: 'VPN', objectId: secret }] }),
    entra({ groups: [{ name: 'VPN', objectId: plain }] }),
    document({ tenant: secret }),
    document({ tenant: plain }),
    withCheck({ certificate: { keyVault: `My ${plain}` } }),
    withCheck({ certificate: { keyVault: 'checks', version: plain } }),
    withCheck({ certificate: secret }),
    withCheck({ certificate: pem }),
    withCheck({ certificate: { keyVault: pem } }),
    withCheck({ certificate: { keyVault: 'checks', version: pem } }),
  ];
  for (const written of wrong) {
    const told = JSON.stringify(problemsOf(written));
    expect(told).not.toBe('[]');
    for (const text of [secret, plain, PRIVATE_KEY]) expect(told).not.toContain(text);
  }
});

test('a key that is no secret is told, one that may be is told by its place', () => {
  const told = (written: Json) => problemsOf(written).map(({ path, found }) => [path, found]);
  expect(told(document({ '//': 'a note', '802.1x': 1 }))).toEqual([
    [expect.stringContaining('//'), '"//"'],
    [expect.stringContaining('802.1x'), '"802.1x"'],
  ]);
  expect(told(withCheck({ clientSecret: 'x' }))).toEqual([
    ['directories[0].passwordCheck.clientSecret', '"clientSecret"'],
  ]);
  const [[path, found] = []] = told(withCheck({ Sommer2024: 'x' }));
  expect([path, found]).toEqual([
    'directories[0].passwordCheck',
    expect.stringMatching(/^key \d \(its name is not shown\)$/),
  ]);
});

test('an id that is nearly one is shown', () => {
  const almost = '7c1e9f30-52ab-4d18-8e64-b0a9d3f2c71';
  const found = (written: Json) => problemsOf(written).map((problem) => problem.found);
  expect(found(document({ tenant: almost }))).toEqual([`"${almost}"`]);
  expect(found(document({ tenant: 'contoso.onmicrosoft.com' }))).toEqual(['"contoso.onmicrosoft.com"']);
  expect(found(withCheck({ clientId: `{${almost}6}` }))).toEqual([`"{${almost}6}"`]);
});

test("a certificate's name and a signature are shown", () => {
  const found = (over: Json) => problemsOf(withCheck(over)).map((problem) => problem.found);
  expect(found({ certificate: { keyVault: 'nps_mfa' } })).toEqual(['"nps_mfa"']);
  expect(found({ signature: 'ES256' })).toEqual(['"ES256"']);
});

describe('two names that a directory takes for one are refused', () => {
  const pairs = [
    ['κώστας', 'κώστασ'],
    ['µlab', 'μlab'],
    ['Alice', 'aLICE'],
    ['ÄNNE', 'änne'],
  ] as const;
  const users = (...entries: object[]) =>
    document({
      directories: [{ name: 'local', kind: 'local', upnSuffixes: ['corp.example'], users: entries }],
    });

  test.each(pairs)('%s and %s', (one, other) => {
    const codes = (written: Json) => problemsOf(written).map(({ code }) => code);
    expect(codes(users({ name: one }, { name: other }))).toEqual(['user-twice']);
    const upn = (name: string) => ({ upn: `${name}@corp.example` });
    expect(codes(users({ name: 'a', ...upn(one) }, { name: 'b', ...upn(other) }))).toEqual(['user-twice']);
    expect(codes(users({ name: one }, { name: 'b', ...upn(other) }))).toEqual(['user-twice']);
    const domains = [one, other].map((name, at) => ({ name, dnsName: `d${at}.example` }));
    expect(codes(entra({ domains }))).toEqual(['name-twice']);
  });

  test('and any two letters that Unicode knows as two cases of one', () => {
    const names = new Map<string, string>();
    for (let code = 0xa0; code <= 0xffff; code += 1) {
      const letter = String.fromCharCode(code);
      if (/^\p{L}$/u.test(letter)) names.set(letter, foldName(letter));
    }
    const folded = [...new Set(names.values())];
    // What folds differently is two users, what folds alike is one.
    expect(folded.every((letter) => foldName(letter) === letter)).toBe(true);
    const twins = [...names].filter(([letter, fold]) => letter !== fold).slice(0, 400);
    const list = twins.flatMap(([letter, fold], at) => [
      { name: `${at}${letter}` },
      { name: `${at}${fold}` },
    ]);
    expect(problemsOf(users(...list))).toHaveLength(twins.length);
  });
});

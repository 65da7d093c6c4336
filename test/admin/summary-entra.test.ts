import { describe, expect, test } from 'vitest';
import { summaryOf } from '../../admin/summary.ts';
import { readConfiguration } from '../../functions/config/read.ts';
import { document, entraDirectory, mfa, networkPolicy, TENANT } from '../functions/config/document.ts';

const CLIENT = '00001111-aaaa-2222-bbbb-3333cccc4444';
const VERSION = '0123456789abcdef0123456789abcdef';
const GROUP = '7c1e9f30-52ab-4d18-8e64-b0a9d3f2c716';

/** What check says of a document with an Entra directory called local, without indentation and runs of spaces. */
function rowsOf(directory: Record<string, unknown>, beside: Record<string, unknown> = {}): string[] {
  const reading = readConfiguration(
    JSON.stringify(
      document({ tenant: TENANT, directories: [entraDirectory({ name: 'local', ...directory })], ...beside }),
    ),
  );
  if (!reading.ok) throw new Error(JSON.stringify(reading.problems));
  return summaryOf(reading.document).map((line) => line.trim().replace(/ +/g, ' '));
}

/** The lines of the directory's own section. */
function sectionOf(rows: string[]): string[] {
  const start = rows.findIndex((row) => row.startsWith('Directory '));
  return rows.slice(start, rows.indexOf('', start));
}

const certificate = { keyVault: 'checks', version: VERSION };
const groups = [{ name: 'VPN', objectId: GROUP }];
const grant = (over: Record<string, unknown>) => ({
  networkPolicies: [networkPolicy({ conditions: [{ always: true }], ...over })],
});

describe('an Entra directory', () => {
  test('with everything', () => {
    const rows = rowsOf({
      domains: [
        { name: 'CONTOSO', dnsName: 'corp.contoso.example' },
        { name: 'LAB', dnsName: 'lab.example' },
      ],
      bareNames: { domain: 'CONTOSO' },
      groups,
      passwordCheck: { clientId: CLIENT, certificate, signature: 'RS256' },
      cacheFor: 300,
    });
    expect(sectionOf(rows)).toEqual([
      'Directory local: the users of the tenant in Entra',
      `tenant ${TENANT} (cloud: public)`,
      'domains CONTOSO (corp.contoso.example), LAB (lab.example)',
      'bare names name is read as CONTOSO\\name',
      'groups VPN',
      `passwords checked by Entra, through the app registration ${CLIENT}`,
      `certificate checks, pinned to version ${VERSION}, signs RS256`,
      'methods unauthenticated, pap, eap-gtc (this version verifies PAP)',
      'changes of a user or a group count after 300 s at most',
    ]);
  });

  test('with nothing, where policies ask for groups and passwords', () => {
    expect(sectionOf(rowsOf({}, { cloud: 'china' }))).toEqual([
      'Directory local: the users of the tenant in Entra',
      `tenant ${TENANT} (cloud: china)`,
      'domains none: DOMAIN\\name finds nobody',
      'bare names not read: a name alone finds nobody',
      'groups none',
      'WARNING: policies ask for groups, and this directory has no "groups": its users are in none',
      'passwords not checked: there is no "passwordCheck"',
      'WARNING: no password of its users can be right; only requests without one can be let in',
      'methods unauthenticated',
      'changes of a user or a group count after 60 s at most',
    ]);
  });

  test('with nothing, where no policy asks for either: no warning', () => {
    const constraints = { authenticationMethods: ['unauthenticated'] };
    const rows = sectionOf(rowsOf({ cacheFor: 0 }, grant({ constraints })));
    expect(rows.filter((row) => row.startsWith('WARNING'))).toEqual([]);
    expect(rows.at(-1)).toBe('changes of a user or a group count at once: Graph is asked at every sign-in');
    const off = rowsOf({}, { networkPolicies: [networkPolicy({ enabled: false })] });
    expect(sectionOf(off).filter((row) => row.startsWith('WARNING'))).toEqual([]);
  });

  test('says that the certificate is that of MFA, and that it is not pinned', () => {
    const rows = rowsOf(
      { bareNames: { upnSuffix: 'contoso.example' }, passwordCheck: { clientId: CLIENT } },
      { mfa: mfa() },
    );
    expect(sectionOf(rows)).toEqual(
      expect.arrayContaining([
        'bare names name is read as name@contoso.example',
        'certificate nps-mfa, newest version, signs PS256 (that of MFA; to be registered on this app registration, too)',
        expect.stringMatching(/^WARNING: the version is not pinned: .* ends every check of a password$/),
      ]),
    );
  });
});

test('groups of policies that it does not have', () => {
  const conditions = [{ userGroup: ['vpn', 'Staff', 'Contractors', 'staff'] }];
  const told =
    'not in it Staff, Contractors, staff: policies ask for these groups, and no user of this directory is in them';
  expect(rowsOf({ groups }, grant({ conditions }))).toContain(told);
  const off = grant({ conditions, enabled: false });
  expect(rowsOf({ groups }, off).join()).not.toContain('not in it');
  expect(rowsOf({ groups }, grant({ conditions: [{ userGroup: ['VPN'] }] })).join()).not.toContain(
    'not in it',
  );
});

test.each([
  ['CONTOSO', 'corp.contoso.example', false],
  ['corp.contoso.example', 'CONTOSO', true],
  ['CONTOSO', 'CONTOSO', true],
  ['corp.contoso.example', 'corp.contoso.example', true],
])('a domain %s with the DNS name %s looks wrong: %s', (name, dnsName, wrong) => {
  expect(rowsOf({ domains: [{ name, dnsName }] }).some((row) => row.includes('change places'))).toBe(wrong);
});

describe('groups that policies ask for', () => {
  const local = { name: 'users', kind: 'local', users: [{ name: 'alice', groups: ['Staff'] }] };
  const warned = (conditions: object[], over: Record<string, unknown> = {}) =>
    rowsOf(
      {},
      { directories: [entraDirectory({ name: 'local', groups }), local], ...grant({ conditions, ...over }) },
    ).filter((row) => row.startsWith('WARNING: network policy'));

  test('are those of local users and of Entra directories; letter case does not count', () => {
    expect(warned([{ userGroup: ['vpn', 'STAFF'] }])).toEqual([]);
  });

  test('nobody is in one that no directory has, whatever the policy does then', () => {
    const told =
      'WARNING: network policy "VPN users" asks for the group "VPN Users", which no directory has: nobody is in it';
    expect(warned([{ userGroup: ['VPN', 'VPN Users'] }])).toEqual([told]);
    expect(warned([{ userGroup: ['VPN Users'] }], { permission: 'deny' })).toEqual([told]);
    expect(warned([{ userGroup: ['VPN Users'] }], { enabled: false })).toEqual([]);
  });

  test('a policy that denies one denies nobody of a directory that does not have it', () => {
    const deny = { permission: 'deny' };
    expect(warned([{ userGroup: ['STAFF', 'vpn'] }], deny)).toEqual([
      'WARNING: network policy "VPN users" denies the group "STAFF", which directory "local" does not have: it denies nobody of that directory',
      expect.stringContaining('denies the group "vpn", which directory "users"'),
    ]);
    expect(warned([{ userGroup: ['STAFF'] }], { ...deny, enabled: false })).toEqual([]);
  });
});

test('a policy without MFA does without what Conditional Access demands', () => {
  const told = 'WARNING: a user of Entra gets in without MFA also where Conditional Access demands it';
  expect(rowsOf({}, grant({ mfa: 'none' }))).toContain(told);
  expect(rowsOf({}, { ...grant({ mfa: 'required' }), mfa: mfa() })).not.toContain(told);
  expect(rowsOf({}, { ...grant({}), directories: [{ name: 'local', kind: 'local' }] })).not.toContain(told);
  const about = (group: string) => grant({ mfa: 'none', conditions: [{ userGroup: [group] }] });
  expect(rowsOf({ groups }, about('VPN'))).toContain(told);
  expect(rowsOf({ groups }, about('Staff'))).not.toContain(told);
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { GRAPH_FAULTS, type GraphFault, GraphUnavailable } from '../../../../functions/entra/graph/faults.ts';
import { readName } from '../../../../functions/identity/names.ts';
import { ALICE, directoryRig, id, person, question, TENANT } from './rig.ts';

const twin = person(2, 'alice.f', {
  onPremisesSamAccountName: 'Alice',
  onPremisesDomainName: 'ad.fabrikam.example',
});

describe('look-up', () => {
  test('gives the user by object id and cloud UPN', async () => {
    const { find } = directoryRig();
    expect(await find('alice@contoso.example')).toEqual({
      kind: 'found',
      user: {
        directory: 'entra',
        id: id(1),
        name: 'Alice@contoso.example',
        upn: 'Alice@contoso.example',
        displayName: 'Alice Smith',
        enabled: true,
        entra: { objectId: id(1), tenantId: TENANT, upn: 'Alice@contoso.example' },
        groups: [],
      },
    });
  });

  test.each([
    ['ALICE@Contoso.Example', ['upn alice@contoso.example', 'on-premises alice@contoso.example']],
    [
      'A.Smith@corp.contoso.example',
      ['upn a.smith@corp.contoso.example', 'on-premises a.smith@corp.contoso.example'],
    ],
    ['CONTOSO\\alice', ['sam alice']],
    ['contoso\\ALICE', ['sam alice']],
    ['Corp.Contoso.Example\\alice', ['sam alice']],
  ])('%s is Alice', async (name, asks) => {
    const { found, asked } = directoryRig({ people: [twin, ALICE] });
    expect((await found(name)).id).toBe(ALICE.id);
    expect(asked).toEqual(asks);
  });

  test.each([
    [{ domain: 'contoso' }, ['sam alice']],
    [{ upnSuffix: 'contoso.example' }, ['upn alice@contoso.example', 'on-premises alice@contoso.example']],
    [
      { upnSuffix: 'corp.contoso.example' },
      ['upn alice@corp.contoso.example', 'on-premises alice@corp.contoso.example', 'sam alice'],
    ],
  ])('a bare name is read by %o', async (bareNames, asks) => {
    const { found, asked } = directoryRig({ entry: { bareNames } });
    expect((await found('Alice')).id).toBe(ALICE.id);
    expect(asked).toEqual(asks);
  });

  test('bare-name-not-read: without bareNames nobody is found by one', async () => {
    const { find, asked } = directoryRig();
    expect(await find('alice')).toEqual({ kind: 'unknown-domain', code: 'bare-name-not-read' });
    expect(asked).toEqual([]);
  });

  test.each(['FABRIKAM\\alice', 'ad.fabrikam.example\\alice', '.\\alice', '__proto__\\alice'])(
    '%s is of an unknown domain, and nobody is asked',
    async (name) => {
      const { find, asked } = directoryRig({ people: [ALICE, twin] });
      expect(await find(name)).toEqual({ kind: 'unknown-domain' });
      expect(asked).toEqual([]);
    },
  );

  test.each(['host/alice.contoso.example', 'ALICE$', 'CONTOSO\\ALICE$', 'alice$@contoso.example'])(
    'the machine %s is unknown, and nobody is asked',
    async (name) => {
      const { find, asked } = directoryRig({ entry: { bareNames: { domain: 'CONTOSO' } } });
      expect(await find(name)).toEqual({ kind: 'unknown-user' });
      expect(asked).toEqual([]);
    },
  );

  test.each(['mallory@contoso.example', 'alice@nowhere.example', 'CONTOSO\\mallory', 'CONTOSO\\__proto__'])(
    '%s is an unknown user',
    async (name) => {
      expect(await directoryRig().find(name)).toEqual({ kind: 'unknown-user' });
    },
  );

  test('an account of another domain, or of none, is nobody of this one', async () => {
    const cloudOnly = person(3, 'bob', { onPremisesSamAccountName: 'bob' });
    const { find } = directoryRig({ people: [twin, cloudOnly] });
    expect(await find('CONTOSO\\alice')).toEqual({ kind: 'unknown-user' });
    expect(await find('CONTOSO\\bob')).toEqual({ kind: 'unknown-user' });
  });

  test('two users of one name are ambiguous', async () => {
    const people = [ALICE, { ...ALICE, id: id(2), userPrincipalName: 'alice2@contoso.example' }];
    const { find } = directoryRig({ people });
    expect(await find('CONTOSO\\alice')).toEqual({ kind: 'ambiguous-user' });
    expect(await find('a.smith@corp.contoso.example')).toEqual({ kind: 'ambiguous-user' });
    expect(await find('alice2@contoso.example')).toMatchObject({ kind: 'found', user: { id: id(2) } });
  });

  test('a UPN that one has in the cloud and another in an Active Directory is ambiguous', async () => {
    const other = person(2, 'other', { onPremisesUserPrincipalName: ALICE.userPrincipalName });
    for (const people of [
      [other, ALICE],
      [ALICE, other],
    ]) {
      expect(await directoryRig({ people }).find('alice@contoso.example')).toEqual({
        kind: 'ambiguous-user',
      });
    }
  });

  test('a UPN that one user has in both is that user', async () => {
    const both = { ...ALICE, onPremisesUserPrincipalName: 'alice@contoso.example' };
    expect((await directoryRig({ people: [both] }).found('alice@contoso.example')).id).toBe(ALICE.id);
  });

  test('a bare name and the UPN that it is read as are one name', async () => {
    const { find, asked } = directoryRig({ entry: { bareNames: { upnSuffix: 'corp.contoso.example' } } });
    expect(await find('alice')).toMatchObject({ user: { id: ALICE.id } });
    expect(await find('alice@corp.contoso.example')).toMatchObject({ user: { id: ALICE.id } });
    expect(asked).toHaveLength(3);
  });

  test('an account by its implicit UPN, account@DNS-name, comes after everybody’s own UPN', async () => {
    const implicit = 'alice@CORP.contoso.example';
    const { found, find, asked } = directoryRig({ people: [twin, ALICE] });
    expect((await found(implicit)).id).toBe(ALICE.id);
    expect(asked.slice(0, 3).map((question) => question.split(' ')[0])).toEqual([
      'upn',
      'on-premises',
      'sam',
    ]);
    expect(await find('mallory@corp.contoso.example')).toEqual({ kind: 'unknown-user' });
    // The suffix of a cloud name is no domain of an Active Directory.
    expect(await find('a.smith@contoso.example')).toEqual({ kind: 'unknown-user' });
    const owner = person(2, 'other', { onPremisesUserPrincipalName: 'alice@corp.contoso.example' });
    expect((await directoryRig({ people: [ALICE, owner] }).found(implicit)).id).toBe(owner.id);
  });

  test('a guest is found by the name in this tenant, and not by the one at home', async () => {
    const upn = 'gus_fabrikam.example#EXT#@contoso.example';
    const { found, find } = directoryRig({ people: [person(4, 'x', { userPrincipalName: upn })] });
    expect((await found(upn)).upn).toBe(upn);
    expect(await find('gus@fabrikam.example')).toEqual({ kind: 'unknown-user' });
  });

  test('a disabled user is found and said to be disabled', async () => {
    const { found } = directoryRig({ people: [{ ...ALICE, accountEnabled: false }] });
    expect((await found('CONTOSO\\alice')).enabled).toBe(false);
  });
});

describe('an answer about another user than was asked for', () => {
  test.each(['bob@contoso.example', 'CONTOSO\\bob', 'b.jones@corp.contoso.example'])(
    '%s: it is nobody',
    async (name) => {
      const { find, instead, graph, asked } = directoryRig();
      graph.userByPrincipalName = () => Promise.resolve(ALICE);
      instead(() => Promise.resolve([ALICE]));
      expect(await find(name)).toEqual({ kind: 'unknown-user' });
      expect(asked).not.toHaveLength(0);
    },
  );

  test('of several, the one that was asked for is taken', async () => {
    const accented = { ...ALICE, id: id(2), onPremisesSamAccountName: 'àlice' };
    const { find, instead } = directoryRig();
    instead(() => Promise.resolve([accented, ALICE]));
    expect(await find('CONTOSO\\alice')).toMatchObject({ user: { id: ALICE.id } });
  });
});

describe('groups', () => {
  const groups = [
    { name: 'VPN Users', objectId: id(7) },
    { name: 'Admins', objectId: id(8) },
    { name: '__proto__', objectId: id(9) },
  ];

  test('are called what the configuration calls them; others are not told', async () => {
    const { found, members, asked, questions } = directoryRig({ entry: { groups } });
    members.set(ALICE.id, [id(9), id(7), id(5)]);
    expect((await found('CONTOSO\\alice')).groups).toEqual(['VPN Users', '__proto__']);
    expect(asked).toEqual(['sam alice', 'groups 3']);
    expect(questions.map((asking) => asking.id)).toEqual([question().id, question().id]);
  });

  test('without groups in the configuration none are asked for', async () => {
    const { found, asked } = directoryRig();
    expect((await found('CONTOSO\\alice')).groups).toEqual([]);
    expect(asked).toEqual(['sam alice']);
  });

  test('a user who is gone by then is unknown', async () => {
    const { find, graph } = directoryRig({ entry: { groups } });
    graph.memberOf = () => Promise.resolve('gone');
    expect(await find('CONTOSO\\alice')).toEqual({ kind: 'unknown-user' });
  });

  test('groups that cannot be told make the user unavailable, not a member of none', async () => {
    const { find, graph } = directoryRig({ entry: { groups } });
    graph.memberOf = () => Promise.reject(new GraphUnavailable('graph-forbidden', 'HTTP 403'));
    expect(await find('CONTOSO\\alice')).toEqual({
      kind: 'unavailable',
      code: 'graph-forbidden',
      detail: 'HTTP 403',
    });
  });
});

describe('faults', () => {
  test.each(Object.keys(GRAPH_FAULTS) as GraphFault[])('%s is told, and asked again', async (code) => {
    const { find, instead } = directoryRig();
    instead(() => Promise.reject(new GraphUnavailable(code, 'HTTP 500')));
    expect(await find('CONTOSO\\alice')).toEqual({ kind: 'unavailable', code, detail: 'HTTP 500' });
    instead(() => Promise.reject(new GraphUnavailable(code, '')));
    expect(await find('CONTOSO\\alice')).toEqual({ kind: 'unavailable', code });
    instead(undefined);
    expect((await find('CONTOSO\\alice')).kind).toBe('found');
  });

  test('a fault of our own is not taken for one of Graph’s', async () => {
    const { find, instead } = directoryRig();
    instead(() => Promise.reject(new TypeError('ours')));
    await expect(find('CONTOSO\\alice')).rejects.toThrow(TypeError);
  });

  test('graph-unreachable: a question that never ends ends by its own patience', async () => {
    const { find, hold } = directoryRig({ patience: 1 });
    hold();
    expect(await find('CONTOSO\\alice')).toEqual({ kind: 'unavailable', code: 'graph-unreachable' });
  });
});

describe('names hostile to queries and keys', () => {
  test.each([
    "' or 1 eq 1@contoso.example",
    '"><x>@contoso.example',
    '$alice@contoso.example',
    '../groups@contoso.example',
    `${'x'.repeat(237)}@contoso.example`,
    'jörg@contoso.example',
  ])('%s reaches Graph as it is', async (name) => {
    const { find, asked } = directoryRig();
    expect(await find(name)).toEqual({ kind: 'unknown-user' });
    expect(asked).toEqual([`upn ${name}`, `on-premises ${name}`]);
  });

  test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
    '%s is a name like others, for those who have it and those who do not',
    async (name) => {
      const { find, asked } = directoryRig({ people: [person(2, name)] });
      expect(await find(`CONTOSO\\${name}`)).toEqual({ kind: 'unknown-user' });
      expect(await find(`CONTOSO\\${name}`)).toEqual({ kind: 'unknown-user' });
      expect(await find(`${name}@contoso.example`)).toMatchObject({ user: { id: id(2) } });
      expect(asked.slice(0, 2)).toEqual([
        `sam ${name.toLowerCase()}`,
        `upn ${name.toLowerCase()}@contoso.example`,
      ]);
    },
  );

  test('a letter that only looks like another’s small one cannot make that other unknown', async () => {
    const { find } = directoryRig({ people: [person(2, 'kim')] });
    expect(await find('\u212Aim@contoso.example')).toEqual({ kind: 'unknown-user' });
    expect((await find('kim@contoso.example')).kind).toBe('found');
  });

  test('an account with an @ in it is not a UPN', async () => {
    const { find } = directoryRig({ people: [ALICE] });
    expect(await find('CONTOSO\\alice@contoso.example')).toEqual({ kind: 'unknown-user' });
    expect((await find('alice@contoso.example')).kind).toBe('found');
  });

  test('whatever the name, an answer comes', async () => {
    const { directory } = directoryRig({ entry: { bareNames: { domain: 'CONTOSO' } } });
    for (const text of fc.sample(fc.string({ unit: 'binary', maxLength: 120 }), 200)) {
      const name = readName(text);
      if (name !== undefined) expect((await directory.find(name, question())).kind).toMatch(/^unknown-/);
    }
  });
});

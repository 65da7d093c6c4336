import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { groupsOf } from '../../../local/stand-ins/graph-groups.ts';
import type { Group } from '../../../local/stand-ins/groups.ts';
import type { Person } from '../../../local/stand-ins/people.ts';
import {
  ADVANCED,
  errorOf,
  guid,
  posting,
  type ServedGraph,
  servingGraph,
  valuesOf,
} from './graph-serving.ts';

const [alice, bob] = [guid(1), guid(2)];
const people: Person[] = [
  { upn: 'alice@contoso.example', objectId: alice },
  { upn: 'bob@contoso.example', objectId: bob },
];
const groups: Group[] = [
  // All staff contains VPN users, which contains Helpdesk, which contains all staff again.
  { objectId: guid(101), displayName: 'All staff', members: [guid(102)] },
  { objectId: guid(102), displayName: 'VPN users', members: [guid(103).toUpperCase()] },
  { objectId: guid(103), displayName: 'Helpdesk', members: [alice, guid(101)] },
  { objectId: guid(104), displayName: 'Newsletter', securityEnabled: false, members: [alice] },
  { objectId: guid(105), displayName: 'Nobody', members: [] },
  { objectId: guid(106), displayName: 'Itself', members: [guid(106), bob] },
];
const everyId = groups.map((group) => group.objectId);
const ofAlice = [101, 102, 103, 104].map(guid);
let served: ServedGraph;

beforeAll(async () => {
  served = await servingGraph({ people, groups, pageSize: 2 });
});
afterAll(() => served.close());

const check = (groupIds: unknown, user = alice, on = served) =>
  on.ask(`/users/${user}/checkMemberGroups`, posting({ groupIds }));

describe('the groups that somebody is in', () => {
  test('are those that can be reached, in whatever order and circle', () => {
    const ids = fc.integer({ min: 0, max: 7 });
    const edges = fc.array(fc.tuple(ids, ids), { maxLength: 24 });
    fc.assert(
      fc.property(edges, ids, (drawn, start) => {
        const all: Group[] = Array.from({ length: 8 }, (_, number) => ({
          objectId: guid(number),
          displayName: String(number),
          members: drawn.filter(([group]) => group === number).map(([, member]) => guid(member)),
        }));
        const reached = new Set<number>();
        const walk = (from: number) => {
          for (const [group, member] of drawn) {
            if (member !== from || reached.has(group)) continue;
            reached.add(group);
            walk(group);
          }
        };
        walk(start);
        const found = groupsOf(guid(start), all).map((group) => group.displayName);
        expect(found).toEqual([...reached].sort((one, other) => one - other).map(String));
      }),
    );
  });
});

describe('checkMemberGroups', () => {
  test('tells which of the groups the user is in, directly or not', async () => {
    const before = served.counts();
    const { status, body } = await check(everyId);
    expect(status).toBe(200);
    expect(body).toEqual({
      '@odata.context': `${served.url()}/$metadata#Collection(Edm.String)`,
      value: ofAlice,
    });
    expect((await check([guid(105), guid(106)])).body).toMatchObject({ value: [] });
    expect((await check(everyId, 'BOB@contoso.example')).body).toMatchObject({ value: [guid(106)] });
    expect(served.counts()).toEqual({ ...before, membersChecked: before.membersChecked + 3 });
  });

  test('takes ids in capitals and answers with its own', async () => {
    expect((await check([guid(101).toUpperCase(), guid(101)])).body).toMatchObject({ value: [guid(101)] });
  });

  test('takes twenty ids, not one more', async () => {
    const ids = Array.from({ length: 21 }, (_, index) => guid(index));
    expect((await check(ids.slice(1))).status).toBe(200);
    expect(errorOf(await check(ids))).toEqual([400, 'Request_BadRequest']);
  });

  test('of nobody is not found', async () => {
    expect(errorOf(await check(everyId, guid(9)))).toEqual([404, 'Request_ResourceNotFound']);
  });

  test('ignores a group that does not exist, or refuses all for it', async () => {
    const other = await servingGraph({ people, groups });
    try {
      const ask = () => check([guid(101), guid(999)], alice, other);
      expect((await ask()).body).toMatchObject({ value: [guid(101)] });
      other.unknownGroups('refused');
      expect(errorOf(await ask())).toEqual([404, 'Request_ResourceNotFound']);
      expect((await check([guid(101)], alice, other)).status).toBe(200);
      other.unknownGroups('ignored');
      expect((await ask()).status).toBe(200);
      expect(other.counts()).toMatchObject({ membersChecked: 3, refused: 1, userMissing: 0 });
    } finally {
      await other.close();
    }
  });

  test.each([
    ['no ids', {}],
    ['an empty list', { groupIds: [] }],
    ['one id alone', { groupIds: guid(101) }],
    ['a number', { groupIds: [1] }],
    ['null', { groupIds: null }],
    ['no GUID', { groupIds: [guid(101), 'VPN users'] }],
    ['an empty id', { groupIds: [''] }],
    ['a GUID in braces', { groupIds: [`{${guid(101)}}`] }],
  ])('refuses %s', async (_, body) => {
    const reply = await served.ask(`/users/${alice}/checkMemberGroups`, posting(body));
    expect(errorOf(reply)).toEqual([400, 'Request_BadRequest']);
  });

  test.each([
    ['another member', '{"groupIds":[],"more":1}', 'application/json'],
    ['another spelling', '{"GroupIds":[]}', 'application/json'],
    ['a list', '[]', 'application/json'],
    ['a text', '"x"', 'application/json'],
    ['null', 'null', 'application/json'],
    ['no JSON', '{groupIds:[]}', 'application/json'],
    ['nothing', '', 'application/json'],
    ['a form', 'groupIds=x', 'application/x-www-form-urlencoded'],
    ['plain text', '{"groupIds":[]}', 'text/plain'],
    ['another JSON', '{"groupIds":[]}', 'application/jsonlines'],
  ])('refuses a body that is %s', async (_, body, type) => {
    const reply = await served.ask(`/users/${alice}/checkMemberGroups`, {
      method: 'POST',
      headers: { 'content-type': type },
      body,
    });
    expect(errorOf(reply)).toEqual([400, 'BadRequest']);
  });

  test('takes a charset, refuses no type at all, options and other methods', async () => {
    const path = `/users/${alice}/checkMemberGroups`;
    const asking = posting({ groupIds: [guid(101)] });
    const headers = { 'content-type': 'application/json; charset=utf-8' };
    expect((await served.ask(path, { ...asking, headers })).status).toBe(200);
    const untyped = await fetch(`${served.url()}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${served.token()}` },
      body: Buffer.from('{"groupIds":[]}'),
    });
    expect(untyped.status).toBe(400);
    expect((await served.ask(`${path}?$select=id`, asking)).status).toBe(400);
    const get = await served.ask(path);
    expect([get.status, get.headers.get('allow')]).toEqual([405, 'POST']);
  });
});

describe('getMemberObjects', () => {
  const list = (body: unknown, user = alice) => served.ask(`/users/${user}/getMemberObjects`, posting(body));

  test('tells every group, or those for security', async () => {
    expect((await list({ securityEnabledOnly: false })).body).toMatchObject({ value: ofAlice });
    expect((await list({ securityEnabledOnly: true })).body).toMatchObject({ value: ofAlice.slice(0, 3) });
  });

  test.each([{}, { securityEnabledOnly: 'true' }, { securityEnabledOnly: null }, { all: true }])(
    'refuses %j',
    async (body) => {
      expect((await list(body)).status).toBe(400);
    },
  );

  test('of nobody is not found', async () => {
    expect((await list({ securityEnabledOnly: true }, guid(9))).status).toBe(404);
  });
});

describe('transitiveMemberOf', () => {
  const path = `/users/${alice}/transitiveMemberOf/microsoft.graph.group`;

  test('is paged, with names', async () => {
    const found: unknown[] = [];
    let url: string | undefined = `${path}?$count=true&$select=id,displayName&$top=999`;
    let pages = 0;
    while (url !== undefined) {
      const reply = await served.ask(url, { headers: ADVANCED });
      expect(reply.status).toBe(200);
      const { value, '@odata.nextLink': next } = reply.body as Record<string, unknown>;
      found.push(...(Array.isArray(value) ? value : []));
      url = typeof next === 'string' ? next : undefined;
      pages += 1;
    }
    expect(pages).toBe(2);
    const alices = groups.slice(0, 4).map(({ objectId, displayName }) => ({ id: objectId, displayName }));
    expect(found).toEqual(alices);
  });

  test('is an advanced query, also for a next page', async () => {
    for (const [query, headers] of [
      ['', {}],
      ['?$count=true', {}],
      ['', ADVANCED],
    ] as const) {
      expect(errorOf(await served.ask(`${path}${query}`, { headers }))).toEqual([
        400,
        'Request_UnsupportedQuery',
      ]);
    }
    const first = await served.ask(`${path}?$count=true&$top=1`, { headers: ADVANCED });
    const next = String((first.body as Record<string, unknown>)['@odata.nextLink']);
    expect((await served.ask(next)).status).toBe(400);
    // Another user's question has other pages.
    const moved = next.replace(alice, bob);
    expect((await served.ask(moved, { headers: ADVANCED })).status).toBe(400);
  });

  test.each(['$select=members', '$filter=x', '$expand=members', '$top=0'])('refuses %s', async (query) => {
    expect((await served.ask(`${path}?$count=true&${query}`, { headers: ADVANCED })).status).toBe(400);
  });
});

describe('a group', () => {
  const path = `/groups/${guid(104)}`;
  const newsletter = { id: guid(104), displayName: 'Newsletter', securityEnabled: false };

  test('is told by its id, in whatever case', async () => {
    const before = served.counts();
    const { status, body } = await served.ask(path);
    expect([status, body]).toEqual([
      200,
      { '@odata.context': `${served.url()}/$metadata#groups/$entity`, ...newsletter },
    ]);
    const capitals = guid(0xabcdef).replaceAll('0', 'A');
    const other = await servingGraph({
      groups: [{ objectId: capitals, displayName: 'Capitals', members: [] }],
    });
    const reply = await other.ask(`/groups/${capitals.toLowerCase()}`);
    await other.close();
    expect(reply.body).toMatchObject({ id: capitals, securityEnabled: true });
    expect(served.counts()).toEqual({ ...before, groupRead: before.groupRead + 1 });
  });

  test.each(['id', 'displayName', 'securityEnabled', 'id,displayName', 'securityEnabled, id'])(
    'is told as far as %s is selected',
    async (select) => {
      const { status, body } = await served.ask(`${path}?$select=${encodeURIComponent(select)}`);
      const names = select.split(',').map((name) => name.trim());
      const wanted = Object.entries(newsletter).filter(([name]) => names.includes(name));
      expect([status, body]).toEqual([
        200,
        {
          '@odata.context': `${served.url()}/$metadata#groups(${names.join(',')})/$entity`,
          ...Object.fromEntries(wanted),
        },
      ]);
    },
  );

  test.each([
    '$select=members',
    '$select=id,onPremisesSamAccountName',
    '$select=',
    '$select=ID',
    '$select=id&$select=id',
    '$expand=members',
    '$filter=x',
    '$count=true',
    'select=id',
  ])('refuses %s', async (query) => {
    expect(errorOf(await served.ask(`${path}?${query}`))).toEqual([400, 'BadRequest']);
  });

  test('that there is not is not found, and a user is no group', async () => {
    const before = served.counts();
    for (const id of [guid(999), alice]) {
      const reply = await served.ask(`/groups/${id}?$select=id`);
      expect(errorOf(reply)).toEqual([404, 'Request_ResourceNotFound']);
      expect(JSON.stringify(reply.body)).toContain(`Resource '${id}' does not exist`);
    }
    expect(served.counts()).toEqual({ ...before, refused: before.refused + 2 });
  });

  test.each([
    ['a name', 'Newsletter', 'Request_BadRequest'],
    ['a GUID in braces', `%7B${guid(104)}%7D`, 'Request_BadRequest'],
    ['a hostile text', "'%20or%201%20eq%201", 'Request_BadRequest'],
    ['nothing', '', 'BadRequest'],
    ['members', `${guid(104)}/members`, 'BadRequest'],
    ['an action', `${guid(104)}/checkMemberGroups`, 'BadRequest'],
  ])('refuses %s as its id', async (_, id, code) => {
    expect(errorOf(await served.ask(`/groups/${id}`))).toEqual([400, code]);
  });

  test('is read only', async () => {
    for (const method of ['POST', 'PATCH', 'DELETE']) {
      const reply = await served.ask(path, { method });
      expect([reply.status, reply.headers.get('allow')]).toEqual([405, 'GET']);
    }
  });
});

describe('app roles', () => {
  const listing = `/users/${alice}/transitiveMemberOf/microsoft.graph.group?$count=true`;
  const objects = posting({ securityEnabledOnly: false });

  test('without User.Read.All nothing is told but of groups, of those who do not exist neither', async () => {
    const other = await servingGraph({ people, groups, allowed: 'no-users' });
    try {
      for (const reply of [
        await other.ask('/users/alice@contoso.example'),
        await other.ask('/users/nobody@contoso.example'),
        await other.ask("/users?$filter=displayName%20eq%20'x'"),
        await check(everyId, alice, other),
        await other.ask(`/users/${alice}/getMemberObjects`, objects),
        await other.ask(listing, { headers: ADVANCED }),
      ]) {
        expect(errorOf(reply)).toEqual([403, 'Authorization_RequestDenied']);
        expect(JSON.stringify(reply.body)).not.toContain('alice');
      }
      expect(other.counts()).toMatchObject({ forbidden: 6, refused: 0, userMissing: 0 });
      expect((await other.ask(`/groups/${guid(101)}?$select=id`)).body).toMatchObject({ id: guid(101) });
    } finally {
      await other.close();
    }
  });

  test('without GroupMember.Read.All users are told, and of their groups the ids', async () => {
    const other = await servingGraph({ people, groups, allowed: 'no-groups' });
    try {
      expect((await other.ask('/users/alice@contoso.example')).status).toBe(200);
      expect((await other.ask("/users?$filter=displayName%20eq%20'x'")).status).toBe(200);
      expect(errorOf(await check(everyId, alice, other))).toEqual([403, 'Authorization_RequestDenied']);
      for (const id of [guid(101), guid(999), 'Newsletter']) {
        const reply = await other.ask(`/groups/${id}?$select=id`);
        expect(errorOf(reply)).toEqual([403, 'Authorization_RequestDenied']);
      }
      const ids = await other.ask(`/users/${alice}/getMemberObjects`, objects);
      expect(ids.body).toMatchObject({ value: ofAlice });
      const listed = await other.ask(listing, { headers: ADVANCED });
      expect(valuesOf(listed, 'id')).toEqual(ofAlice);
      expect(valuesOf(listed, 'displayName')).toEqual([null, null, null, null]);
    } finally {
      await other.close();
    }
  });
});

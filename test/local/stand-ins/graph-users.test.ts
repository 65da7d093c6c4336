import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Person } from '../../../local/stand-ins/people.ts';
import { ADVANCED, errorOf, guid, type ServedGraph, servingGraph, valuesOf } from './graph-serving.ts';

const domainName = 'corp.contoso.example';
const people: Person[] = [
  {
    upn: 'alice@contoso.example',
    objectId: guid(1),
    displayName: 'Alice Example',
    preferredLanguage: 'de-DE',
    onPremises: { samAccountName: 'alice', domainName, userPrincipalName: 'alice@corp.contoso.example' },
  },
  { upn: 'bob@contoso.example', objectId: guid(2), enabled: false },
  { upn: "o'brien@contoso.example", objectId: guid(3), displayName: "O'Brien" },
  { upn: '$dollar@contoso.example', objectId: guid(4) },
  { upn: 'carol_partner.example#EXT#@contoso.example', objectId: guid(5), userType: 'Guest' },
  {
    upn: 'alice@fabrikam.example',
    objectId: guid(6),
    onPremises: { samAccountName: 'Alice', domainName: 'ad.fabrikam.example' },
  },
  { upn: 'Ünïcode+tag@contoso.example', objectId: guid(7) },
];
let served: ServedGraph;

beforeAll(async () => {
  served = await servingGraph({ people, pageSize: 3 });
});
afterAll(() => served.close());

const filtered = (filter: string, more = '') =>
  `/users?$filter=${encodeURIComponent(filter).replaceAll("'", '%27')}${more}`;

describe('a user by UPN or id', () => {
  test('is told with the properties that were selected, those without a value as null', async () => {
    const before = served.counts();
    const names = 'id,userPrincipalName,accountEnabled,onPremisesSamAccountName,onPremisesDomainName';
    const alice = await served.ask(`/users/alice%40contoso.example?$select=${names}`);
    expect(alice.status).toBe(200);
    expect(alice.body).toEqual({
      '@odata.context': `${served.url()}/$metadata#users(${names})/$entity`,
      id: guid(1),
      userPrincipalName: 'alice@contoso.example',
      accountEnabled: true,
      onPremisesSamAccountName: 'alice',
      onPremisesDomainName: domainName,
    });
    const bob = await served.ask(`/users/${guid(2)}?$select=accountEnabled,onPremisesDomainName,userType`);
    expect(bob.body).toMatchObject({ accountEnabled: false, onPremisesDomainName: null, userType: 'Member' });
    expect(served.counts()).toEqual({ ...before, userRead: before.userRead + 2 });
  });

  test('is told without accountEnabled and what is on premises unless they are selected', async () => {
    const { body } = await served.ask('/users/alice@contoso.example');
    expect(body).toEqual({
      '@odata.context': `${served.url()}/$metadata#users/$entity`,
      businessPhones: [],
      displayName: 'Alice Example',
      givenName: null,
      jobTitle: null,
      mail: null,
      mobilePhone: null,
      officeLocation: null,
      preferredLanguage: 'de-DE',
      surname: null,
      userPrincipalName: 'alice@contoso.example',
      id: guid(1),
    });
  });

  test.each([
    ['in other letters', '/users/ALICE@Contoso.example', 1],
    ['with a quote as it is', "/users/o'brien@contoso.example", 3],
    ['with a quote percent-encoded', '/users/o%27brien%40contoso.example', 3],
    ['in parentheses, its quote doubled', "/users('o''brien@contoso.example')", 3],
    ['in parentheses, all percent-encoded', '/users(%27o%27%27brien%40contoso.example%27)', 3],
    ['in parentheses, the only way for a dollar', "/users('$dollar@contoso.example')", 4],
    ['with a number sign percent-encoded', '/users/carol_partner.example%23EXT%23@contoso.example', 5],
    ['beyond ASCII', '/users/%C3%9Cn%C3%AFcode%2Btag@contoso.example', 7],
    ['with a plus, which means itself in a path', '/users/%C3%9Cn%C3%AFcode+tag@contoso.example', 7],
    ['by id in capitals', `/users/${guid(1).toUpperCase()}`, 1],
    ['with a slash at the end', '/users/alice@contoso.example/', 1],
  ])('is found %s', async (_, path, number) => {
    const { body } = await served.ask(path);
    expect(body).toMatchObject({ id: guid(number) });
  });

  test.each([
    ['/users/nobody@contoso.example', 'nobody@contoso.example'],
    [`/users/${guid(99)}`, guid(99)],
    ["/users/o''brien@contoso.example", "o''brien@contoso.example"],
    // What stands behind the number sign never leaves a client.
    ['/users/carol_partner.example#EXT#@contoso.example', 'carol_partner.example'],
    ['/users/alice%40contoso.example%2FcheckMemberGroups', 'alice@contoso.example/checkMemberGroups'],
    ['/users/alice%2540contoso.example', 'alice%40contoso.example'],
    ["/users('')", ''],
  ])('that is not there is Request_ResourceNotFound: %s', async (path, resource) => {
    const before = served.counts();
    const reply = await served.ask(path);
    expect(errorOf(reply)).toEqual([404, 'Request_ResourceNotFound']);
    expect(reply.body).toMatchObject({
      error: {
        message: `Resource '${resource}' does not exist or one of its queried reference-property objects are not present.`,
      },
    });
    expect(served.counts()).toEqual({ ...before, userMissing: before.userMissing + 1 });
  });

  test.each([
    '/users/$dollar@contoso.example',
    '/users/%24dollar%40contoso.example',
    '/users//alice@contoso.example',
    '/users/$count',
    "/users('o'brien@contoso.example')",
    "/users('alice@contoso.example'",
    '/users(alice@contoso.example)',
    "/users('alice@contoso.example' or '1')",
    "/users('alice@contoso.example')(1)",
    '/users()',
    '/users/alice@contoso.example/manager',
    '/users/alice@contoso.example/transitiveMemberOf',
    '/users/alice@contoso.example/transitiveMemberOf%2Fmicrosoft.graph.group',
    '/users/../users/../me',
    '/Users',
    '',
    '/',
  ])('at a path that is none of the service’s is refused: %s', async (path) => {
    const before = served.counts();
    expect((await served.ask(path)).status).toBe(400);
    expect(served.counts()).toEqual({ ...before, refused: before.refused + 1 });
  });

  test.each([
    '$select=nickname',
    '$select=id,accountenabled',
    '$select=',
    '$select=id,,userType',
    '$select=*',
    '$select=__proto__',
    '$select=id&$select=id',
    'select=id',
    '$filter=id',
    '$expand=manager',
    '$top=1',
    '$unknown=1',
    'anything=1',
  ])('asked for with %s is refused', async (query) => {
    expect(errorOf(await served.ask(`/users/alice@contoso.example?${query}`))).toEqual([400, 'BadRequest']);
  });

  test.each(['POST', 'PUT', 'PATCH', 'DELETE', 'HEAD'])('is only read: %s', async (method) => {
    const reply = await served.ask('/users/alice@contoso.example', { method });
    expect([reply.status, reply.headers.get('allow')]).toEqual([405, 'GET']);
  });

  test('who has been deleted since is not there', async () => {
    const passing: Person[] = [{ upn: 'dave@contoso.example', objectId: guid(10) }];
    const other = await servingGraph({ people: passing });
    try {
      expect((await other.ask(`/users/${guid(10)}`)).status).toBe(200);
      passing.pop();
      expect((await other.ask(`/users/${guid(10)}`)).status).toBe(404);
    } finally {
      await other.close();
    }
  });
});

describe('users by a filter', () => {
  const sam = "onPremisesSamAccountName eq 'alice'";
  const select = '&$select=id,onPremisesDomainName';

  test('on the sAMAccountName are found in every domain by an advanced query', async () => {
    const before = served.counts();
    const { status, body } = await served.ask(filtered(sam, `&$count=true${select}&$top=10`), {
      headers: ADVANCED,
    });
    expect(status).toBe(200);
    expect(body).toEqual({
      '@odata.context': `${served.url()}/$metadata#users(id,onPremisesDomainName)`,
      '@odata.count': 2,
      value: [
        { id: guid(1), onPremisesDomainName: domainName },
        { id: guid(6), onPremisesDomainName: 'ad.fabrikam.example' },
      ],
    });
    expect(served.counts()).toEqual({ ...before, userFiltered: before.userFiltered + 1 });
  });

  test.each([
    ['neither', '', {}],
    ['no header', '&$count=true', {}],
    ['no $count', '', ADVANCED],
    ['$count=false', '&$count=false', ADVANCED],
    ['another consistency', '&$count=true', { consistencylevel: 'session' }],
  ])('on the sAMAccountName are no plain query: %s', async (_, more, headers) => {
    for (const filter of [sam, `displayName eq 'x' or ${sam}`, `(displayName eq 'x') and ${sam}`]) {
      const reply = await served.ask(filtered(filter, more), { headers });
      expect(errorOf(reply)).toEqual([400, 'Request_UnsupportedQuery']);
    }
  });

  test.each([
    ["onPremisesUserPrincipalName eq 'ALICE@corp.contoso.example'", [1]],
    ["userPrincipalName eq 'o''brien@contoso.example'", [3]],
    ["id eq '00000000-0000-4000-8000-000000000002'", [2]],
    ["displayName eq 'O''Brien' or userPrincipalName eq 'bob@contoso.example'", [2, 3]],
    ["userType eq 'Guest' and displayName eq 'nobody'", []],
    ["userPrincipalName eq 'Ünïcode+tag@contoso.example'", [7]],
    ["displayName eq ''", []],
  ])('need no more than a filter: %s', async (filter, numbers) => {
    const reply = await served.ask(filtered(filter, '&$select=id'));
    expect(reply.body).not.toHaveProperty('@odata.count');
    expect(valuesOf(reply, 'id')).toEqual(numbers.map(guid));
  });

  test('whose plus was not percent-encoded are looked for with a space', async () => {
    const name = "userPrincipalName eq '%C3%9Cn%C3%AFcode+tag@contoso.example'".replaceAll(' ', '%20');
    expect(valuesOf(await served.ask(`/users?$filter=${name}`), 'id')).toEqual([]);
  });

  test('that were injected are found, as by the real service', async () => {
    const name = "x' or userType eq 'Member";
    const careless = await served.ask(filtered(`userPrincipalName eq '${name}'`, '&$select=id'));
    expect(valuesOf(careless, 'id')).not.toEqual([]);
    const careful = await served.ask(filtered(`userPrincipalName eq '${name.replaceAll("'", "''")}'`));
    expect(valuesOf(careful, 'id')).toEqual([]);
  });

  test('by any text are those of that name and nobody else', async () => {
    const text = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom('alice', "'", "''", "' or '1' eq '1", '&$top=1', '#', '%27', 'a+b', '\\', '\r\n'),
    );
    await fc.assert(
      fc.asyncProperty(text, async (name) => {
        const literal = name.replaceAll("'", "''");
        const reply = await served.ask(
          filtered(`onPremisesSamAccountName eq '${literal}'`, '&$count=true&$select=id'),
          { headers: ADVANCED },
        );
        expect(valuesOf(reply, 'id')).toEqual(name.toLowerCase() === 'alice' ? [guid(1), guid(6)] : []);
      }),
      { numRuns: 60 },
    );
  });

  test.each([
    ["onPremisesDomainName eq 'corp.contoso.example'", 'Request_UnsupportedQuery'],
    ["accountEnabled eq 'true'", 'Request_UnsupportedQuery'],
    ["nickname eq 'x'", 'Request_UnsupportedQuery'],
    ["toString eq 'x'", 'Request_UnsupportedQuery'],
    ["__proto__ eq 'x'", 'Request_UnsupportedQuery'],
    ["DisplayName eq 'x'", 'Request_UnsupportedQuery'],
    ["startsWith(displayName,'a')", 'Request_UnsupportedQuery'],
    ["displayName ne 'x'", 'Request_UnsupportedQuery'],
    ["displayName eq 'o'brien'", 'BadRequest'],
    ["displayName eq 'a' #", 'BadRequest'],
    ['', 'BadRequest'],
  ])('that cannot be filtered so are refused: %s', async (filter, code) => {
    const reply = await served.ask(filtered(filter, '&$count=true'), { headers: ADVANCED });
    expect(errorOf(reply)).toEqual([400, code]);
  });

  test.each([
    ['$top=0', 'Request_UnsupportedQuery'],
    ['$top=1000', 'Request_UnsupportedQuery'],
    ['$top=-1', 'BadRequest'],
    ['$top=ten', 'BadRequest'],
    ['$top=', 'BadRequest'],
    ['$count=yes', 'BadRequest'],
    ['$select=nickname', 'BadRequest'],
    ['$orderby=displayName', 'BadRequest'],
    ['$search="displayName:a"', 'BadRequest'],
    ['$skip=1', 'BadRequest'],
    ['filter=x', 'BadRequest'],
  ])('with %s are refused', async (query, code) => {
    const reply = await served.ask(`${filtered("displayName eq 'x'")}&${query}`);
    expect(errorOf(reply)).toEqual([400, code]);
  });

  test('with a filter twice are refused', async () => {
    const reply = await served.ask(`${filtered("displayName eq 'x'")}&$filter=mail%20eq%20'x'`);
    expect(errorOf(reply)).toEqual([400, 'BadRequest']);
  });
});

describe('pages of users', () => {
  const members = "userType eq 'Member'";
  const first = filtered(members, '&$count=true&$select=id&$top=2');
  const nextOf = (body: unknown) => (body as Record<string, unknown>)['@odata.nextLink'];

  test('are followed by their links to the last one, each user once', async () => {
    const found: unknown[] = [];
    const sizes: number[] = [];
    const counts: unknown[] = [];
    let url: string | undefined = first;
    while (url !== undefined) {
      const reply = await served.ask(url, { headers: ADVANCED });
      const ids = valuesOf(reply, 'id');
      found.push(...ids);
      sizes.push(ids.length);
      counts.push((reply.body as Record<string, unknown>)['@odata.count']);
      const next = nextOf(reply.body);
      url = typeof next === 'string' ? next : undefined;
      if (url !== undefined) expect(url.startsWith(`${served.url()}/users?`)).toBe(true);
    }
    expect(found).toEqual([1, 2, 3, 4, 6, 7].map(guid));
    expect(sizes).toEqual([2, 2, 2]);
    expect(counts).toEqual([6, undefined, undefined]);
  });

  test('are no larger than the service wants', async () => {
    const reply = await served.ask(filtered(members, '&$select=id&$top=999'));
    expect(valuesOf(reply, 'id')).toHaveLength(3);
    expect(nextOf(reply.body)).toContain('$skiptoken=');
  });

  test('of an advanced query need its header again', async () => {
    const sam = filtered("onPremisesSamAccountName eq 'alice'", '&$count=true&$select=id&$top=1');
    const next = String(nextOf((await served.ask(sam, { headers: ADVANCED })).body));
    expect(errorOf(await served.ask(next))).toEqual([400, 'Request_UnsupportedQuery']);
    expect(valuesOf(await served.ask(next, { headers: ADVANCED }), 'id')).toEqual([guid(6)]);
  });

  test('are given only to the question that their token is from', async () => {
    const next = new URL(String(nextOf((await served.ask(first, { headers: ADVANCED })).body)));
    const token = next.searchParams.get('$skiptoken') ?? '';
    const other = filtered("userType eq 'Guest'", '&$count=true&$select=id&$top=2');
    for (const url of [
      `${other}&$skiptoken=${token}`,
      `${first}&$skiptoken=${token}x`,
      `${first}&$skiptoken=4${token.slice(1)}`,
      `${first}&$skiptoken=`,
      `${first}&$skiptoken=0`,
      `${first}&$skiptoken=${token}&$skiptoken=${token}`,
    ]) {
      expect(errorOf(await served.ask(url, { headers: ADVANCED }))).toEqual([400, 'BadRequest']);
    }
  });
});

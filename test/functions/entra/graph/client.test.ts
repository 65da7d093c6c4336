import { describe, expect, test } from 'vitest';
import {
  ALICE,
  fault,
  guid,
  noSuchThing,
  QUESTION,
  question,
  refuses,
  rigged,
  says,
  userJson,
} from './server.ts';

const MEMBERS =
  'id,userPrincipalName,accountEnabled,displayName,onPremisesSamAccountName,onPremisesDomainName,onPremisesUserPrincipalName';

describe('a user by user principal name', () => {
  test('is one GET with token, id and members by name', async () => {
    const { alice, server } = await rigged([says(userJson())]);
    await alice();
    expect(server.received).toHaveLength(1);
    expect(server.received[0]).toMatchObject({
      method: 'GET',
      url: `/v1.0/users/alice%40contoso.com?$select=${MEMBERS}`,
      headers: {
        authorization: 'Bearer token-1',
        accept: 'application/json',
        'accept-encoding': 'identity',
        'client-request-id': QUESTION,
        'x-ms-throttle-priority': 'high',
      },
      body: '',
    });
    expect(server.received[0]?.headers).not.toHaveProperty('consistencylevel');
    expect(server.received[0]?.headers).not.toHaveProperty('content-type');
  });

  test('is told with what Graph knows, the id in lower case', async () => {
    const { alice } = await rigged([
      says({
        '@odata.context': 'https://graph.microsoft.com/v1.0/$metadata#users/$entity',
        ...userJson({
          id: ALICE.toUpperCase(),
          userPrincipalName: 'Alice@contoso.com',
          displayName: 'Alice 🙂',
          onPremisesSamAccountName: 'alice',
          onPremisesDomainName: 'corp.contoso.com',
          onPremisesUserPrincipalName: 'alice@corp.contoso.com',
        }),
        mail: 17,
      }),
    ]);
    expect(await alice()).toEqual({
      id: ALICE,
      userPrincipalName: 'Alice@contoso.com',
      accountEnabled: true,
      displayName: 'Alice 🙂',
      onPremisesSamAccountName: 'alice',
      onPremisesDomainName: 'corp.contoso.com',
      onPremisesUserPrincipalName: 'alice@corp.contoso.com',
    });
  });

  test.each([
    ['false', false, false],
    ['null', null, false],
    ['true', true, true],
  ])('is enabled only where accountEnabled is true: %s', async (_, accountEnabled, expected) => {
    const { alice } = await rigged([says(userJson({ accountEnabled }))]);
    expect(await alice()).toEqual({
      id: ALICE,
      userPrincipalName: 'alice@contoso.com',
      accountEnabled: expected,
    });
  });

  test('that Graph does not know is none', async () => {
    const { alice, server } = await rigged([noSuchThing]);
    expect(await alice()).toBeUndefined();
    expect(server.received).toHaveLength(1);
  });
});

describe('users by a name of Active Directory', () => {
  test('an account name is an advanced query', async () => {
    const { graph, server } = await rigged([
      says({
        '@odata.count': 2,
        value: [userJson({ onPremisesDomainName: 'corp.contoso.com' }), userJson({ id: guid(2) })],
      }),
    ]);
    const users = await graph.usersBySamAccountName('alice', question());
    expect(users.map(({ id }) => id)).toEqual([ALICE, guid(2)]);
    expect(server.received).toHaveLength(1);
    expect(server.received[0]).toMatchObject({
      method: 'GET',
      url: `/v1.0/users?$count=true&$filter=onPremisesSamAccountName%20eq%20%27alice%27&$select=${MEMBERS}&$top=19`,
      headers: { consistencylevel: 'eventual', 'client-request-id': QUESTION },
    });
  });

  test('a user principal name is not', async () => {
    const { graph, server } = await rigged([says({ value: [userJson()] })]);
    const users = await graph.usersByOnPremisesPrincipalName('alice@corp.contoso.com', question());
    expect(users).toHaveLength(1);
    expect(server.received[0]?.url).toBe(
      `/v1.0/users?$filter=onPremisesUserPrincipalName%20eq%20%27alice%40corp.contoso.com%27&$select=${MEMBERS}&$top=19`,
    );
    expect(server.received[0]?.headers).not.toHaveProperty('consistencylevel');
  });

  test('nobody is an empty list', async () => {
    const { graph } = await rigged([says({ value: [] })]);
    expect(await graph.usersBySamAccountName('nobody', question())).toEqual([]);
  });
});

describe('a name that Graph refuses', () => {
  const html = says('<html>Bad Request - Invalid URL</html>', 400);

  test.each([
    ['400', refuses(400, 'Request_BadRequest')],
    ['400 of whatever stands before Graph', html],
    ['404 of whatever stands before Graph', says('<html>Not Found</html>', 404)],
  ])('is nobody’s where nobody can have it: %s', async (_, answer) => {
    const { graph } = await rigged([answer]);
    for (const name of [
      '"><x>@contoso.com',
      'a/b@contoso.com',
      '\0@contoso.com',
      `${'x'.repeat(102)}@contoso.com`,
    ]) {
      expect(await graph.userByPrincipalName(name, question())).toBeUndefined();
      expect(await graph.usersBySamAccountName(name, question())).toEqual([]);
      expect(await graph.usersByOnPremisesPrincipalName(name, question())).toEqual([]);
    }
  });

  test.each([
    ['400', refuses(400, 'Request_UnsupportedQuery'), 'HTTP 400'],
    ['404 of whatever stands before Graph', says('<html>Not Found</html>', 404), 'HTTP 404'],
    ['404 with another code', refuses(404, 'UnknownError'), 'HTTP 404'],
  ])('graph-refused: is a fault of ours where somebody could have it: %s', async (_, answer, detail) => {
    const { graph } = await rigged([answer]);
    for (const name of ["o'brien@contoso.com", 'jürgen.漢@contoso.com', 'bob_f.com#EXT#@contoso.com']) {
      const refused = fault('graph-refused', detail);
      await expect(graph.userByPrincipalName(name, question())).rejects.toMatchObject(refused);
      await expect(graph.usersBySamAccountName(name, question())).rejects.toMatchObject(refused);
      await expect(graph.usersByOnPremisesPrincipalName(name, question())).rejects.toMatchObject(refused);
    }
  });
});

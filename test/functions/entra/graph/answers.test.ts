import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readGroupIds, readId, readUser, readUserPage } from '../../../../functions/entra/graph/answers.ts';
import { GraphUnavailable } from '../../../../functions/entra/graph/faults.ts';
import { ALICE, guid, userJson } from './server.ts';

const unusable = expect.objectContaining({ code: 'graph-answer-unusable', detail: '' });

const ODD: [string, unknown][] = [
  ['nothing', undefined],
  ['null', null],
  ['text', 'alice'],
  ['a number', 1],
  ['true', true],
  ['a list', [userJson()]],
  ['an empty object', {}],
  ['an error', { error: { code: 'Request_ResourceNotFound' } }],
];

describe('a user', () => {
  test.each([
    ...ODD,
    ['without an id', userJson({ id: undefined })],
    ['with an id of null', userJson({ id: null })],
    ['with a list for an id', userJson({ id: [ALICE] })],
    ['with an id that is no GUID', userJson({ id: 'alice' })],
    ['with an id and more', userJson({ id: `${ALICE}/` })],
    ['with an id and a line end', userJson({ id: `${ALICE}\n` })],
    ['with an id in braces', userJson({ id: `{${ALICE}}` })],
    ['without a user principal name', userJson({ userPrincipalName: undefined })],
    ['with one of null', userJson({ userPrincipalName: null })],
    ['with an empty one', userJson({ userPrincipalName: '' })],
    ['with a number for one', userJson({ userPrincipalName: 1 })],
    ['with a line end in it', userJson({ userPrincipalName: 'alice@contoso.com\r\n' })],
    ['with NUL in it', userJson({ userPrincipalName: 'alice\0@contoso.com' })],
    ['with half a surrogate pair in it', userJson({ userPrincipalName: '\udc00@contoso.com' })],
    ['with one that is too long', userJson({ userPrincipalName: 'x'.repeat(1025) })],
    ['not said to be enabled or not', userJson({ accountEnabled: undefined })],
    ['enabled by text', userJson({ accountEnabled: 'true' })],
    ['enabled by a number', userJson({ accountEnabled: 1 })],
    ['with a number for a display name', userJson({ displayName: 1 })],
    ['with a display name that is too long', userJson({ displayName: 'x'.repeat(1025) })],
    ['with a list for an account name', userJson({ onPremisesSamAccountName: ['alice'] })],
    ['with an object for a domain', userJson({ onPremisesDomainName: {} })],
    ['with false for a name in Active Directory', userJson({ onPremisesUserPrincipalName: false })],
  ])('%s is none', (_, json) => {
    expect(() => readUser(json)).toThrow(unusable);
  });

  test.each([
    ['null', null],
    ['empty', ''],
    ['absent', undefined],
  ])('has no members that are %s', (_, value) => {
    const members = {
      displayName: value,
      onPremisesSamAccountName: value,
      onPremisesDomainName: value,
      onPremisesUserPrincipalName: value,
    };
    expect(readUser(userJson(members))).toEqual({
      id: ALICE,
      userPrincipalName: 'alice@contoso.com',
      accountEnabled: true,
    });
  });

  test('has only members of its own', () => {
    const json: unknown = Object.create(userJson());
    expect(() => readUser(json)).toThrow(unusable);
  });
});

describe('the id of an object', () => {
  test.each(ODD)('%s is none', (_, json) => {
    expect(() => readId(json)).toThrow(unusable);
  });
});

describe('a page of users', () => {
  test.each([
    ...ODD,
    ['one user', userJson()],
    ['an object for a list', { value: { 0: userJson(), length: 1 } }],
    ['a user among others', { value: [userJson(), { id: ALICE }] }],
    ['null among users', { value: [userJson(), null] }],
    ['a list in a list', { value: [[userJson()]] }],
  ])('%s is none', (_, json) => {
    expect(() => readUserPage(json)).toThrow(unusable);
  });
});

describe('the groups a user is in', () => {
  test('are some of those asked about, in lower case', () => {
    const asked = [ALICE, guid(1), guid(2)];
    expect(readGroupIds({ value: [ALICE.toUpperCase(), guid(2)] }, asked)).toEqual([ALICE, guid(2)]);
    expect(readGroupIds({ value: [] }, asked)).toEqual([]);
  });

  test.each([
    ...ODD,
    ['a group that was not asked about', { value: [guid(2)] }],
    ['objects', { value: [{ id: guid(1) }] }],
    ['null among them', { value: [guid(1), null] }],
    ['a name', { value: ['VPN Users'] }],
    ['a part of them', { value: [guid(1)], '@odata.nextLink': 'https://graph.microsoft.com/v1.0/users' }],
  ])('%s is no answer', (_, json) => {
    expect(() => readGroupIds(json, [guid(1)])).toThrow(unusable);
  });
});

test('whatever JSON comes, it is read or refused', () => {
  const readers = [readUser, readId, readUserPage, (json: unknown) => readGroupIds(json, [])];
  const almost = fc.record(
    {
      id: fc.oneof(fc.constant(ALICE), fc.jsonValue()),
      userPrincipalName: fc.oneof(fc.constant('a@b'), fc.jsonValue()),
      accountEnabled: fc.oneof(fc.boolean(), fc.jsonValue()),
      value: fc.jsonValue(),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), almost), fc.constantFrom(...readers), (json, read) => {
      try {
        read(json);
      } catch (error) {
        expect(error).toBeInstanceOf(GraphUnavailable);
        expect(error).toEqual(unusable);
      }
    }),
  );
});

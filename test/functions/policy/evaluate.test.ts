import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ACCESS_SERVER_TYPES, AUTHENTICATION_METHODS } from '../../../functions/config/schema-policy.ts';
import { accessServerTypeOf, POLICY_REASONS, type SignInFacts } from '../../../functions/policy/model.ts';
import { connectionRequestPolicy, mfa, networkPolicy, TENANT } from '../config/document.ts';
import { facts, policies } from './policies.ts';

const always = [{ always: true }];

describe('network policies', () => {
  test('the first that matches decides', () => {
    const compiled = policies({
      networkPolicies: [
        networkPolicy({ name: 'other client', conditions: [{ client: ['rdg-1'] }] }),
        networkPolicy({ name: 'all must hold', conditions: [{ always: true }, { client: ['rdg-1'] }] }),
        networkPolicy({ name: 'off', conditions: always, enabled: false }),
        networkPolicy({ name: 'this', conditions: always }),
        networkPolicy({ name: 'later', conditions: always }),
      ],
    });
    expect(compiled.network(facts())).toMatchObject({ kind: 'granted', policy: { name: 'this' } });
  });

  test('none: no-network-policy', () => {
    const compiled = policies({ networkPolicies: [] });
    expect(compiled.network(facts())).toEqual({ kind: 'rejected', code: 'no-network-policy' });
    expect(POLICY_REASONS['no-network-policy']).toBe(48);
  });

  test('a policy that denies ends the search: network-policy-denies', () => {
    const compiled = policies({
      networkPolicies: [
        networkPolicy({ name: 'no', conditions: always, permission: 'deny', constraints: undefined }),
        networkPolicy({ name: 'yes', conditions: always }),
      ],
    });
    expect(compiled.network(facts())).toMatchObject({
      code: 'network-policy-denies',
      policy: { name: 'no' },
    });
    expect(POLICY_REASONS['network-policy-denies']).toBe(65);
  });

  test('a method that the policy does not list ends it too: method-not-allowed', () => {
    const compiled = policies({
      networkPolicies: [
        networkPolicy({ name: 'pap', conditions: always }),
        networkPolicy({
          name: 'all',
          conditions: always,
          constraints: { authenticationMethods: AUTHENTICATION_METHODS },
        }),
      ],
    });
    for (const method of AUTHENTICATION_METHODS.filter((one) => one !== 'pap')) {
      expect(compiled.network(facts({ method }))).toMatchObject({
        kind: 'rejected',
        code: 'method-not-allowed',
        policy: { name: 'pap' },
      });
    }
    expect(POLICY_REASONS['method-not-allowed']).toBe(66);
  });

  test('a request without a password gets in only where its policy says so', () => {
    const compiled = policies({
      networkPolicies: [
        networkPolicy({ conditions: always, constraints: { authenticationMethods: ['unauthenticated'] } }),
      ],
    });
    expect(compiled.network(facts({ method: 'unauthenticated' })).kind).toBe('granted');
    expect(compiled.network(facts({ method: 'pap' })).kind).toBe('rejected');
  });

  test('policies of the type of access server come first, then those for every type', () => {
    const compiled = policies({
      networkPolicies: [
        networkPolicy({ name: 'every', conditions: always }),
        networkPolicy({ name: 'rdg', conditions: always, accessServerType: 'remote-desktop-gateway' }),
        networkPolicy({
          name: 'vpn',
          conditions: [{ client: ['vpn-2'] }],
          accessServerType: 'remote-access-server',
        }),
      ],
    });
    const name = (accessServerType: number) => {
      const decision = compiled.network(facts({ accessServerType }));
      return decision.policy?.name;
    };
    expect(name(0)).toBe('every');
    expect(name(1)).toBe('rdg');
    expect(name(2)).toBe('every');
    expect(name(77)).toBe('every');
  });

  test('a policy of another type is never used', () => {
    const compiled = policies({
      networkPolicies: [
        networkPolicy({ name: 'rdg', conditions: always, accessServerType: 'remote-desktop-gateway' }),
      ],
    });
    expect(compiled.network(facts())).toEqual({ kind: 'rejected', code: 'no-network-policy' });
    expect(compiled.explainNetwork(facts())).toEqual([
      { policy: 'rdg', outcome: 'other-access-server-type' },
    ]);
  });
});

test('the type of access server is what the request says, otherwise what the profile says', () => {
  expect(accessServerTypeOf(2, 'remote-desktop-gateway')).toBe(2);
  expect(accessServerTypeOf(undefined, 'remote-desktop-gateway')).toBe(1);
  expect(accessServerTypeOf(0, 'remote-desktop-gateway')).toBe(0);
  expect(accessServerTypeOf(undefined, 'unspecified')).toBe(0);
});

describe('connection request policies', () => {
  test('the first that matches names the directory', () => {
    const compiled = policies({
      connectionRequestPolicies: [
        connectionRequestPolicy({ name: 'rdg', conditions: [{ client: ['rdg-1'] }] }),
        connectionRequestPolicy({
          name: 'open',
          conditions: [{ client: ['vpn-2'] }],
          authentication: { acceptWithoutValidating: true },
        }),
        connectionRequestPolicy({ name: 'rest' }),
      ],
    });
    expect(compiled.connectionRequest(facts())).toMatchObject({
      name: 'rest',
      authentication: { kind: 'directory', directory: 'local' },
    });
    expect(compiled.connectionRequest(facts({ client: 'vpn-2' }))).toMatchObject({
      name: 'open',
      authentication: { kind: 'accept-without-validating' },
    });
  });

  test('none: no-connection-request-policy', () => {
    const compiled = policies({ connectionRequestPolicies: [] });
    expect(compiled.connectionRequest(facts())).toBeUndefined();
    expect(POLICY_REASONS['no-connection-request-policy']).toBe(49);
  });
});

test('an explanation names the condition that failed, up to the policy that matched', () => {
  const compiled = policies({
    networkPolicies: [
      networkPolicy({ name: 'a', conditions: [{ always: true }, { userGroup: ['Admins'] }] }),
      networkPolicy({ name: 'b', conditions: always }),
      networkPolicy({ name: 'c', conditions: always }),
    ],
  });
  expect(compiled.explainNetwork(facts())).toEqual([
    { policy: 'a', outcome: 'failed', condition: 1, kind: 'userGroup' },
    { policy: 'b', outcome: 'matched' },
  ]);
  expect(compiled.explainConnectionRequest(facts())).toEqual([{ policy: 'Everybody', outcome: 'matched' }]);
});

test("the user's name as received chooses the directory, and may stand in network policies", () => {
  const conditions = [{ userName: '@contoso\\.example$' }];
  const compiled = policies({
    connectionRequestPolicies: [
      connectionRequestPolicy({ name: 'cloud', conditions }),
      connectionRequestPolicy({ name: 'rest' }),
    ],
    networkPolicies: [networkPolicy({ name: 'cloud', conditions })],
  });
  const cloud = facts({ userName: ['alice@contoso.example'] });
  expect(compiled.connectionRequest(cloud)).toMatchObject({ name: 'cloud' });
  expect(compiled.connectionRequest(facts())).toMatchObject({ name: 'rest' });
  expect(compiled.network(cloud).kind).toBe('granted');
  expect(compiled.explainNetwork(facts())).toEqual([
    { policy: 'cloud', outcome: 'failed', condition: 0, kind: 'userName' },
  ]);
});

test('a thousand conditions read a fact once', () => {
  const list = Array.from({ length: 1000 }, (_, index) => ({
    name: `p${index}`,
    conditions: [{ userName: `^user-${index}@` }],
  }));
  const compiled = policies({ connectionRequestPolicies: list.map(connectionRequestPolicy) });
  let reads = 0;
  const counted: SignInFacts = {
    ...facts(),
    get userName(): readonly string[] {
      reads += 1;
      return ['user-999@contoso.example'];
    },
  };
  expect(compiled.connectionRequest(counted)).toMatchObject({ name: 'p999' });
  expect(reads).toBe(1);
});

test('a fact that no condition needs is not read', () => {
  const compiled = policies({
    connectionRequestPolicies: [connectionRequestPolicy({ conditions: [{ client: ['vpn-1'] }] })],
  });
  const lazy: SignInFacts = {
    ...facts(),
    get userName(): readonly string[] {
      throw new Error('read');
    },
    get calledStationId(): readonly string[] {
      throw new Error('read');
    },
  };
  expect(compiled.connectionRequest(lazy)).toBeDefined();
});

/** The same rules once more, as plainly as they can be written. */
type SimpleCondition = { client: string[] } | { userGroup: string[] } | { nasPortType: number[] };
interface SimplePolicy {
  name: string;
  enabled: boolean;
  accessServerType: (typeof ACCESS_SERVER_TYPES)[number];
  conditions: SimpleCondition[];
  permission: 'grant' | 'deny';
  constraints: { authenticationMethods: string[] };
}
function oracle(list: SimplePolicy[], x: SignInFacts): string {
  const matches = (condition: SimpleCondition) => {
    if ('client' in condition) return condition.client.includes(x.client);
    if ('userGroup' in condition) return condition.userGroup.some((group) => x.groups.includes(group));
    return condition.nasPortType.some((type) => type === x.nasPortType);
  };
  const type = ACCESS_SERVER_TYPES[x.accessServerType];
  const own = list.filter((policy) => policy.accessServerType === type);
  const rest = list.filter((policy) => policy.accessServerType === 'unspecified');
  for (const policy of [...own, ...rest]) {
    if (!policy.enabled || !policy.conditions.every(matches)) continue;
    if (policy.permission === 'deny') return `${policy.name} denies`;
    return policy.constraints.authenticationMethods.includes(x.method)
      ? policy.name
      : `${policy.name} method`;
  }
  return 'none';
}

test.each([
  [undefined, 'required'],
  ['required', 'required'],
  ['none', 'none'],
])('a policy that says of MFA: %s, grants with MFA: %s', (written, rule) => {
  const compiled = policies({
    tenant: TENANT,
    mfa: mfa(),
    networkPolicies: [networkPolicy({ conditions: always, mfa: written })],
  });
  expect(compiled.network(facts())).toMatchObject({ kind: 'granted', policy: { mfa: rule } });
});

test('agrees with the rules written plainly', () => {
  const condition: fc.Arbitrary<SimpleCondition> = fc.oneof(
    fc.record({ client: fc.subarray(['vpn-1', 'vpn-2', 'rdg-1'], { minLength: 1 }) }),
    fc.record({ userGroup: fc.subarray(['a', 'b', 'c'], { minLength: 1 }) }),
    fc.record({ nasPortType: fc.subarray([0, 5, 15], { minLength: 1 }) }),
  );
  const policy = fc.record({
    enabled: fc.boolean(),
    accessServerType: fc.constantFrom(...ACCESS_SERVER_TYPES.slice(0, 3)),
    conditions: fc.array(condition, { minLength: 1, maxLength: 3 }),
    permission: fc.constantFrom('grant' as const, 'grant' as const, 'deny' as const),
    constraints: fc.record({ authenticationMethods: fc.subarray(['pap', 'chap'], { minLength: 1 }) }),
  });
  const request = fc.record({
    client: fc.constantFrom('vpn-1', 'vpn-2', 'rdg-1'),
    accessServerType: fc.integer({ min: 0, max: 8 }),
    nasPortType: fc.constantFrom(0, 5, 15, undefined),
    groups: fc.subarray(['a', 'b', 'c']),
    method: fc.constantFrom('pap' as const, 'chap' as const, 'unauthenticated' as const),
  });
  fc.assert(
    fc.property(fc.array(policy, { maxLength: 8 }), request, (list, x) => {
      const named = list.map((one, index) => ({ ...one, name: `p${index}`, mfa: 'none' }));
      const decision = policies({ networkPolicies: named }).network(facts(x));
      const told = {
        'no-network-policy': 'none',
        'network-policy-denies': `${decision.policy?.name} denies`,
        'method-not-allowed': `${decision.policy?.name} method`,
        granted: decision.policy?.name,
      }[decision.kind === 'granted' ? 'granted' : decision.code];
      expect(told).toBe(oracle(named, facts(x)));
    }),
    { numRuns: 500 },
  );
});

import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { CLOUDS } from '../../../../functions/entra/clouds.ts';
import { graphClient } from '../../../../functions/entra/graph/client.ts';
import type { GraphEvent } from '../../../../functions/entra/graph/faults.ts';
import { graphToken } from '../../../../functions/entra/graph/token.ts';
import { managedIdentity } from '../../../../functions/keyvault/credential.ts';
import type { Group } from '../../../../local/stand-ins/groups.ts';
import type { Person } from '../../../../local/stand-ins/people.ts';
import { servingGraph } from '../../../local/stand-ins/graph-serving.ts';
import { loopbackTls, running } from '../../../local/stand-ins/running.ts';
import { type ManualTime, manualTime } from '../../store/time.ts';
import { ALICE, fault, guid, QUESTION, question } from './server.ts';

const HOSTILE = [
  "' or 1 eq 1",
  '"><x>',
  "o'brien",
  "''",
  '%27',
  'a/b?c#d&e',
  '$x',
  'jürgen 漢🙂',
  "') or ('",
  'a+b',
];
const person = (number: number, samAccountName: string): Person => ({
  upn: `user${number}@contoso.com`,
  objectId: guid(number),
  onPremises: { samAccountName, domainName: `d${number}.contoso.com` },
});
const people: Person[] = [
  {
    upn: 'Alice@contoso.com',
    objectId: ALICE,
    displayName: 'Alice',
    onPremises: {
      samAccountName: 'alice',
      domainName: 'corp.contoso.com',
      userPrincipalName: 'alice@corp.contoso.com',
    },
  },
  { upn: 'bob@contoso.com', objectId: guid(90), enabled: false },
  ...HOSTILE.map((name, index) => ({ ...person(100 + index, name), upn: `${name}@hostile.example` })),
  ...Array.from({ length: 40 }, (_, index) => person(200 + index, 'admin')),
];
const groups: Group[] = Array.from({ length: 45 }, (_, index) => ({
  objectId: guid(1001 + index),
  displayName: `Group ${index}`,
  // In the first directly, in the others through the one before.
  members: [index === 0 ? ALICE : guid(1000 + index)],
}));
const all = groups.map(({ objectId }) => objectId);

let standIns: Awaited<ReturnType<typeof running>>;
let time: ManualTime;
let token: () => Promise<string>;
let graph: ReturnType<typeof graphClient>;

// The identity library, which loads slowly, remembers endpoint and header for the whole process.
beforeAll(async () => {
  const tls = await loopbackTls();
  setDefaultCACertificates([...getCACertificates('default'), tls.ca]);
  standIns = await running(tls, { people, groups });
  vi.stubEnv('IDENTITY_ENDPOINT', standIns.identityEndpoint);
  vi.stubEnv('IDENTITY_HEADER', standIns.identityHeader);
  token = graphToken(managedIdentity(standIns.clientId), CLOUDS.public.graphResource);
  await token();
}, 30_000);
afterAll(async () => {
  vi.unstubAllEnvs();
  await standIns.close();
});
beforeEach(() => {
  time = manualTime();
  graph = graphClient({ graphUrl: standIns.graphUrl, token, clock: time.clock, patience: 20_000 });
});
afterEach(async () => {
  await standIns.script('graph', { state: 'well' });
  standIns.graph.unknownGroups('ignored');
});

describe('a tenant over TLS, with a token of the managed identity', () => {
  test('knows a user by user principal name in whatever case', async () => {
    expect(await graph.userByPrincipalName('ALICE@contoso.com', question())).toEqual({
      id: ALICE,
      userPrincipalName: 'Alice@contoso.com',
      accountEnabled: true,
      displayName: 'Alice',
      onPremisesSamAccountName: 'alice',
      onPremisesDomainName: 'corp.contoso.com',
      onPremisesUserPrincipalName: 'alice@corp.contoso.com',
    });
    expect(standIns.graph.requestIds().at(-1)).toBe(QUESTION);
  });

  test('tells that a user is disabled', async () => {
    expect(await graph.userByPrincipalName('bob@contoso.com', question())).toMatchObject({
      accountEnabled: false,
    });
  });

  test('knows nobody of another name', async () => {
    expect(await graph.userByPrincipalName('nobody@contoso.com', question())).toBeUndefined();
    expect(await graph.usersBySamAccountName('nobody', question())).toEqual([]);
    expect(await graph.usersByOnPremisesPrincipalName('nobody@corp.contoso.com', question())).toEqual([]);
  });

  test('knows a user by names of Active Directory', async () => {
    const alice = [expect.objectContaining({ id: ALICE })];
    expect(await graph.usersBySamAccountName('Alice', question())).toEqual(alice);
    expect(await graph.usersByOnPremisesPrincipalName('alice@corp.contoso.com', question())).toEqual(alice);
  });

  test('gives users of one name over pages', async () => {
    const users = await graph.usersBySamAccountName('admin', question());
    expect(users.map(({ id }) => id).sort()).toEqual(
      Array.from({ length: 40 }, (_, index) => guid(200 + index)),
    );
  });

  test.each(HOSTILE)('finds %s alone, and nobody by it who has another name', async (name) => {
    const { refused } = standIns.counts().graph;
    const only = [expect.objectContaining({ onPremisesSamAccountName: name })];
    expect(await graph.usersBySamAccountName(name, question())).toEqual(only);
    expect(await graph.usersByOnPremisesPrincipalName(name, question())).toEqual([]);
    expect(await graph.userByPrincipalName(`${name}@hostile.example`, question())).toMatchObject({
      userPrincipalName: `${name}@hostile.example`,
    });
    expect(await graph.userByPrincipalName(`${name}@contoso.com`, question())).toBeUndefined();
    expect(standIns.counts().graph.refused).toBe(refused);
  });

  test.each(['ignored', 'refused'] as const)(
    'tells groups in groups; one that is no more is %s',
    async (how) => {
      standIns.graph.unknownGroups(how);
      const before = standIns.counts().graph;
      expect(await graph.memberOf(ALICE, [...all, guid(7)], question())).toEqual(new Set(all));
      expect(await graph.memberOf(guid(90), [...all, guid(7)], question())).toEqual(new Set());
      expect(await graph.memberOf(ALICE, [guid(7)], question())).toEqual(new Set());
      const { groupRead, userRead, refused } = standIns.counts().graph;
      // The other five of the last batch, and the user, for the first question alone.
      const looks = how === 'refused' ? [5, 1] : [0, 0];
      expect([groupRead - before.groupRead, userRead - before.userRead]).toEqual(looks);
      await time.advance(10_000);
      expect(await graph.memberOf(ALICE, [...all, guid(7)], question())).toEqual(new Set(all));
      // One look at the group, which is refused.
      const after = standIns.counts().graph;
      expect([after.groupRead, after.userRead]).toEqual([groupRead, userRead]);
      expect(after.refused - refused).toBe(how === 'refused' ? 1 : 0);
    },
  );

  test('tells once in ten minutes that a group is no more', async () => {
    standIns.graph.unknownGroups('refused');
    const told: GraphEvent[] = [];
    const log = (event: GraphEvent) => told.push(event);
    const logging = graphClient({ graphUrl: standIns.graphUrl, token, clock: time.clock, log });
    // When ten minutes are over, the look of a millisecond before still serves.
    for (const passed of [0, 10_000, 589_999, 1, 9_999]) {
      await time.advance(passed);
      expect(told.length).toBeLessThan(2);
      expect(await logging.memberOf(ALICE, [guid(7), ...all], question())).toEqual(new Set(all));
    }
    expect(told).toEqual(Array(2).fill({ event: 'group-missing', group: guid(7) }));
  });

  test('tells that a user is no more', async () => {
    expect(await graph.memberOf(guid(8), all, question())).toBe('gone');
  });
});

describe('a tenant that does not answer well', () => {
  test('graph-throttled', async () => {
    await standIns.script('graph', { state: 'throttled', retryAfter: 30, times: 1 });
    const refused = fault('graph-throttled', 'HTTP 429');
    await expect(graph.userByPrincipalName('alice@contoso.com', question())).rejects.toMatchObject(refused);
    await time.advance(29_999);
    await expect(graph.userByPrincipalName('alice@contoso.com', question())).rejects.toMatchObject(refused);
    await time.advance(1);
    expect(await graph.userByPrincipalName('alice@contoso.com', question())).toBeDefined();
  });

  test.each([
    [{ state: 'failing', status: 503 }, 'graph-failing', 'HTTP 503'],
    [{ state: 'failing', status: 500 }, 'graph-failing', 'HTTP 500'],
    [{ state: 'failing', status: 403 }, 'graph-forbidden', 'HTTP 403'],
    [{ state: 'refusing' }, 'graph-unreachable', 'ECONNREFUSED'],
    [{ state: 'resetting' }, 'graph-unreachable', expect.any(String)],
  ] as const)('%o is %s', async (script, code, detail) => {
    await standIns.script('graph', script);
    await expect(graph.usersBySamAccountName('alice', question())).rejects.toMatchObject({ code, detail });
    await expect(graph.memberOf(ALICE, all, question())).rejects.toMatchObject({ code });
  });

  test.each([
    { state: 'failing', status: 503, times: 1 },
    { state: 'resetting', times: 1 },
  ] as const)('%o is not noticed', async (script) => {
    await standIns.script('graph', script);
    expect(await graph.userByPrincipalName('alice@contoso.com', question())).toBeDefined();
  });

  test('graph-forbidden: an identity that may not read groups', async () => {
    const other = await servingGraph({ people, groups, allowed: 'no-groups' });
    try {
      let spoilt = false;
      const asking = graphClient({
        graphUrl: other.url(),
        token: async () => other.token(),
        clock: time.clock,
        fetch: (url, init) =>
          spoilt && init?.method === 'POST'
            ? Promise.resolve(Response.json({}, { status: 404 }))
            : fetch(url, init),
      });
      const forbidden = fault('graph-forbidden', 'HTTP 403');
      expect(await asking.userByPrincipalName('alice@contoso.com', question())).toBeDefined();
      await expect(asking.memberOf(ALICE, all, question())).rejects.toMatchObject(forbidden);
      spoilt = true;
      await expect(asking.memberOf(ALICE, [guid(7)], question())).rejects.toMatchObject(forbidden);
    } finally {
      await other.close();
    }
  });

  test('graph-unauthorized: a token for something else', async () => {
    const { token: other } = standIns.issuer.issue({
      audience: 'https://vault.azure.net',
      appId: 'app',
      lifetime: 60,
    });
    const wrong = graphClient({ graphUrl: standIns.graphUrl, token: async () => other, clock: time.clock });
    await expect(wrong.userByPrincipalName('alice@contoso.com', question())).rejects.toMatchObject(
      fault('graph-unauthorized', 'HTTP 401'),
    );
  });

  test('graph-token-unavailable: an identity that there is not', async () => {
    const unknown = graphToken(managedIdentity(guid(9)), CLOUDS.public.graphResource);
    const without = graphClient({
      graphUrl: standIns.graphUrl,
      token: unknown,
      clock: time.clock,
      patience: 20_000,
    });
    await expect(without.userByPrincipalName('alice@contoso.com', question())).rejects.toMatchObject({
      code: 'graph-token-unavailable',
    });
  });
});

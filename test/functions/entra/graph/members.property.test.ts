import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { graphClient } from '../../../../functions/entra/graph/client.ts';
import { type GraphEvent, GraphUnavailable } from '../../../../functions/entra/graph/faults.ts';
import { manualTime } from '../../store/time.ts';
import {
  ALICE,
  type Answer,
  breaksOff,
  graphServer,
  guid,
  noSuchThing,
  question,
  type Received,
  refuses,
  says,
} from './server.ts';
import { askedIds, groupAskedFor, notByGraph, tenant } from './tenant.ts';

/** What whoever stands between may say, or Graph itself when it is not well. None of it says who is in what. */
const FAULTS: readonly Answer[] = [
  notByGraph,
  breaksOff,
  says({}, 404),
  says({ error: { message: 'Request_ResourceNotFound' } }, 404),
  refuses(404, 'itemNotFound'),
  refuses(400, 'Request_BadRequest'),
  refuses(400, 'Request_ResourceNotFound'),
  refuses(400, 'Directory_ObjectNotFound'),
  says('<html></html>', 400),
  refuses(401, 'InvalidAuthenticationToken'),
  refuses(403, 'Authorization_RequestDenied'),
  refuses(410, 'Request_ResourceNotFound'),
  refuses(429, 'TooManyRequests', { 'retry-after': '7' }),
  refuses(500, 'UnknownError'),
  refuses(503, 'serviceNotAvailable'),
  refuses(503, 'serviceNotAvailable', { 'retry-after': '7' }),
  says('', 302, { location: '/' }),
  says('', 204),
  says('<html></html>'),
  says('{"value":'),
  says({}),
  says({ value: null }),
  says({ value: [guid(999)] }),
  says({ value: [], '@odata.nextLink': 'https://graph.example/next' }),
  says({ id: guid(999) }),
  says({ error: { code: 'Request_ResourceNotFound' } }),
];

type State = 'in' | 'out' | 'missing';
const states = fc
  .array(fc.constantFrom<State>('in', 'out', 'missing'), { minLength: 1, maxLength: 45 })
  .chain((drawn) => {
    const groups = drawn.map((state, index) => ({ state, id: guid(index + 1) }));
    return fc.shuffledSubarray(groups, { minLength: groups.length });
  });
const of = (groups: readonly { state: State; id: string }[], state: State) =>
  groups.filter((one) => one.state === state).map(({ id }) => id);

let server: Awaited<ReturnType<typeof graphServer>>;
let answer: Answer = noSuchThing;

beforeAll(async () => {
  server = await graphServer([(response, request) => answer(response, request)]);
});
afterAll(() => server.close());

function client() {
  const time = manualTime();
  const told: GraphEvent[] = [];
  const graph = graphClient({
    graphUrl: server.url,
    token: async () => 'token-1',
    clock: time.clock,
    patience: 20_000,
    log: (event) => told.push(event),
  });
  return { time, told, graph };
}

/** What a request is about, so that the same one has the same fate whenever it comes. */
function aboutOf(request: Received): readonly string[] {
  if (request.method === 'POST') return ['check', ...askedIds(request)];
  return [groupAskedFor(request) ?? 'user'];
}

describe('whatever the server answers', () => {
  test('nobody is missing from a group, and nobody in one for nothing', async () => {
    const fates = fc.func(
      fc.oneof(
        { weight: 6, arbitrary: fc.constant(undefined) },
        { weight: 1, arbitrary: fc.constantFrom<Answer>(...FAULTS) },
        { weight: 1, arbitrary: fc.constant<'not-found'>('not-found') },
      ),
    );
    const rounds = fc.array(
      fc.record({
        passed: fc.constantFrom(0, 7_000, 9_999, 10_000, 600_000),
        askers: fc.integer({ min: 1, max: 3 }),
      }),
      { minLength: 1, maxLength: 4 },
    );
    await fc.assert(
      fc.asyncProperty(states, fates, rounds, async (groups, fate, passing) => {
        const missing = of(groups, 'missing');
        const honest = tenant({ member: of(groups, 'in'), missing });
        let userLost = false;
        let round = 0;
        answer = (response, request) => {
          const drawn = fate(round, ...aboutOf(request));
          if (drawn === undefined) return honest(response, request);
          if (drawn !== 'not-found') return drawn(response, request);
          // A replica that does not know the user; but of a group that exists Graph never says so.
          const group = groupAskedFor(request);
          if (group !== undefined) return honest(response, request);
          userLost ||= request.method === 'GET';
          return noSuchThing(response, request);
        };
        const { graph, time, told } = client();
        const all = groups.map(({ id }) => id);
        for (const { passed, askers } of passing) {
          await time.advance(passed);
          round += 1;
          userLost = false;
          const asking = Array.from({ length: askers }, () => graph.memberOf(ALICE, all, question()));
          for (const outcome of await Promise.allSettled(asking)) {
            const found: unknown = outcome.status === 'fulfilled' ? outcome.value : outcome.reason;
            if (found === 'gone') expect(userLost).toBe(true);
            else if (found instanceof Set) expect(found).toEqual(new Set(of(groups, 'in')));
            else expect(found).toBeInstanceOf(GraphUnavailable);
          }
        }
        for (const { group } of told) expect(missing).toContain(group);
      }),
      { numRuns: 200 },
    );
  });
});

describe('whichever groups are no more, in whatever order', () => {
  test('those that the user is in are told, and each that is missing once', async () => {
    await fc.assert(
      fc.asyncProperty(states, fc.boolean(), async (groups, withoutCode) => {
        const missing = of(groups, 'missing');
        const spoilt = withoutCode ? refuses(400, 'Request_BadRequest') : noSuchThing;
        answer = tenant({ member: of(groups, 'in'), missing, spoilt });
        const { graph, told } = client();
        for (const all of [groups, groups.toReversed()]) {
          const found = await graph.memberOf(
            ALICE,
            all.map(({ id }) => id),
            question(),
          );
          expect(found).toEqual(new Set(of(groups, 'in')));
        }
        expect(told.map(({ group }) => group).sort()).toEqual(missing.sort());
      }),
    );
  });

  test('and whatever becomes of them, what was so ten seconds ago counts no more', async () => {
    const lives = fc.array(
      fc.array(fc.constantFrom<State>('in', 'out', 'missing'), { minLength: 25, maxLength: 25 }),
      {
        minLength: 1,
        maxLength: 4,
      },
    );
    const passing = fc.constantFrom(10_000, 599_999, 600_000);
    await fc.assert(
      fc.asyncProperty(lives, passing, fc.integer({ min: 1, max: 3 }), async (days, passed, askers) => {
        const { graph, time } = client();
        for (const day of days) {
          const groups = day.map((state, index) => ({ state, id: guid(index + 1) }));
          answer = tenant({ member: of(groups, 'in'), missing: of(groups, 'missing') });
          const all = groups.map(({ id }) => id);
          const asking = Array.from({ length: askers }, () => graph.memberOf(ALICE, all, question()));
          expect(await Promise.all(asking)).toEqual(asking.map(() => new Set(of(groups, 'in'))));
          await time.advance(passed);
        }
      }),
      { numRuns: 40 },
    );
  });
});

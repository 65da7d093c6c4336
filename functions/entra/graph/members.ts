import type { Clock } from '../../../relay-call/clock.ts';
import { addressOf } from './address.ts';
import { readGroupIds, readId, unusable } from './answers.ts';
import type { GraphCall } from './call.ts';
import { type GraphEvent, GraphUnavailable } from './faults.ts';
import type { Graph, GraphQuestion } from './graph.ts';
import { groupExistence } from './group-existence.ts';

/** How many ids one call takes (https://learn.microsoft.com/graph/api/directoryobject-checkmembergroups). */
const BATCH = 20;

/** What was said about some of the groups. */
type Checked =
  | { readonly kind: 'answered'; readonly memberOf: readonly string[] }
  | { readonly kind: 'refused'; readonly ids: readonly string[]; readonly status: 400 | 404 };
type Refused = Extract<Checked, { kind: 'refused' }>;

/**
 * checkMemberGroups in batches, all at once. A group that no longer exists may spoil its batch, and so does a user whom
 * the replica that was asked does not know yet; Graph says the same of both. Who is taken for no member may be let in
 * for it, so a group is left out only when Graph itself, asked for that very group, has said within the last ten
 * seconds that there is none. A batch that is refused for whatever else is no answer.
 */
export function membership(x: {
  readonly graphUrl: string;
  readonly call: GraphCall;
  readonly clock: Clock;
  readonly log: (event: GraphEvent) => void;
}): Graph['memberOf'] {
  const { graphUrl, call, clock, log } = x;
  const groups = groupExistence({
    look: (id, question) => isThere(addressOf.groupById(graphUrl, id), id, question),
    clock,
    log,
  });

  async function check(userId: string, ids: readonly string[], question: GraphQuestion): Promise<Checked> {
    const url = addressOf.checkMemberGroups(graphUrl, userId);
    const answer = await call({ url, body: { groupIds: ids } }, question);
    if (answer.kind === 'answered') return { kind: 'answered', memberOf: readGroupIds(answer.json, ids) };
    return { kind: 'refused', ids, status: answer.status };
  }

  /** Nothing but Graph's own word is a no. */
  async function isThere(url: string, id: string, question: GraphQuestion): Promise<boolean> {
    const answer = await call({ url }, question);
    if (answer.kind === 'refused') {
      if (answer.missing) return false;
      throw refusal(answer);
    }
    if (readId(answer.json) !== id) throw unusable();
    return true;
  }

  async function missingOf(ids: readonly string[], question: GraphQuestion): Promise<ReadonlySet<string>> {
    const found = await Promise.all(ids.map((id) => groups.exists(id, question)));
    return new Set(ids.filter((_, index) => !found[index]));
  }

  /** Asks for a batch again, without the groups that there are not. */
  async function mended(
    userId: string,
    spoilt: Refused,
    question: GraphQuestion,
  ): Promise<readonly string[]> {
    const missing = await missingOf(spoilt.ids, question);
    if (missing.size === 0) throw refusal(spoilt);
    const ids = spoilt.ids.filter((id) => !missing.has(id));
    if (ids.length === 0) return [];
    const again = await check(userId, ids, question);
    if (again.kind === 'refused') throw refusal(again);
    return again.memberOf;
  }

  return async (userId, groupIds, question) => {
    const all = [...new Set(groupIds)];
    // They would spoil their batches every time, and those cost more than a look.
    const missing = await missingOf(groups.suspects(all), question);
    const asked = all.filter((id) => !missing.has(id));
    const batches = await Promise.all(inBatches(asked).map((ids) => check(userId, ids, question)));
    const memberOf = batches.flatMap((one) => (one.kind === 'answered' ? one.memberOf : []));
    const spoilt = batches.filter((one) => one.kind === 'refused');
    if (spoilt.length > 0 && !(await isThere(addressOf.userById(graphUrl, userId), userId, question))) {
      return 'gone';
    }
    // One after another, so that a request for each id of all batches does not come at once.
    for (const one of spoilt) memberOf.push(...(await mended(userId, one, question)));
    return new Set(memberOf);
  };
}

function refusal({ status }: Pick<Refused, 'status'>): GraphUnavailable {
  return new GraphUnavailable('graph-refused', `HTTP ${status}`);
}

function inBatches(ids: readonly string[]): readonly (readonly string[])[] {
  return Array.from({ length: Math.ceil(ids.length / BATCH) }, (_, index) =>
    ids.slice(index * BATCH, (index + 1) * BATCH),
  );
}

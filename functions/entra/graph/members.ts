import type { Clock } from '../../../relay-call/clock.ts';
import { addressOf } from './address.ts';
import { readGroupIds, readId, unusable } from './answers.ts';
import type { GraphCall } from './call.ts';
import { type GraphEvent, GraphUnavailable } from './faults.ts';
import type { Graph, GraphQuestion } from './graph.ts';
import { missingGroups } from './missing-groups.ts';

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
 * for it, so a group is left out only when Graph itself, asked for that very group, has said that there is none. It is
 * then left out for ten minutes. A batch that is refused for whatever else is no answer.
 */
export function membership(x: {
  readonly graphUrl: string;
  readonly call: GraphCall;
  readonly clock: Clock;
  readonly log: (event: GraphEvent) => void;
}): Graph['memberOf'] {
  const { graphUrl, call } = x;
  const missing = missingGroups(x.clock, x.log);

  async function check(userId: string, ids: readonly string[], question: GraphQuestion): Promise<Checked> {
    const url = addressOf.checkMemberGroups(graphUrl, userId);
    const answer = await call({ url, body: { groupIds: ids } }, question);
    if (answer.kind === 'answered') return { kind: 'answered', memberOf: readGroupIds(answer.json, ids) };
    return { kind: 'refused', ids, status: answer.status };
  }

  /** Nothing but Graph's own word is a no. */
  async function exists(url: string, id: string, question: GraphQuestion): Promise<boolean> {
    const answer = await call({ url }, question);
    if (answer.kind === 'refused') {
      if (answer.missing) return false;
      throw refusal(answer);
    }
    if (readId(answer.json) !== id) throw unusable();
    return true;
  }

  async function groupExists(id: string, question: GraphQuestion): Promise<boolean> {
    const found = await exists(addressOf.groupById(graphUrl, id), id, question);
    if (!found) missing.add(id);
    return found;
  }

  /** Asks for a batch again, without the groups that there are not. */
  async function mended(
    userId: string,
    spoilt: Refused,
    question: GraphQuestion,
  ): Promise<readonly string[]> {
    const found = await Promise.all(spoilt.ids.map((id) => groupExists(id, question)));
    const ids = spoilt.ids.filter((_, index) => found[index]);
    if (ids.length === spoilt.ids.length) throw refusal(spoilt);
    if (ids.length === 0) return [];
    const again = await check(userId, ids, question);
    if (again.kind === 'refused') throw refusal(again);
    return again.memberOf;
  }

  return async (userId, groupIds, question) => {
    const asked = [...new Set(groupIds)].filter((id) => !missing.has(id));
    const batches = await Promise.all(inBatches(asked).map((ids) => check(userId, ids, question)));
    const memberOf = batches.flatMap((one) => (one.kind === 'answered' ? one.memberOf : []));
    const spoilt = batches.filter((one) => one.kind === 'refused');
    if (spoilt.length > 0 && !(await exists(addressOf.userById(graphUrl, userId), userId, question))) {
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

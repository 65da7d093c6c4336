import { addressOf } from './address.ts';
import { readGroupIds, readId, unusable } from './answers.ts';
import type { GraphCall } from './call.ts';
import { type GraphEvent, GraphUnavailable } from './faults.ts';
import type { Graph, GraphQuestion } from './graph.ts';

/** How many ids one call takes (https://learn.microsoft.com/graph/api/directoryobject-checkmembergroups). */
const BATCH = 20;

/** What was said about some of the groups. */
type Checked =
  | { readonly kind: 'answered'; readonly memberOf: readonly string[] }
  | {
      readonly kind: 'refused';
      readonly ids: readonly string[];
      readonly status: 400 | 404;
      readonly missing: boolean;
    };
type Refused = Extract<Checked, { kind: 'refused' }>;

/**
 * checkMemberGroups in batches, all at once. An id of a group that no longer exists may spoil its batch, and Graph does
 * not say which one it was; the ids of such a batch are asked about one by one.
 */
export function membership(
  graphUrl: string,
  call: GraphCall,
  log: (event: GraphEvent) => void,
): Graph['memberOf'] {
  /** Those that the log has been told of; they come from the configuration, so they are few. */
  const told = new Set<string>();

  function tellMissing(ended: readonly Checked[]): void {
    for (const group of ended.flatMap((one) => (one.kind === 'refused' ? one.ids : []))) {
      if (told.has(group)) continue;
      told.add(group);
      log({ event: 'group-missing', group });
    }
  }

  async function check(userId: string, ids: readonly string[], question: GraphQuestion): Promise<Checked> {
    const url = addressOf.checkMemberGroups(graphUrl, userId);
    const answer = await call({ url, body: { groupIds: ids } }, question);
    if (answer.kind === 'answered') return { kind: 'answered', memberOf: readGroupIds(answer.json, ids) };
    return { ...answer, ids };
  }

  async function exists(userId: string, question: GraphQuestion): Promise<boolean> {
    const answer = await call({ url: addressOf.userById(graphUrl, userId) }, question);
    if (answer.kind === 'refused') {
      if (answer.missing) return false;
      throw refusal(answer);
    }
    if (readId(answer.json) !== userId) throw unusable();
    return true;
  }

  return async (userId, groupIds, question) => {
    const all = [...new Set(groupIds)];
    const batches = await Promise.all(inBatches(all).map((ids) => check(userId, ids, question)));
    const spoilt = batches.filter((one) => one.kind === 'refused');
    if (spoilt.length === 0) return union(batches);

    // No group at all, or no user: before each group is asked about, one look at the user.
    const noneAnswered = spoilt.length === batches.length;
    if (noneAnswered && spoilt.some(({ status }) => status === 404) && !(await exists(userId, question))) {
      return 'gone';
    }
    const alone: Checked[] = [];
    // One batch after another, so that a request for each id of all batches does not come at once.
    for (const one of spoilt) {
      const again = one.ids.length > 1 ? one.ids.map((id) => check(userId, [id], question)) : [one];
      alone.push(...(await Promise.all(again)));
    }
    const ended = [...batches.filter(({ kind }) => kind === 'answered'), ...alone];
    refuse(ended);
    tellMissing(alone);
    return union(ended);
  };
}

/**
 * What was refused is a group that does not exist where Graph says so, or where it took the same question about
 * another group. Who is not known to be in a group may be let in for it; so nothing else counts as missing.
 */
function refuse(ended: readonly Checked[]): void {
  const wrong = ended.find((one) => one.kind === 'refused' && !one.missing);
  if (wrong?.kind === 'refused' && (wrong.status === 404 || ended.every(({ kind }) => kind === 'refused'))) {
    throw refusal(wrong);
  }
}

function refusal({ status }: Pick<Refused, 'status'>): GraphUnavailable {
  return new GraphUnavailable('graph-refused', `HTTP ${status}`);
}

function inBatches(ids: readonly string[]): readonly (readonly string[])[] {
  return Array.from({ length: Math.ceil(ids.length / BATCH) }, (_, index) =>
    ids.slice(index * BATCH, (index + 1) * BATCH),
  );
}

function union(ended: readonly Checked[]): ReadonlySet<string> {
  return new Set(ended.flatMap((one) => (one.kind === 'answered' ? one.memberOf : [])));
}

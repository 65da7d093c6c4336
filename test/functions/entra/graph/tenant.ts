import type { GraphEvent } from '../../../../functions/entra/graph/faults.ts';
import {
  ALICE,
  type Answer,
  guid,
  noSuchThing,
  question,
  type Received,
  refuses,
  rigged,
  says,
} from './server.ts';

/** The ids of so many groups. */
export const ids = (count: number) => Array.from({ length: count }, (_, index) => guid(index + 1));

export const badRequest = refuses(400, 'Request_BadRequest');
export const notByGraph = says('<html>Not Found</html>', 404, { 'content-type': 'text/html' });

/** The ids that checkMemberGroups was asked about. */
export function askedIds({ body }: Received): string[] {
  const json: { groupIds: string[] } = JSON.parse(body);
  return json.groupIds;
}

/** What was asked, in few words: the ids of a POST, the thing that a GET looks for. */
export function askedFor(request: Received): readonly string[] | string {
  if (request.method === 'POST') return askedIds(request);
  return request.url.replace('/v1.0/', '').replace('?$select=id', '');
}

/** The id in the path of a GET for a group. */
export function groupAskedFor({ method, url }: Received): string | undefined {
  return method === 'GET' ? /^\/v1\.0\/groups\/([^/?]+)\?\$select=id$/.exec(url)?.[1] : undefined;
}

const thatUser: Answer = (response, request) =>
  says({ id: /^\/v1\.0\/users\/([^/?]+)/.exec(request.url)?.[1] })(response, request);

/** A client that tells what it logs. */
export async function logged(answers: readonly Answer[], x: Parameters<typeof rigged>[1] = {}) {
  const told: GraphEvent[] = [];
  const served = await rigged(answers, { log: (event) => told.push(event), ...x });
  const memberOf = (groupIds: readonly string[]) => served.graph.memberOf(ALICE, groupIds, question());
  return { ...served, told, memberOf };
}

/** What is logged of these groups. */
export const tells = (...groups: readonly string[]) =>
  groups.map((group) => ({ event: 'group-missing', group }));

/**
 * A tenant with these groups that every user is in, and these that are no more and spoil whatever names them. There is every
 * other group that is asked for, and nobody is in it. Lists and answers are looked at with each request.
 */
export function tenant(x: {
  readonly member?: readonly string[];
  readonly missing?: readonly string[];
  /** Of checkMemberGroups about a group that is missing. */
  readonly spoilt?: Answer;
  /** Of a look at a user. */
  readonly user?: Answer;
  /** Of a look at a group that there is. */
  readonly group?: Answer;
}): Answer {
  const { member = [], missing = [], spoilt = noSuchThing, user = thatUser } = x;
  return (response, request) => {
    const group = groupAskedFor(request);
    if (group !== undefined) {
      const found = x.group ?? says({ id: group.toUpperCase() });
      return (missing.includes(group) ? noSuchThing : found)(response, request);
    }
    if (request.method === 'GET') return user(response, request);
    const asked = askedIds(request);
    if (asked.length > 20) return badRequest(response, request);
    if (asked.some((id) => missing.includes(id))) return spoilt(response, request);
    return says({ value: asked.filter((id) => member.includes(id)) })(response, request);
  };
}

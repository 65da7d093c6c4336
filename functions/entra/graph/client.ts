import { addressOf, type FilteredMember } from './address.ts';
import { readUser, readUserPage, unusable } from './answers.ts';
import { type GraphCallParts, graphCall } from './call.ts';
import { type GraphEvent, GraphUnavailable } from './faults.ts';
import type { Graph, GraphQuestion, GraphUser } from './graph.ts';
import { membership } from './members.ts';

/** More pages of users of one name are no answer. */
const MOST_PAGES = 10;

/** A name that Graph has no reason to refuse; 113 characters are the most that a user principal name has. */
const ORDINARY = /^[\p{L}\p{M}\p{N} ._'!#^~$@-]{1,113}$/u;

/**
 * Microsoft Graph's directory (https://learn.microsoft.com/graph/api/resources/user) over HTTPS.
 *
 * A name that cannot be put into a request is nobody's. What Graph refuses with 400 or 404 is told as a fault of ours,
 * unless the name is of a kind that nobody has: a stranger's nonsense must be answered with a no, not with the silence
 * that makes a RADIUS client take the bridge for dead.
 */
export function graphClient(
  x: GraphCallParts & {
    /** What paths are appended to, `https://host/v1.0`. */
    readonly graphUrl: string;
    readonly log?: (event: GraphEvent) => void;
  },
): Graph {
  const { graphUrl, log = () => undefined } = x;
  const call = graphCall(x);

  async function usersWhere(
    member: FilteredMember,
    text: string,
    advanced: boolean,
    question: GraphQuestion,
  ): Promise<readonly GraphUser[]> {
    if (text === '' || !text.isWellFormed()) return [];
    const first = addressOf.usersWhere(graphUrl, member, text, advanced);
    // Pages come from an index that moves; nobody is two users for standing on two of them.
    const found = new Map<string, GraphUser>();
    let url: string | undefined = first;
    for (let page = 0; url !== undefined; page += 1) {
      if (page === MOST_PAGES) throw unusable();
      const answer = await call({ url, advanced }, question);
      if (answer.kind === 'refused') {
        if (page === 0 && !ORDINARY.test(text)) return [];
        throw new GraphUnavailable('graph-refused', `HTTP ${answer.status}`);
      }
      const { users, next } = readUserPage(answer.json);
      for (const user of users) if (!found.has(user.id)) found.set(user.id, user);
      url = next === undefined ? undefined : nextPage(next, first);
    }
    return [...found.values()];
  }

  return {
    async userByPrincipalName(upn, question) {
      if (!upn.includes('@') || !upn.isWellFormed()) return undefined;
      const answer = await call({ url: addressOf.userByPrincipalName(graphUrl, upn) }, question);
      if (answer.kind === 'answered') return readUser(answer.json);
      if (answer.missing || !ORDINARY.test(upn)) return undefined;
      throw new GraphUnavailable('graph-refused', `HTTP ${answer.status}`);
    },
    usersByOnPremisesPrincipalName: (upn, question) =>
      usersWhere('onPremisesUserPrincipalName', upn, false, question),
    // Every filter on this member is an advanced query.
    usersBySamAccountName: (name, question) => usersWhere('onPremisesSamAccountName', name, true, question),
    memberOf: membership({ graphUrl, call, clock: x.clock, log }),
  };
}

/** The token goes there: nowhere but where the first page was. */
function nextPage(link: string, first: string): string {
  const url = URL.parse(link);
  const before = new URL(first);
  const same = url?.origin === before.origin && url.pathname === before.pathname;
  if (!same || url.username !== '' || url.password !== '') throw unusable();
  return url.href;
}

import { randomUUID } from 'node:crypto';
import type { Clock } from '../../relay-call/clock.ts';
import {
  badRequest,
  forbidden,
  type GraphAnswer,
  type GraphCounts,
  GraphRefusal,
  notFound,
  refused,
  scriptedRefusal,
  sent,
} from './graph-answers.ts';
import {
  checkMemberGroups,
  getMemberObjects,
  listTransitiveMemberOf,
  readGroup,
  type UnknownGroups,
} from './graph-groups.ts';
import { pagesOf } from './graph-paging.ts';
import { pathOf, placeOf, type UsersPlace } from './graph-place.ts';
import { listUsers, readUser } from './graph-users.ts';
import type { Group } from './groups.ts';
import type { Answer, Call } from './listener.ts';
import type { Person } from './people.ts';
import type { Stage } from './script.ts';
import type { TokenFault, TokenIssuer } from './tokens.ts';

export type { GraphCounts } from './graph-answers.ts';

const tokenFaults: Record<TokenFault, string> = {
  malformed: 'IDX14100: JWT is not well formed.',
  'signature-wrong': 'Access token validation failure. Invalid signature.',
  'issuer-wrong': 'Access token validation failure. Invalid issuer.',
  'audience-wrong': 'Access token validation failure. Invalid audience.',
  expired: 'Lifetime validation failed, the token is expired.',
  'not-yet-valid': 'Access token has expired or is not yet valid.',
};

const guid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;
const idsKept = 100;
const actions = ['checkMemberGroups', 'getMemberObjects'] as const;

/**
 * Microsoft Graph as far as users are looked up and their groups asked for (entra.md chapter 4): authentication, then
 * script, version, path, method, app roles, query and body. It refuses what the real service refuses, and more: every
 * option and property that nobody here needs.
 */
export function graph(x: {
  readonly issuer: TokenIssuer;
  /** What a token must be for, `graphResource` of a cloud; not the address that is called. */
  readonly audience: string;
  /** Looked at anew with every call. */
  readonly people: readonly Person[];
  /** Looked at anew with every call. */
  readonly groups: readonly Group[];
  readonly stage: Stage;
  readonly clock: Clock;
  /** The address that is called, up to and with `/v1.0`; goes into answers. */
  readonly url: () => string;
  /** The app roles of whoever calls: `User.Read.All` and `GroupMember.Read.All` (default), or without one of them. */
  readonly allowed?: 'allowed' | 'no-users' | 'no-groups';
  /** No page is larger. Default 999, and 100 where a caller does not say. */
  readonly pageSize?: number;
}): {
  answer(call: Call): Promise<Answer>;
  counts(): GraphCounts;
  /** The last 100 `client-request-id`, the newest at the end; calls without one leave none. */
  requestIds(): readonly string[];
  /** How checkMemberGroups answers for ids of no group from now on. Default `ignored`. */
  unknownGroups(answer: UnknownGroups): void;
} {
  const { allowed = 'allowed' } = x;
  const mayReadGroups = allowed !== 'no-groups';
  const counts: GraphCounts = {
    userRead: 0,
    userMissing: 0,
    groupRead: 0,
    userFiltered: 0,
    membersChecked: 0,
    membersListed: 0,
    unauthorized: 0,
    forbidden: 0,
    refused: 0,
    scripted: 0,
  };
  const requestIds: string[] = [];
  const pages = pagesOf(x.url, x.pageSize);
  let unknownGroups: UnknownGroups = 'ignored';

  function authenticate(call: Call): void {
    const token = /^Bearer (\S+)$/i.exec(call.header('authorization') ?? '')?.[1];
    const fault = token === undefined ? undefined : x.issuer.check(token, x.audience);
    if (token !== undefined && fault === undefined) return;
    const authorization = 'https://login.microsoftonline.com/common/oauth2/authorize';
    throw new GraphRefusal('unauthorized', {
      status: 401,
      code: 'InvalidAuthenticationToken',
      message: fault === undefined ? 'Access token is empty.' : tokenFaults[fault],
      headers: { 'www-authenticate': `Bearer realm="", authorization_uri="${authorization}"` },
    });
  }

  function find(key: string): Person {
    const of = guid.test(key) ? (one: Person) => one.objectId : (one: Person) => one.upn;
    const found = x.people.find((one) => of(one).toLowerCase() === key.toLowerCase());
    if (found === undefined) throw notFound('userMissing', key);
    return found;
  }

  function answerOf(call: Call): GraphAnswer {
    const place = placeOf(call.path);
    if (place.kind === 'users') return answerOfUsers(call, place);
    if (call.method !== 'GET') throw methodNotAllowed('GET');
    if (!mayReadGroups) throw forbidden();
    return readGroup(call, place.group, x.groups, x.url());
  }

  function answerOfUsers(call: Call, { user, rest }: UsersPlace): GraphAnswer {
    const action = actions.find((name) => rest === name || rest === `microsoft.graph.${name}`);
    const listing = rest === 'transitiveMemberOf/microsoft.graph.group';
    if (rest !== '' && action === undefined && !listing) {
      throw badRequest(`Resource not found for the segment '${rest}'.`);
    }
    if (call.method !== (action ? 'POST' : 'GET')) throw methodNotAllowed(action ? 'POST' : 'GET');
    if (allowed === 'no-users' || (action === 'checkMemberGroups' && !mayReadGroups)) throw forbidden();
    const url = x.url();
    const { groups } = x;
    if (user === undefined) return listUsers(call, x.people, pages, url);
    const person = find(user);
    if (action === 'checkMemberGroups')
      return checkMemberGroups(call, person, { groups, unknownGroups, url });
    if (action === 'getMemberObjects') return getMemberObjects(call, person, groups, url);
    if (!listing) return readUser(call, person, url);
    const path = pathOf(call.path.slice(1));
    return listTransitiveMemberOf(call, person, { groups, mayReadGroups, pages, path, url });
  }

  async function play(call: Call): Promise<GraphAnswer | 'reset'> {
    authenticate(call);
    const fault = await x.stage.play();
    if (fault === undefined) return answerOf(call);
    if (fault !== 'reset') throw scriptedRefusal(fault);
    counts.scripted += 1;
    return 'reset';
  }

  return {
    counts: () => ({ ...counts }),
    requestIds: () => [...requestIds],
    unknownGroups(answer) {
      unknownGroups = answer;
    },
    async answer(call) {
      const given = call.header('client-request-id');
      if (given !== undefined) requestIds.push(given);
      if (requestIds.length > idsKept) requestIds.shift();
      const request = randomUUID();
      const ids = { request, client: guid.test(given ?? '') ? (given ?? request) : request };
      try {
        const answer = await play(call);
        if (answer === 'reset') return answer;
        counts[answer.kind] += 1;
        return sent(answer.body, ids);
      } catch (error) {
        if (!(error instanceof GraphRefusal)) throw error;
        counts[error.kind] += 1;
        return refused(error, ids, x.clock.now());
      }
    },
  };
}

function methodNotAllowed(allow: string): GraphRefusal {
  return new GraphRefusal('refused', {
    status: 405,
    code: 'Request_BadRequest',
    message: 'Specified HTTP method is not allowed for the request target.',
    headers: { allow },
  });
}

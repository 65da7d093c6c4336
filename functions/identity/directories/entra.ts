import { isUtf8 } from 'node:buffer';
import type { Clock } from '../../../relay-call/clock.ts';
import { GraphUnavailable } from '../../entra/graph/faults.ts';
import type { Graph, GraphUser } from '../../entra/graph/graph.ts';
import type { CheckPassword, PasswordAnswer } from '../../entra/password/check.ts';
import type { Attempts } from '../attempts.ts';
import type { EntraDirectoryPlace } from '../compile.ts';
import type { Directory, EntraObject, PasswordVerdict, Question, User, UserLookup } from '../directory.ts';
import { knownUsers } from './known-users.ts';
import { keyOf, type Meaning, meanings } from './meaning.ts';
import { search } from './search.ts';

export interface EntraDirectoryParts {
  readonly place: EntraDirectoryPlace;
  readonly graph: Graph;
  readonly attempts: Attempts;
  /** Absent where the entry says nothing of how passwords are checked: then none can be right. */
  readonly checkPassword: CheckPassword | undefined;
  readonly clock: Clock;
  /** Milliseconds for finding one user with everything that it needs. Default 10,000. */
  readonly patience?: number;
}

const UNKNOWN: UserLookup = { kind: 'unknown-user' };
const WRONG: PasswordVerdict = { kind: 'wrong' };

type KnownUser = Extract<EntraObject, { readonly objectId: string }>;

/**
 * The users of the tenant: Microsoft Graph knows them, Entra checks their passwords.
 *
 * Whatever form a name has, the user is the same one: by object id, called by the user principal name in the cloud, in
 * those of the entry's `groups` that Graph finds them in, directly or not. Disabled users are found. What is known of a
 * name is kept for the entry's `cacheFor`; a password's verdict is for {@link Attempts} to keep.
 *
 * `verifyPassword` throws StoreUnreachable: then nobody may say whether Entra has been asked.
 */
export function entraDirectory(parts: EntraDirectoryParts): Directory {
  const { place, graph, attempts, checkPassword, clock, patience } = parts;
  const { entry, tenantId } = place;
  const meaningOf = meanings(entry);
  const groupIds = entry.groups.map(({ objectId }) => objectId);
  const known = knownUsers({
    cacheFor: entry.cacheFor * 1000,
    clock,
    ...(patience === undefined ? {} : { patience }),
  });

  async function lookUp(meaning: Meaning, question: Question): Promise<UserLookup> {
    try {
      const match = await search(graph, meaning, question);
      if (match === 'nobody') return UNKNOWN;
      if (match === 'several') return { kind: 'ambiguous-user' };
      const groups = await groupsOf(match.id, question);
      return groups === 'gone' ? UNKNOWN : { kind: 'found', user: userOf(match, groups) };
    } catch (error) {
      if (!(error instanceof GraphUnavailable)) throw error;
      const { code, detail } = error;
      return { kind: 'unavailable', code, ...(detail === '' ? {} : { detail }) };
    }
  }

  /** By the names that the configuration gives them. */
  async function groupsOf(userId: string, question: Question): Promise<readonly string[] | 'gone'> {
    if (groupIds.length === 0) return [];
    const ids = await graph.memberOf(userId, groupIds, question);
    if (ids === 'gone') return 'gone';
    return entry.groups.filter(({ objectId }) => ids.has(objectId)).map(({ name }) => name);
  }

  function userOf(user: GraphUser, groups: readonly string[]): User {
    const { id, userPrincipalName: upn, displayName } = user;
    return {
      directory: entry.name,
      id,
      name: upn,
      upn,
      ...(displayName === undefined ? {} : { displayName }),
      enabled: user.accountEnabled,
      entra: { objectId: id, tenantId, upn },
      groups,
    };
  }

  /**
   * Only a token says whose password it was. A number alone is about whoever has the name now, and names move from one
   * user to another while we still know the old one.
   */
  async function confirmed(
    answer: PasswordAnswer,
    user: KnownUser,
    question: Question,
  ): Promise<PasswordAnswer> {
    if (answer.kind !== 'right' || answer.note === undefined) return answer;
    try {
      const owner = await graph.userByPrincipalName(user.upn, question);
      return owner?.id === user.objectId ? answer : unconfirmed('');
    } catch (error) {
      if (error instanceof GraphUnavailable) return unconfirmed(error.code);
      throw error;
    }
  }

  return {
    name: entry.name,
    kind: 'entra',
    async find(name, question) {
      const meaning = meaningOf(name);
      if (meaning.kind !== 'upn' && meaning.kind !== 'account') return meaning;
      return known.find(keyOf(meaning), (asked) => lookUp(meaning, asked), question);
    },
    async verifyPassword({ id, entra }, password, question) {
      if (checkPassword === undefined) {
        return { kind: 'cannot-verify', code: 'password-check-not-configured' };
      }
      if ('none' in entra) throw new RangeError('A user of another directory');
      if (password.length === 0 || !isUtf8(password)) return WRONG;
      if (/^\s|\s$/.test(password.toString())) return { kind: 'cannot-verify', code: 'password-not-text' };
      const verdict = await attempts.once({
        directory: entry.name,
        userId: id,
        password,
        question,
        async ask(asked) {
          // Whoever called wipes the password once nobody waits here; the question goes on for others.
          const own = Buffer.from(password);
          try {
            const answer = await checkPassword({
              upn: entra.upn,
              objectId: entra.objectId,
              password: own,
              ...asked,
            });
            return await confirmed(answer, entra, asked);
          } finally {
            own.fill(0);
          }
        },
      });
      if (meansAnother(verdict)) known.forget(id);
      return verdict;
    },
    // Whether a name exists in a tenant, anybody can ask Entra itself.
    spendVerification: () => Promise.resolve(),
  };
}

function unconfirmed(detail: string): PasswordAnswer {
  return { kind: 'unavailable', code: 'password-check-user-unconfirmed', detail, retryAfter: 0 };
}

/** What Entra says does not fit the user whom we know under this name. */
function meansAnother(verdict: PasswordVerdict): boolean {
  if (verdict.kind === 'refused') return verdict.code === 'unknown-user';
  if (verdict.kind !== 'unavailable') return false;
  const { code } = verdict;
  return code === 'password-check-answer-unusable' || code === 'password-check-user-unconfirmed';
}

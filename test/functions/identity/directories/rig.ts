import type { EntraDirectoryEntry } from '../../../../functions/config/schema.ts';
import type { Graph, GraphQuestion, GraphUser } from '../../../../functions/entra/graph/graph.ts';
import type { CheckPassword, PasswordAnswer } from '../../../../functions/entra/password/check.ts';
import type { Attempts } from '../../../../functions/identity/attempts.ts';
import type { EntraDirectoryPlace } from '../../../../functions/identity/compile.ts';
import { entraDirectory } from '../../../../functions/identity/directories/entra.ts';
import type { Question, User, UserLookup } from '../../../../functions/identity/directory.ts';
import { readName } from '../../../../functions/identity/names.ts';
import { manualTime } from '../../store/time.ts';

export const TENANT = '6f1d2b0e-8c53-4f2b-9b1e-1f2a7c9d4e10';
/** Object ids of people and groups, which differ in their last digit. */
export const id = (digit: number) => `3d9b1c52-7a40-4e86-9d27-5f0c8e6a1b3${digit}`;

export const ALICE: GraphUser = {
  id: id(1),
  userPrincipalName: 'Alice@contoso.example',
  accountEnabled: true,
  displayName: 'Alice Smith',
  onPremisesSamAccountName: 'alice',
  onPremisesDomainName: 'corp.contoso.example',
  onPremisesUserPrincipalName: 'a.smith@corp.contoso.example',
};

/** Somebody of the cloud, who stands in no Active Directory unless `more` says so. */
export function person(digit: number, name: string, more: Partial<GraphUser> = {}): GraphUser {
  return { id: id(digit), userPrincipalName: `${name}@contoso.example`, accountEnabled: true, ...more };
}

/** Graph as the test wants it, with every question that it gets. */
export function graphByHand(people: readonly GraphUser[]) {
  const asked: string[] = [];
  const questions: GraphQuestion[] = [];
  const members = new Map<string, readonly string[]>();
  const fold = (text: string | undefined) => text?.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  const same = (one: string | undefined, other: string) => fold(one) === fold(other);
  const script: { next?: (() => Promise<unknown>) | undefined; held?: Promise<void> | undefined } = {};

  async function answer<T>(what: string, question: GraphQuestion, value: () => T): Promise<T> {
    asked.push(what);
    questions.push(question);
    await script.held;
    if (script.next !== undefined) return (await script.next()) as T;
    return value();
  }

  const graph: Graph = {
    userByPrincipalName: (upn, question) =>
      answer(`upn ${upn}`, question, () => people.find((user) => same(user.userPrincipalName, upn))),
    usersByOnPremisesPrincipalName: (upn, question) =>
      answer(`on-premises ${upn}`, question, () =>
        people.filter((user) => same(user.onPremisesUserPrincipalName, upn)),
      ),
    usersBySamAccountName: (name, question) =>
      answer(`sam ${name}`, question, () =>
        people.filter((user) => same(user.onPremisesSamAccountName, name)),
      ),
    memberOf: (userId, groupIds, question) =>
      answer(`groups ${groupIds.length}`, question, () =>
        people.some((user) => user.id === userId) ? new Set(members.get(userId)) : ('gone' as const),
      ),
  };
  return {
    graph,
    /** What has been asked for, in order. */
    asked,
    questions,
    /** By user id. */
    members,
    /** What every further question gets instead of an answer; undefined ends it. */
    instead(next: (() => Promise<unknown>) | undefined) {
      script.next = next;
    },
    /** Answers nothing until the function that it gives is called. */
    hold(): () => void {
      const { promise, resolve } = Promise.withResolvers<void>();
      script.held = promise;
      return () => {
        script.held = undefined;
        resolve();
      };
    },
  };
}

const unlimited: Question['signal'] = new AbortController().signal;

export function question(more: Partial<Question> = {}): Question {
  return { id: 'b0d5c1a2-0f63-4b57-9c0e-7d1e5a9f4c21', signal: unlimited, ...more };
}

/** Asks at once and keeps nothing. */
const attemptsByHand: Attempts = {
  async once({ ask, question: asked }) {
    const answer = await ask(asked);
    if (answer.kind !== 'unavailable') return answer;
    return { kind: 'unavailable', code: answer.code };
  },
};

export function entryOf(change: Partial<EntraDirectoryEntry> = {}): EntraDirectoryEntry {
  return {
    name: 'entra',
    kind: 'entra',
    domains: [{ name: 'CONTOSO', dnsName: 'corp.contoso.example' }],
    groups: [],
    cacheFor: 60,
    ...change,
  };
}

export function placeOf(entry: EntraDirectoryEntry): EntraDirectoryPlace {
  return { tenantId: TENANT, cloud: 'public', certificate: undefined, entry };
}

export function directoryRig(
  x: {
    people?: readonly GraphUser[];
    entry?: Partial<EntraDirectoryEntry>;
    patience?: number;
    /** What Entra says to every password; absent: none is checked. */
    answer?: PasswordAnswer;
    attempts?: Attempts;
  } = {},
) {
  const people = [...(x.people ?? [ALICE])];
  const byHand = graphByHand(people);
  const time = manualTime();
  const checked: { upn: string; objectId: string; password: string; id: string }[] = [];
  const { answer } = x;
  const checkPassword: CheckPassword | undefined =
    answer &&
    (async ({ signal, password, ...rest }) => {
      checked.push({ ...rest, password: password.toString() });
      return answer;
    });
  const directory = entraDirectory({
    place: placeOf(entryOf(x.entry)),
    graph: byHand.graph,
    attempts: x.attempts ?? attemptsByHand,
    checkPassword,
    clock: time.clock,
    ...(x.patience === undefined ? {} : { patience: x.patience }),
  });

  async function find(userName: string, asking: Partial<Question> = {}): Promise<UserLookup> {
    const name = readName(userName);
    if (name === undefined) throw new Error(`not a name: ${userName}`);
    return directory.find(name, question(asking));
  }

  async function found(userName: string): Promise<User> {
    const lookup = await find(userName);
    if (lookup.kind !== 'found') throw new Error(`${userName}: ${lookup.kind}`);
    return lookup.user;
  }

  return { ...byHand, people, time, directory, find, found, checked };
}

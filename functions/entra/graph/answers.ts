import { GraphUnavailable } from './faults.ts';
import type { GraphUser } from './graph.ts';

/** Characters. Everything that Graph says of a user is far shorter; what is longer is nothing to hand on. */
const LONGEST_TEXT = 1_024;
const GUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** One page of users. */
export interface UserPage {
  readonly users: readonly GraphUser[];
  /** Where Graph says that the next page is; not checked yet. */
  readonly next: string | undefined;
}

/**
 * Readers of Graph's answers. No member is believed.
 *
 * @throws GraphUnavailable `graph-answer-unusable`
 */
export function readUser(json: unknown): GraphUser {
  const object = objectOf(json);
  return {
    id: readId(object),
    userPrincipalName: principalName(member(object, 'userPrincipalName')),
    accountEnabled: enabled(member(object, 'accountEnabled')),
    ...optional(object, 'displayName'),
    ...optional(object, 'onPremisesSamAccountName'),
    ...optional(object, 'onPremisesDomainName'),
    ...optional(object, 'onPremisesUserPrincipalName'),
  };
}

/** The `id` of any object. */
export function readId(json: unknown): string {
  return guid(member(objectOf(json), 'id'));
}

export function readUserPage(json: unknown): UserPage {
  const next = nextLink(json);
  if (next !== undefined && typeof next !== 'string') throw unusable();
  return { users: values(json).map(readUser), next };
}

/** The answer of checkMemberGroups: some of the ids that it was asked about. */
export function readGroupIds(json: unknown, asked: readonly string[]): readonly string[] {
  // Whoever reads a part as the whole takes a user for no member.
  if (nextLink(json) !== undefined) throw unusable();
  const ids = values(json).map(guid);
  if (!ids.every((id) => asked.includes(id))) throw unusable();
  return ids;
}

export function unusable(): GraphUnavailable {
  return new GraphUnavailable('graph-answer-unusable', '');
}

function objectOf(json: unknown): object {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw unusable();
  return json;
}

function member(object: object, name: string): unknown {
  return Object.hasOwn(object, name) ? Reflect.get(object, name) : undefined;
}

function values(json: unknown): readonly unknown[] {
  const value = member(objectOf(json), 'value');
  if (!Array.isArray(value)) throw unusable();
  return value;
}

function nextLink(json: unknown): unknown {
  return member(objectOf(json), '@odata.nextLink');
}

function guid(value: unknown): string {
  const id = typeof value === 'string' ? value.toLowerCase() : '';
  if (!GUID.test(id)) throw unusable();
  return id;
}

/** It goes into logs, forms and XML. */
function principalName(value: unknown): string {
  if (typeof value !== 'string' || value.length > LONGEST_TEXT) throw unusable();
  if (!/^[^\p{Cc}\p{Cs}\u2028\u2029]+$/u.test(value)) throw unusable();
  return value;
}

/** Graph's type lets it be null, which is not yes. */
function enabled(value: unknown): boolean {
  if (value === null) return false;
  if (typeof value !== 'boolean') throw unusable();
  return value;
}

type Optional = Exclude<keyof GraphUser, 'id' | 'userPrincipalName' | 'accountEnabled'>;

function optional(object: object, name: Optional): Partial<Record<Optional, string>> {
  const value = member(object, name);
  if (value === undefined || value === null || value === '') return {};
  if (typeof value !== 'string' || value.length > LONGEST_TEXT) throw unusable();
  return { [name]: value };
}

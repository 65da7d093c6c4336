import { badRequest } from './graph-answers.ts';

/** A path below `/v1.0/users`, or that of one group. */
export type Place = UsersPlace | { readonly kind: 'group'; readonly group: string };

export interface UsersPlace {
  readonly kind: 'users';
  /** An object id or a UPN; undefined is all users. */
  readonly user: string | undefined;
  /** What is behind the user, percent-encoded. */
  readonly rest: string;
}

/**
 * Where a path leads. The key of a user is a segment of its own, taken as it is, or a quoted text in parentheses, whose
 * quotes are doubled (OData 4.01 URL Conventions 4.3.1, 4.3.6).
 *
 * @throws GraphRefusal 400
 */
export function placeOf(path: readonly string[]): Place {
  const [version = '', collection = '', ...rest] = path;
  if (version !== 'v1.0') throw badRequest(`Invalid version: ${version}`);
  if (collection === 'users') {
    const [user, ...below] = rest;
    if (user === '' || user?.startsWith('$')) {
      throw badRequest("The request URI is not valid, since the segment 'users' refers to a collection.");
    }
    return { kind: 'users', user, rest: pathOf(below) };
  }
  if (collection === 'groups') return { kind: 'group', group: onlySegment(rest) };
  const key = /^users\((.*)\)$/s.exec(collection)?.[1];
  if (key === undefined) throw badRequest(`Resource not found for the segment '${collection}'.`);
  const text = /^'((?:[^']|'')*)'$/.exec(key)?.[1];
  if (text === undefined) throw badRequest('Bad Request - Error in query syntax.');
  return { kind: 'users', user: text.replaceAll("''", "'"), rest: pathOf(rest) };
}

/** The key of a group; nobody here lists groups or asks for what is below one. */
function onlySegment([group = '', below]: readonly string[]): string {
  if (group === '') {
    throw badRequest("The request URI is not valid, since the segment 'groups' refers to a collection.");
  }
  if (below !== undefined) throw badRequest(`Resource not found for the segment '${below}'.`);
  return group;
}

/** Segments as a URL has them, without a slash at either end. */
export function pathOf(segments: readonly string[]): string {
  return segments.map(encodeURIComponent).join('/');
}

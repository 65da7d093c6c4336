import { badRequest } from './graph-answers.ts';

/** A path below `/v1.0/users`. */
export interface Place {
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
    return { user, rest: pathOf(below) };
  }
  const key = /^users\((.*)\)$/s.exec(collection)?.[1];
  if (key === undefined) throw badRequest(`Resource not found for the segment '${collection}'.`);
  const text = /^'((?:[^']|'')*)'$/.exec(key)?.[1];
  if (text === undefined) throw badRequest('Bad Request - Error in query syntax.');
  return { user: text.replaceAll("''", "'"), rest: pathOf(rest) };
}

/** Segments as a URL has them, without a slash at either end. */
export function pathOf(segments: readonly string[]): string {
  return segments.map(encodeURIComponent).join('/');
}

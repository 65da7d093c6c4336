import type { z } from 'zod';
import { knownKeys } from './known-keys.ts';
import {
  type ConfigurationProblem,
  type ConfigurationProblemCode,
  describeFound,
  describeKey,
  problemAt,
  quoted,
} from './problems.ts';
import { bridgeConfiguration } from './schema.ts';

type Problem = ConfigurationProblem<ConfigurationProblemCode>;
type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/**
 * One of zod's issues in our words; an issue about several alternatives can be several problems.
 *
 * @param above where the issue's own path begins.
 */
export function translate(issue: Issue, root: unknown, above: Path): Problem[] {
  const path = [...above, ...issue.path];
  const value = valueAt(root, path);
  const found = describeFound(value, path);
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey(path, key, root));
    case 'invalid_type':
      return [wrongType(path, value, found, wordFor(issue.expected))];
    case 'invalid_value': {
      const expected = issue.values.map((possible) => JSON.stringify(possible)).join(' or ');
      return [problemAt(path, value === undefined ? 'key-missing' : 'value-unknown', found, expected)];
    }
    case 'invalid_format':
      return [problemAt(path, 'value-malformed', found, issue.message)];
    case 'too_small':
      return [
        problemAt(path, 'value-out-of-range', found, `at least ${amount(issue.minimum, issue.origin)}`),
      ];
    case 'too_big':
      return [problemAt(path, 'value-out-of-range', found, `at most ${amount(issue.maximum, issue.origin)}`)];
    case 'invalid_union':
      return choose(issue, root, path);
    case 'invalid_key':
      return [problemAt(path, 'value-malformed', 'a key', 'a key of 1 to 128 characters')];
    default:
      return [problemAt(path, 'value-malformed', found, issue.message)];
  }
}

function unknownKey(path: Path, key: string, root: unknown): Problem {
  const object = valueAt(root, path);
  const known = knownKeys(bridgeConfiguration, root, path).map(quoted);
  const keys = typeof object === 'object' && object !== null ? Object.keys(object) : [];
  const found = describeKey(key, path, keys.indexOf(key) + 1);
  const place = found === quoted(key) ? [...path, key] : path;
  return problemAt(
    place,
    'key-unknown',
    found,
    known.length === 1 ? known.join() : `one of ${known.join(', ')}`,
  );
}

function wrongType(path: Path, value: unknown, found: string, expected: string): Problem {
  if (value === undefined) return problemAt(path, 'key-missing', found, expected);
  if (typeof value === 'string' && path.some((step) => step === 'secrets' || step === 'secret')) {
    return problemAt(path, 'secret-written-out', found, '{"keyVault": "the name of a secret in Key Vault"}');
  }
  return problemAt(path, 'type-wrong', found, expected);
}

/** Of several alternatives, the one that was meant: its problems lie deeper, or are not about the kind of value. */
function choose(issue: Extract<Issue, { code: 'invalid_union' }>, root: unknown, path: Path): Problem[] {
  const value = valueAt(root, path);
  const found = describeFound(value, path);
  if (issue.discriminator !== undefined) {
    const options = 'options' in issue ? (issue.options ?? []) : [];
    const expected = options.map((option) => JSON.stringify(option)).join(' or ');
    return [problemAt(path, value === undefined ? 'key-missing' : 'value-unknown', found, expected)];
  }
  const meant =
    issue.errors.find((branch) => branch.every((inner) => isDeeper(inner, root, path))) ??
    issue.errors.find((branch) => branch.every((inner) => inner.path.length === 0 && isOfThisKind(inner)));
  if (meant !== undefined) return meant.flatMap((inner) => translate(inner, root, path));
  const keys = [...new Set(issue.errors.flatMap((branch) => missingKeys(branch, root, path)))];
  const isOfKeys = keys.length > 0 || issue.errors.every(hasUnknownKeys);
  if (typeof value === 'object' && value !== null && !Array.isArray(value) && isOfKeys) {
    const written = Object.keys(value);
    const choices = [...new Set([...keys, ...written.filter((key) => isKnownKey(issue.errors, key))])];
    const told = written.map((key, at) => describeKey(key, path, at + 1));
    const here = told.length === 0 ? 'an object without keys' : told.join(', ');
    return [problemAt(path, 'choice-unclear', here, `exactly one of ${choices.map(quoted).join(', ')}`)];
  }
  return [wrongType(path, value, found, [...new Set(issue.errors.flatMap(kindsOf))].join(' or '))];
}

function isDeeper(inner: Issue, root: unknown, path: Path): boolean {
  if (inner.path.length === 0) return false;
  return inner.path.length > 1 || valueAt(root, [...path, ...inner.path]) !== undefined;
}

function isOfThisKind(inner: Issue): boolean {
  return inner.code === 'too_big' || inner.code === 'too_small' || inner.code === 'invalid_format';
}

function missingKeys(branch: readonly Issue[], root: unknown, path: Path): string[] {
  return branch
    .filter((inner) => inner.path.length === 1 && valueAt(root, [...path, ...inner.path]) === undefined)
    .map((inner) => String(inner.path[0]));
}

function hasUnknownKeys(branch: readonly Issue[]): boolean {
  return branch.some((inner) => inner.code === 'unrecognized_keys');
}

/** A key is known when at least one alternative does not complain about it. */
function isKnownKey(branches: readonly (readonly Issue[])[], key: string): boolean {
  return branches.some(
    (branch) => !branch.some((inner) => inner.code === 'unrecognized_keys' && inner.keys.includes(key)),
  );
}

function kindsOf(branch: readonly Issue[]): string[] {
  return branch.flatMap((inner) => {
    if (inner.code === 'invalid_type') return [wordFor(inner.expected)];
    return inner.code === 'invalid_union' ? inner.errors.flatMap(kindsOf) : [];
  });
}

function valueAt(root: unknown, path: Path): unknown {
  let value = root;
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = Reflect.get(value, step);
  }
  return value;
}

const WORDS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
};
function wordFor(kind: string): string {
  return WORDS[kind] ?? kind;
}

function amount(limit: number | bigint, origin: string): string {
  if (origin === 'string') return `${limit} characters`;
  return origin === 'array' ? `${limit} in the list` : `${limit}`;
}

import type { z } from 'zod';
import { type ConfigurationProblemCode, pathText } from '../functions/config/problems.ts';
import type { Problem } from './faults.ts';

/** What was read, to describe what is wrong with it. */
export interface ReadFile {
  /** What the file is called. */
  readonly file: string;
  readonly json: unknown;
  /** Which keys an object may have, by its place; an entry of a list is 0. */
  readonly keys: Readonly<Record<string, readonly string[]>>;
}

/** What is wrong with a file of secrets: where, of what kind, and what would be right, but never a value. */
export function problemsOf(issues: readonly z.core.$ZodIssue[], read: ReadFile): Problem[] {
  return issues.map((issue) => ({
    file: read.file,
    path: pathText(issue.path),
    ...describe(issue, valueAt(read.json, issue.path), read.keys),
  }));
}

function describe(
  issue: z.core.$ZodIssue,
  value: unknown,
  keys: ReadFile['keys'],
): { code: ConfigurationProblemCode; found: string; expected: string } {
  switch (issue.code) {
    case 'invalid_type':
      return {
        code: value === undefined ? 'key-missing' : 'type-wrong',
        found: kindOf(value),
        expected: KINDS[issue.expected] ?? issue.expected,
      };
    case 'unrecognized_keys':
      return {
        code: 'key-unknown',
        found: `the unknown key ${issue.keys.map((key) => JSON.stringify(key)).join(', ')}`,
        expected: (keys[placeOf(issue.path)] ?? []).join(', '),
      };
    case 'invalid_value':
      return {
        code: 'value-unknown',
        found: 'another value',
        expected: `one of ${issue.values.map(String).join(', ')}`,
      };
    case 'invalid_key':
      return {
        code: 'value-malformed',
        found: 'a name that Key Vault would not take',
        expected: '1 to 127 letters, digits and hyphens',
      };
    case 'invalid_format':
      return {
        code: 'value-malformed',
        found: value === '' ? 'an empty text' : 'a text of another form',
        expected: issue.message,
      };
    case 'too_small':
      return {
        code: 'value-out-of-range',
        ...(typeof value === 'number'
          ? { found: 'a smaller number', expected: `at least ${issue.minimum}` }
          : { found: 'an empty text', expected: 'a text that is not empty' }),
      };
    case 'too_big':
      return {
        code: 'value-out-of-range',
        ...(typeof value === 'number'
          ? { found: 'a larger number', expected: `at most ${issue.maximum}` }
          : { found: 'too much', expected: `at most ${issue.maximum} characters or entries` }),
      };
    default:
      return { code: 'value-malformed', found: 'a value that cannot be', expected: 'another one' };
  }
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'a text',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
  number: 'a number',
  int: 'a whole number',
};

/** Of what kind a value is, without the value. */
function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  const kinds: Record<string, string> = { string: 'a text', number: 'a number', boolean: 'true or false' };
  return kinds[typeof value] ?? 'an object';
}

function placeOf(path: readonly PropertyKey[]): string {
  return path.map((step) => (typeof step === 'number' ? '0' : String(step))).join('.');
}

function valueAt(json: unknown, path: readonly PropertyKey[]): unknown {
  let value = json;
  for (const step of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = Reflect.get(value, step);
  }
  return value;
}

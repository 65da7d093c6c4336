import { z } from 'zod';
import { readJson } from '../functions/config/json.ts';
import { pathText } from '../functions/config/problems.ts';
import type { Problem } from './faults.ts';

const secretName = z.string().regex(/^[0-9A-Za-z-]{1,127}$/, '1 to 127 letters, digits and hyphens');

const user = z.strictObject({
  name: z.string().min(1).max(253),
  password: z.string().min(1).max(512),
  kind: z.enum(['clear', 'scrypt', 'ntHash']).default('clear'),
  groups: z.array(z.string()).exactOptional(),
  enabled: z.boolean().exactOptional(),
});

const secretsFile = z.strictObject({
  secrets: z.record(secretName, z.string().min(1).max(25_000)).default({}),
  users: z.array(user).max(10_000).default([]),
});

/**
 * The file beside a bridge.json that only a local bridge reads: the secrets that bridge.json names, and users with
 * their passwords. It has no place in Azure, where secrets lie in Key Vault.
 */
export type SecretsFile = z.output<typeof secretsFile>;
export type SecretUser = SecretsFile['users'][number];

/**
 * Reads the text of a bridge.secrets.json. Problems never hold a value of the file: each could be a secret.
 *
 * @param file what the file is called in problems
 */
export function readSecretsFile(
  text: string,
  file: string,
): { ok: true; secrets: SecretsFile } | { ok: false; problems: Problem[] } {
  const json = readJson(text);
  if (!json.ok) {
    const { path, found, expected } = json.problem;
    return { ok: false, problems: [{ file, path, found, expected }] };
  }
  const read = secretsFile.safeParse(json.value);
  if (read.success) return { ok: true, secrets: read.data };
  return {
    ok: false,
    problems: read.error.issues.map((issue) => ({
      file,
      path: pathText(issue.path),
      ...describe(issue, valueAt(json.value, issue.path)),
    })),
  };
}

function describe(issue: z.core.$ZodIssue, value: unknown): { found: string; expected: string } {
  switch (issue.code) {
    case 'invalid_type':
      return { found: kindOf(value), expected: KINDS[issue.expected] ?? issue.expected };
    case 'unrecognized_keys':
      return {
        found: `the unknown key ${issue.keys.map((key) => JSON.stringify(key)).join(', ')}`,
        expected: issue.path.length === 0 ? 'secrets, users' : 'name, password, kind, groups, enabled',
      };
    case 'invalid_value':
      return { found: 'another value', expected: `one of ${issue.values.map(String).join(', ')}` };
    case 'invalid_key':
      return {
        found: 'a name that Key Vault would not take',
        expected: '1 to 127 letters, digits and hyphens',
      };
    case 'too_small':
      return { found: 'an empty text', expected: 'a text that is not empty' };
    case 'too_big':
      return { found: 'too much', expected: `at most ${issue.maximum} characters or entries` };
    default:
      return { found: 'a value that cannot be', expected: 'another one' };
  }
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'a text',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
};

/** Of what kind a value is, without the value. */
function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  const kinds: Record<string, string> = { string: 'a text', number: 'a number', boolean: 'true or false' };
  return kinds[typeof value] ?? 'an object';
}

function valueAt(json: unknown, path: readonly PropertyKey[]): unknown {
  let value = json;
  for (const step of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = Reflect.get(value, step);
  }
  return value;
}

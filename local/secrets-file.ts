import { z } from 'zod';
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
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    // The parser's own sentence quotes the text around the fault.
    return { ok: false, problems: [{ file, path: '', found: 'text that is no JSON', expected: 'JSON' }] };
  }
  const read = secretsFile.safeParse(json);
  if (read.success) return { ok: true, secrets: read.data };
  return {
    ok: false,
    problems: read.error.issues.map((issue) => ({
      file,
      path: pathText(issue.path),
      ...describe(issue),
    })),
  };
}

function describe(issue: z.core.$ZodIssue): { found: string; expected: string } {
  switch (issue.code) {
    case 'invalid_type':
      return { found: 'another kind of value, or nothing', expected: `a value of type ${issue.expected}` };
    case 'unrecognized_keys':
      return {
        found: `the unknown key ${issue.keys.map((key) => JSON.stringify(key)).join(', ')}`,
        expected: 'a known one',
      };
    case 'invalid_value':
      return { found: 'another value', expected: `one of ${issue.values.map(String).join(', ')}` };
    case 'invalid_key':
      return {
        found: 'a name that Key Vault would not take',
        expected: '1 to 127 letters, digits and hyphens',
      };
    case 'too_small':
      return { found: 'too little', expected: `at least ${issue.minimum}` };
    case 'too_big':
      return { found: 'too much', expected: `at most ${issue.maximum}` };
    default:
      return { found: 'a value that cannot be', expected: 'another one' };
  }
}

import * as z from 'zod';
import { readJson } from '../functions/config/json.ts';
import { guid, name } from '../functions/config/schema-names.ts';
import type { Problem } from './faults.ts';
import { problemsOf } from './secrets-file-problems.ts';

const secretName = z.string().regex(/^[0-9A-Za-z-]{1,127}$/, '1 to 127 letters, digits and hyphens');
const password = z.string().min(1).max(512);

const user = z.strictObject({
  name: z.string().min(1).max(253),
  password,
  kind: z.enum(['clear', 'scrypt', 'ntHash']).default('clear'),
  groups: z.array(z.string()).exactOptional(),
  enabled: z.boolean().exactOptional(),
});

/** A number of AADSTS. */
const aadsts = z.int().min(10_000).max(99_999_999);

const entraUser = z.strictObject({
  userPrincipalName: z
    .string()
    .regex(
      /^[^\p{Cc}\s\\@][^\p{Cc}\\@]{0,126}@[^\p{Cc}\s\\@/]{1,255}$/u,
      'a user principal name: name@suffix',
    ),
  objectId: guid.exactOptional(),
  displayName: name.exactOptional(),
  password: password.exactOptional(),
  enabled: z.boolean().exactOptional(),
  onPremisesSamAccountName: z.string().min(1).max(64).exactOptional(),
  onPremisesDomainName: z.string().min(1).max(255).exactOptional(),
  onPremisesUserPrincipalName: z.string().min(1).max(256).exactOptional(),
  groups: z.array(name).max(1000).default([]),
  method: z.enum(['push', 'code', 'none']).exactOptional(),
  demands: aadsts.exactOptional(),
  answers: aadsts.exactOptional(),
});

const tenant = z.strictObject({ users: z.array(entraUser).max(10_000).default([]) });

const secretsFile = z.strictObject({
  secrets: z.record(secretName, z.string().min(1).max(25_000)).default({}),
  users: z.array(user).max(10_000).default([]),
  entra: tenant.default({ users: [] }),
});

/** Which keys an object may have, by its place in the file; an entry of a list is 0. */
const KEYS: Readonly<Record<string, readonly string[]>> = {
  '': Object.keys(secretsFile.shape),
  'users.0': Object.keys(user.shape),
  entra: Object.keys(tenant.shape),
  'entra.users.0': Object.keys(entraUser.shape),
};

/**
 * The file beside a bridge.json that only a local bridge reads: the secrets that bridge.json names, users of its local
 * directories with their passwords, and the people of the tenant that the stand-ins are. It has no place in Azure,
 * where secrets lie in Key Vault and people are in Entra.
 */
export type SecretsFile = z.output<typeof secretsFile>;
export type SecretUser = SecretsFile['users'][number];
/** Somebody of the tenant. `demands` and `answers` are numbers of AADSTS, as in `Person` (stand-ins/people.ts). */
export type EntraUser = SecretsFile['entra']['users'][number];

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
    return { ok: false, problems: [{ file, ...json.problem }] };
  }
  const read = secretsFile.safeParse(json.value);
  if (read.success) return { ok: true, secrets: read.data };
  return { ok: false, problems: problemsOf(read.error.issues, { file, json: json.value, keys: KEYS }) };
}

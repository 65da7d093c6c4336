import { describePlainKey, type JsonPath, pathText, quoted } from '../../relay-call/json-words.ts';

export { pathText, quoted };

/** Everything that can be wrong with a bridge.json before its policies are compiled (functions/policy has the rest). */
export const CONFIGURATION_PROBLEMS = {
  'file-too-long': 'The file is longer than 4 MiB.',
  'file-not-utf-8': 'The file is not UTF-8 text.',
  'json-malformed': 'The file is not valid JSON.',
  'json-key-twice': 'A key occurs twice in one object, and only one of the two could count.',
  'key-unknown': 'The key has no meaning here; it may be misspelt.',
  'key-missing': 'Something that is needed is not there.',
  'type-wrong': 'The value is of another kind than is needed here, for example text instead of a list.',
  'value-unknown': 'The value is none of those that are possible here.',
  'value-malformed': 'The text does not have the form that is needed here.',
  'value-out-of-range': 'A number, a text or a list is smaller or larger than is allowed.',
  'choice-unclear': 'Exactly one of several keys is needed here.',
  'secret-written-out': 'A secret must be named, {"keyVault": "name"}, and never be written into this file.',
  'name-twice': 'Two entries of one kind have the same name; letter case does not count.',
  'key-id-twice': 'Two relays have the same keyId.',
  'user-twice': 'Two users of one directory could be meant by the same name or user principal name.',
  'reference-unknown': 'The entry that this name refers to does not exist.',
  'address-malformed': 'The text is neither an IP address nor a network, or has bits behind its prefix.',
  'address-twice': 'Two enabled clients have the same address or network at the same relay.',
  'public-key-malformed': 'The text is not an Ed25519 public key.',
  'private-key-written': 'This is a private key. It must not be here; make a new pair of keys.',
  'time-zone-unknown': 'The name is no time zone of the IANA database.',
  'hours-malformed': 'The text is no range of hours within one day.',
  'hours-past-midnight': 'A range of hours ends before it begins; write it as two ranges.',
  'pattern-malformed': 'The text is no regular expression as NPS knows them.',
  'pattern-costly': 'The regular expression could take so long that sign-ins would wait for it.',
  'methods-missing': 'A policy that grants access must say which authentication methods it allows.',
  'mfa-missing':
    'A policy that grants access requires MFA, but the document does not say who asks the user for it.',
  'tenant-missing': 'The tenant is not named, and something in the document needs it.',
  'entra-name-missing':
    'The user has an Entra object, but no user principal name by which MFA could be asked for.',
  'condition-misplaced': 'The condition cannot be used in this kind of policy.',
} as const;
export type ConfigurationProblemCode = keyof typeof CONFIGURATION_PROBLEMS;

/** One thing that is wrong with a configuration. Never holds the text of anything that could be a secret. */
export interface ConfigurationProblem<Code extends string = string> {
  /** Where it is: `clients[0].secrets[0].keyVault`; empty for the document as a whole. */
  readonly path: string;
  readonly code: Code;
  readonly found: string;
  readonly expected: string;
}

/** A problem at a path. */
export function problemAt<Code extends string>(
  path: JsonPath,
  code: Code,
  found: string,
  expected: string,
): ConfigurationProblem<Code> {
  return { path: pathText(path), code, found, expected };
}

/** Below these keys stand secrets' names, hashes, keys and reply attributes, or what was written there by mistake. */
const QUIET = new Set<PropertyKey>([
  'secrets',
  'secret',
  'keyVault',
  'credential',
  'hash',
  'publicKey',
  'attributes',
]);

/** What stands at a path, in a few words: the value where it cannot be a secret, otherwise only its kind. */
export function describeFound(value: unknown, path: JsonPath): string {
  const quiet = isQuiet(value, path);
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return value.length === 1 ? 'a list of 1' : `a list of ${value.length}`;
  if (typeof value === 'object') return 'an object';
  if (typeof value === 'string') return quiet ? 'a string' : quoted(value);
  return quiet ? `a ${typeof value}` : String(value);
}

/**
 * Places where something else belongs, but where a secret is easily pasted: a client secret stands beside the ids in the
 * portal, and a certificate's file has a password. What looks like what belongs there is told.
 */
const BESIDE_SECRETS: ReadonlyMap<PropertyKey, RegExp> = new Map([
  ['tenant', /^(?:[0-9A-Fa-f{}-]{1,40}|[\w-]{1,63}(?:\.[\w-]{1,63}){1,4})$/],
  ['objectId', /^[0-9A-Fa-f{}-]{1,40}$/],
  ['clientId', /^[0-9A-Fa-f{}-]{1,40}$/],
  ['version', /^(?:[0-9A-Fa-f-]{1,40}|newest|latest)$/],
  ['signature', /^[0-9A-Za-z-]{1,8}$/],
  // A certificate's name is no secret, unlike what else is named by keyVault.
  ['certificate', /^[\w.-]{1,127}$/],
]);

function isQuiet(value: unknown, path: JsonPath): boolean {
  if (path.some((step) => QUIET.has(step) && step !== 'keyVault')) return true;
  const place = path.findLast((step) => BESIDE_SECRETS.has(step));
  const usual = place === undefined ? undefined : BESIDE_SECRETS.get(place);
  if (usual !== undefined) return typeof value !== 'string' || !usual.test(value);
  return path.includes('keyVault') || (path[0] === 'directories' && path[2] === 'passwordCheck');
}

/**
 * A key that has no meaning where it stands, as it can be told: what is no word may be a secret that was pasted there.
 *
 * @param at its place among the keys, from 1
 */
export function describeKey(key: string, path: JsonPath, at: number): string {
  const quiet = path.some((step) => QUIET.has(step) || step === 'passwordCheck' || step === 'certificate');
  if (!quiet) return describePlainKey(key, at);
  return /^[A-Za-z]{1,24}$/.test(key) ? quoted(key) : `key ${at} (its name is not shown)`;
}

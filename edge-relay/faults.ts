import * as z from 'zod';
import { describePlainKey, looksLikePrivateKey, pathText, quoted } from '../relay-call/json-words.ts';
import { relaySchema } from './schema.ts';

/** What can be wrong with relay.json and the files that it names. */
export const RELAY_CONFIGURATION_FAULTS = {
  'file-unreadable': 'The file cannot be read.',
  'not-utf-8': 'The file is not UTF-8 text.',
  'not-json': 'The file is not JSON.',
  'key-twice': 'A key occurs twice in one object, and only one of the two could count.',
  'unknown-key': 'The key does not exist here.',
  'missing-key': 'A key that has no default is missing.',
  'wrong-value': 'The value is not one that is allowed here.',
  'listen-twice': 'Two entries of "listen" want the same address and port.',
  'network-twice': 'Two entries of "clients" have the same network.',
  'key-not-pem': 'The key file holds no unencrypted private key in PEM.',
  'key-not-ed25519': 'The private key is not an Ed25519 key.',
  'ca-not-pem': 'The file of authorities holds no certificate in PEM.',
} as const;

export type RelayConfigurationFault = keyof typeof RELAY_CONFIGURATION_FAULTS;

/** One thing that is wrong. */
export interface ConfigurationFault {
  readonly code: RelayConfigurationFault;
  /** Where in relay.json: `clients[0].rate.burst`; empty for the whole file. */
  readonly path: string;
  readonly problem: string;
  readonly expected: string;
}

const AN_OBJECT = 'an object in braces';

/** What the schema found, in the words of an administrator. `json` is what was checked. */
export function faultsOf(issue: z.core.$ZodIssue, json: unknown): ConfigurationFault[] {
  const path = pathText(issue.path);
  if (issue.code === 'unrecognized_keys') {
    const known = Object.keys(schemaAt(issue.path)?.shape ?? {}).filter((key) => key !== '$schema');
    const object = valueAt(json, issue.path);
    const written = typeof object === 'object' && object !== null ? Object.keys(object) : [];
    return issue.keys.map((key) => {
      // What is no word may be a key that was pasted there: it is not printed.
      const told = describePlainKey(key, written.indexOf(key) + 1);
      const isWord = told === quoted(key);
      return {
        code: 'unknown-key',
        path: pathText(isWord ? [...issue.path, key] : issue.path),
        problem: isWord ? 'this key does not exist here' : `${told} does not exist here`,
        expected: `one of ${known.join(', ')}`,
      };
    });
  }
  const expected = expectedAt(issue.path);
  const twice = issue.code === 'custom' ? issue.params?.['fault'] : undefined;
  if (twice === 'listen-twice' || twice === 'network-twice') {
    return [{ code: twice, path, problem: issue.message, expected: 'each of them once' }];
  }
  const value = valueAt(json, issue.path);
  if (value === undefined) return [{ code: 'missing-key', path, problem: 'it is missing', expected }];
  return [{ code: 'wrong-value', path, problem: `it is ${shown(value)}`, expected }];
}

/** The schema under a path, without what wraps it. */
function schemaOf(path: readonly PropertyKey[]): z.core.$ZodType | undefined {
  let schema: z.core.$ZodType | undefined = relaySchema;
  for (const key of path) {
    const inner = unwrapped(schema);
    if (inner instanceof z.ZodObject) schema = inner.shape[String(key)];
    else if (inner instanceof z.ZodArray) schema = inner.element;
    else return undefined;
  }
  return schema;
}

function unwrapped(schema: z.core.$ZodType | undefined): z.core.$ZodType | undefined {
  let inner = schema;
  while (inner instanceof z.ZodDefault || inner instanceof z.ZodPrefault || inner instanceof z.ZodOptional) {
    inner = inner.unwrap();
  }
  return inner;
}

function schemaAt(path: readonly PropertyKey[]): z.ZodObject | undefined {
  const schema = unwrapped(schemaOf(path));
  return schema instanceof z.ZodObject ? schema : undefined;
}

function expectedAt(path: readonly PropertyKey[]): string {
  // What the schema says there is the title of the whole.
  if (path.length === 0) return AN_OBJECT;
  const schema = schemaOf(path);
  const description = schema === undefined ? undefined : z.globalRegistry.get(schema)?.description;
  return description ?? (schemaAt(path) === undefined ? 'another value' : AN_OBJECT);
}

function valueAt(json: unknown, path: readonly PropertyKey[]): unknown {
  let value: unknown = json;
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = Reflect.get(value, key);
  }
  return value;
}

/** A value as JSON, cut where it would fill the screen. */
function shown(value: unknown): string {
  const text = JSON.stringify(value);
  if (looksLikePrivateKey(text)) return 'not shown, since it looks like a private key';
  return text.length > 80 ? `${text.slice(0, 80)}...` : text;
}

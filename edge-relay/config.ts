import { type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import * as z from 'zod';
import { type JsonProblem, readJson } from '../relay-call/json.ts';
import { looksLikePrivateKey, quoted } from '../relay-call/json-words.ts';
import type { RelayKey } from '../relay-call/signature.ts';
import { type ConfigurationFault, faultsOf, type RelayConfigurationFault } from './faults.ts';
import { isExposed, readPrivateKey } from './key.ts';
import { type RelayDocument, relaySchema } from './schema.ts';

/** Everything a relay needs to start, checked. */
export interface RelayConfiguration {
  readonly document: RelayDocument;
  readonly key: RelayKey;
  /** The key file as an absolute path. */
  readonly keyFile: string;
  /** Whether every account of the machine may read the key file. */
  readonly keyExposed: boolean;
  /** PEM of the authorities to trust instead of the well-known ones. */
  readonly ca?: string;
}

/** Why there is no configuration: at least one fault. */
export interface WrongConfiguration {
  readonly faults: readonly ConfigurationFault[];
}

/** The JSON Schema of relay.json, for editors. */
export function relayJsonSchema(): object {
  return z.toJSONSchema(relaySchema, { io: 'input' });
}

/** Checks a parsed relay.json against everything that shows without other files. */
export function checkRelayDocument(json: unknown): RelayDocument | WrongConfiguration {
  const result = relaySchema.safeParse(json);
  if (result.success) return result.data;
  return { faults: result.error.issues.flatMap((issue) => faultsOf(issue, json)) };
}

/** For whoever has none yet. */
const NEW_RELAY_JSON = "a relay.json; radius-bridge's docs/reference/relay-json.md has one to begin with";

/** Reads relay.json and the files it names. Throws nothing: all that is wrong comes back at once. */
export function readRelayConfiguration(file: string): RelayConfiguration | WrongConfiguration {
  const text = readText(file, '', 'a readable relay.json', NEW_RELAY_JSON);
  if (typeof text !== 'string') return { faults: [text] };
  const parsed = parse(text);
  if ('code' in parsed) return { faults: [parsed] };
  const document = checkRelayDocument(parsed.json);
  if ('faults' in document) return document;

  const folder = dirname(resolve(file));
  const keyFile = resolve(folder, document.keyFile);
  const privateKey = readKey(keyFile);
  const ca = document.ca === undefined ? undefined : readAuthorities(resolve(folder, document.ca));
  if ('code' in privateKey || typeof ca === 'object') {
    return { faults: [privateKey, ca].filter((part) => isFault(part)) };
  }
  const key = { keyid: document.keyId, privateKey };
  return { document, key, keyFile, keyExposed: isExposed(keyFile), ...(ca === undefined ? {} : { ca }) };
}

function isFault(part: object | string | undefined): part is ConfigurationFault {
  return typeof part === 'object' && 'code' in part;
}

/** @param ifMissing what is expected where there is no such file. */
function readText(
  file: string,
  path: string,
  expected: string,
  ifMissing = expected,
): string | ConfigurationFault {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const cause = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    const problem = looksLikePrivateKey(file)
      ? 'it looks like a private key and not like the name of a file, and is not shown'
      : `${printableName(file)} cannot be read (${cause})`;
    return {
      code: 'file-unreadable',
      path,
      problem,
      expected: cause === 'ENOENT' ? ifMissing : expected,
    };
  }
}

/** A name may hold whatever a JSON string can. */
function printableName(file: string): string {
  return /\p{Cc}/u.test(file) ? quoted(file) : file;
}

const JSON_FAULTS: Readonly<Record<JsonProblem['code'], RelayConfigurationFault>> = {
  'file-not-utf-8': 'not-utf-8',
  'json-malformed': 'not-json',
  'json-key-twice': 'key-twice',
  'key-unknown': 'unknown-key',
};

function parse(text: string): { json: unknown } | ConfigurationFault {
  const reading = readJson(text);
  if (reading.ok) return { json: reading.value };
  const { path, code, found, expected } = reading.problem;
  return { code: JSON_FAULTS[code], path, problem: `found ${found}`, expected };
}

function readKey(file: string): KeyObject | ConfigurationFault {
  const expected = 'an Ed25519 private key in PKCS#8 PEM, as "edge-relay keygen" writes it';
  const pem = readText(file, 'keyFile', expected);
  if (typeof pem !== 'string') return pem;
  const key = readPrivateKey(pem);
  if (typeof key !== 'string') return key;
  const what = key === 'key-not-pem' ? 'holds no unencrypted private key' : 'holds another kind of key';
  return { code: key, path: 'keyFile', problem: `${file} ${what}`, expected };
}

function readAuthorities(file: string): string | ConfigurationFault {
  const expected = 'certificates of authorities in PEM';
  const pem = readText(file, 'ca', expected);
  if (typeof pem !== 'string') return pem;
  try {
    new X509Certificate(pem);
    return pem;
  } catch {
    return { code: 'ca-not-pem', path: 'ca', problem: `${file} holds no certificate`, expected };
  }
}

import { type JsonReading, readJson as read } from '../../relay-call/json.ts';
import { describeKey } from './problems.ts';

/** Reads the JSON of a bridge.json, or of what stands beside it: a key that may be a secret is told by its place. */
export function readJson(text: string): JsonReading {
  return read(text, describeKey);
}

import { readJson } from '../functions/config/json.ts';
import { LONGEST_CONFIGURATION, readConfiguration } from '../functions/config/read.ts';
import { bridgeConfiguration } from '../functions/config/schema.ts';

/**
 * Problems come in stages, and those of a later one are not seen while an earlier one has any.
 *
 * @param text of a bridge.json with problems
 * @param beside what the file beside it is called, where there is one: it comes last
 * @returns a sentence that says what was not reached; none when everything was
 */
export function unreachedLines(text: string, beside: string | undefined): string[] {
  const later = [...laterStages(text), ...(beside === undefined ? [] : [beside])];
  const last = later.pop();
  if (last === undefined) return [];
  const told = later.length === 0 ? `${last} is` : `${later.join(', ')} and ${last} are`;
  return ['', `${told} looked at once these are mended.`];
}

function laterStages(text: string): string[] {
  const json = readJson(text);
  if (!json.ok || Buffer.byteLength(text) > LONGEST_CONFIGURATION) {
    return ['Keys', 'values', 'references', 'policies'];
  }
  if (!bridgeConfiguration.safeParse(json.value).success) return ['References', 'policies'];
  if (readConfiguration(text).ok) return [];
  return ['Attributes of policies', 'names of port types', 'hashes of passwords'];
}

import { checkPolicies } from './conditions.ts';
import { readJson } from './json.ts';
import { type ConfigurationProblem, type ConfigurationProblemCode, problemAt } from './problems.ts';
import { checkReferences } from './references.ts';
import { type BridgeConfiguration, bridgeConfiguration } from './schema.ts';
import { translate } from './shape.ts';

type Problem = ConfigurationProblem<ConfigurationProblemCode>;

/** Octets. A source may leave out what stands behind the first one too many. */
export const LONGEST_CONFIGURATION = 4 * 1024 * 1024;

/**
 * Reads a bridge.json. All problems of one kind are told at once: first those of the JSON, then those of shape, then
 * those of what refers to something else. Policies' attributes are checked when they are compiled (functions/policy).
 */
export function readConfiguration(
  text: string,
):
  | { readonly ok: true; readonly document: BridgeConfiguration }
  | { readonly ok: false; readonly problems: readonly Problem[] } {
  if (Buffer.byteLength(text) > LONGEST_CONFIGURATION) {
    return { ok: false, problems: [problemAt([], 'file-too-long', 'a longer one', 'at most 4 MiB')] };
  }
  const json = readJson(text);
  if (!json.ok) return { ok: false, problems: [json.problem] };
  const shaped = bridgeConfiguration.safeParse(json.value);
  if (!shaped.success) {
    return { ok: false, problems: shaped.error.issues.flatMap((issue) => translate(issue, json.value, [])) };
  }
  const problems = [...checkReferences(shaped.data), ...checkPolicies(shaped.data)];
  return problems.length > 0 ? { ok: false, problems } : { ok: true, document: shaped.data };
}

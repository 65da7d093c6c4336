import { CONFIGURATION_PROBLEMS } from '../functions/config/problems.ts';
import { DIRECTORY_PROBLEMS } from '../functions/identity/compile.ts';
import { POLICY_PROBLEMS } from '../functions/policy/problems.ts';

const SENTENCES: Readonly<Record<string, string>> = {
  ...CONFIGURATION_PROBLEMS,
  ...POLICY_PROBLEMS,
  ...DIRECTORY_PROBLEMS,
};

/** What the code of a problem of a configuration means, for people. */
export function sentenceOf(code: string): string {
  return SENTENCES[code] ?? '';
}

import type { ParseArgsConfig } from 'node:util';
import { parseArgs } from 'node:util';

/** What is wrong with a command line, in a sentence. */
export class WordsWrong extends Error {}

/**
 * As `parseArgs`, with sentences for people and without a flag that is given twice, of which only one could count.
 *
 * @param example a command line with a flag, for whoever forgets the `--` that npm needs before flags: npm keeps them
 *   then, and hands their values on
 * @throws WordsWrong
 */
export function parseWords<T extends ParseArgsConfig>(
  config: T,
  example?: string,
): ReturnType<typeof parseArgs<T>> {
  const { tokens, ...parsed } = parseArgs({ ...config, strict: false, tokens: true });
  const seen = new Set<string>();
  for (const token of tokens ?? []) {
    if (token.kind === 'positional' && config.allowPositionals !== true) {
      const hint = example === undefined ? '' : ` Flags stand behind --: ${example}`;
      throw new WordsWrong(`${JSON.stringify(token.value)} is not a flag.${hint}`);
    }
    if (token.kind !== 'option') continue;
    const known = Object.hasOwn(config.options ?? {}, token.name) ? config.options?.[token.name] : undefined;
    if (known === undefined) throw new WordsWrong(`${token.rawName} is not a flag; --help lists them.`);
    if (seen.has(token.name)) throw new WordsWrong(`${token.rawName} is given twice.`);
    seen.add(token.name);
    if (known.type === 'string' && token.value === undefined) {
      throw new WordsWrong(`${token.rawName} needs a value.`);
    }
    if (known.type === 'boolean' && token.value !== undefined) {
      throw new WordsWrong(`${token.rawName} takes no value.`);
    }
  }
  // All that the strict parser would have checked has been checked.
  return parsed as ReturnType<typeof parseArgs<T>>;
}

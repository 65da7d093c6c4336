import { readFile } from 'node:fs/promises';
import { readJson } from '../functions/config/json.ts';
import type { ConfigurationProblem } from '../functions/config/problems.ts';
import { checkBridgeJson } from '../functions/exchange/running.ts';
import type { LookBeside } from './beside.ts';
import { CommandRefused } from './faults.ts';
import { isWarning } from './lines.ts';
import { sentenceOf } from './sentences.ts';
import { summaryOf } from './summary.ts';
import { countedIn, withoutLines } from './summary-beside.ts';
import { unreachedLines } from './unreached.ts';

/**
 * Checks a bridge.json as the functions app would when it reads it.
 *
 * @param lookBeside finds a file that counts, too
 * @returns what to print, line by line, and whether the file is valid. Throws {@link CommandRefused} where there is
 *   no bridge.json to check.
 */
export async function check(
  file: string,
  lookBeside: LookBeside,
): Promise<{ readonly valid: boolean; readonly lines: readonly string[] }> {
  const text = await read(file);
  const beside = await lookBeside(file);
  const checked = checkBridgeJson(text);
  if (!checked.ok) {
    const kind = otherKindOf(text);
    if (kind === 'relay') {
      throw new CommandRefused('file-is-relay-json', `Try: node edge-relay.mjs check --config ${file}`);
    }
    if (kind === 'secrets') throw new CommandRefused('file-is-secrets-file');
    return {
      valid: false,
      lines: [...problemLines(file, checked.problems), ...unreachedLines(text, beside?.file)],
    };
  }
  const { document } = checked;
  if (beside === undefined) {
    const summary = summaryOf(document);
    return { valid: true, lines: [validWith(file, summary), ...summary] };
  }
  const together = await beside.together(document);
  const summary = [...summaryOf(together), ...withoutLines(beside.file, document, together)];
  return { valid: true, lines: [validWith(file, summary), countedIn(beside.file), ...summary] };
}

/** Warnings stand where they belong, which may be far down. */
function validWith(file: string, summary: readonly string[]): string {
  const warnings = summary.filter(isWarning).length;
  if (warnings === 0) return `${file} is valid.`;
  return `${file} is valid, with ${warnings === 1 ? 'one warning' : `${warnings} warnings`} (WARNING below).`;
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown cause';
    throw new CommandRefused('file-unreadable', `${file}: ${code}`);
  }
}

/** Which file of ours it is instead, by keys that bridge.json does not have. */
function otherKindOf(text: string): 'relay' | 'secrets' | undefined {
  const json = readJson(text);
  if (!json.ok || typeof json.value !== 'object' || json.value === null) return undefined;
  const has = (key: string) => Object.hasOwn(Object(json.value), key);
  if (has('relays')) return undefined;
  if (has('listen')) return 'relay';
  return !has('clients') && ['secrets', 'users', 'entra'].some(has) ? 'secrets' : undefined;
}

function problemLines(file: string, problems: readonly ConfigurationProblem[]): string[] {
  const count = problems.length === 1 ? 'one problem' : `${problems.length} problems`;
  return [
    `${file} has ${count}:`,
    ...problems.flatMap(({ path, code, found, expected }) => [
      '',
      `${path === '' ? 'the document' : path}: ${sentenceOf(code)} [${code}]`,
      `  found:    ${found}`,
      `  expected: ${expected}`,
    ]),
  ];
}

import { printable, seconds } from '../sign-in/show.ts';
import type { RowResult } from './play.ts';

const MARKS = { 'as expected': '✓', differs: '✗', unfit: '?' } as const;
const COLUMNS = ['', 'row', 'expected', 'seen', 'time', 'prompts', 'cloud calls'] as const;

/** The results as lines of a table for a person. */
export function tableLines(results: readonly RowResult[]): string[] {
  const rows = results.map((result) => [
    MARKS[result.verdict],
    result.title,
    result.expected,
    result.verdict === 'unfit' ? `not possible here: ${printable(result.seen)}` : printable(result.seen),
    seconds(result.took),
    String(result.used?.prompts ?? '-'),
    String(result.used?.cloudCalls ?? '-'),
  ]);
  const widths = COLUMNS.map((title, column) =>
    Math.max(title.length, ...rows.map((cells) => cells[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return [line(COLUMNS), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)];
}

/** The demo's exit code: 0 when no row differs, 1 when one does, 2 when none could be played. */
export function exitCodeOf(results: readonly Pick<RowResult, 'verdict'>[]): 0 | 1 | 2 {
  if (results.every(({ verdict }) => verdict === 'unfit')) return 2;
  return results.some(({ verdict }) => verdict === 'differs') ? 1 : 0;
}

/** One sentence about all results. */
export function summary(results: readonly RowResult[]): string {
  const count = (verdict: RowResult['verdict']): number =>
    results.filter((result) => result.verdict === verdict).length;
  const parts = [`${count('as expected')} rows as expected`, `${count('differs')} differ`];
  if (count('unfit') > 0) parts.push(`${count('unfit')} not possible here`);
  return `${parts.join(', ')}.`;
}

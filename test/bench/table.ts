import type { Figure, Goal, Table } from './part.ts';

/** Whether a goal is reached by the figure that was found; undefined where there is none. */
export function reached({ measured, limit, wanted }: Goal): boolean | undefined {
  if (typeof measured === 'string') return undefined;
  return wanted === 'at most' ? measured.value <= limit.value : measured.value >= limit.value;
}

/** A figure as people read it: three digits that count, thousands apart. */
export function figureWords({ value, unit }: Figure): string {
  const size = Math.abs(value);
  const digits = size >= 100 || Number.isInteger(value) ? 0 : size >= 10 ? 1 : 2;
  const number = value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return unit === '' ? number : unit === '/s' ? `${number}/s` : `${number} ${unit}`;
}

/** A table as lines: names to the left, figures to the right, remarks below. */
export function tableLines({ title, columns, rows, remarks }: Table): string[] {
  const cells = rows.map(({ name, cells }) => [
    name,
    ...cells.map((cell) => (typeof cell === 'string' ? cell : figureWords(cell))),
  ]);
  return [
    title,
    '',
    ...columnLines(columns, cells),
    ...remarks.flatMap((remark) => ['', ...wrapped(remark)]),
  ];
}

/** What the project wants to reach beside what this run found. */
export function goalLines(goals: readonly Goal[]): string[] {
  const cells = goals.map((goal) => [
    goal.name,
    `${goal.wanted} ${figureWords(goal.limit)}`,
    typeof goal.measured === 'string' ? goal.measured : figureWords(goal.measured),
    VERDICTS[`${reached(goal)}`],
  ]);
  return ['Goals', '', ...columnLines(['goal', 'wanted', 'found', ''], cells)];
}

const VERDICTS = { true: 'reached', false: 'MISSED', undefined: 'open' } as const;

function columnLines(columns: readonly string[], rows: ReadonlyArray<readonly string[]>): string[] {
  const widths = columns.map((column, index) =>
    Math.max(column.length, ...rows.map((row) => row[index]?.length ?? 0)),
  );
  const line = (row: readonly string[]): string =>
    widths
      .map((width, index) =>
        index === 0 ? (row[index] ?? '').padEnd(width) : (row[index] ?? '').padStart(width),
      )
      .join('  ')
      .trimEnd();
  return [columns, widths.map((width) => '-'.repeat(width)), ...rows].map((row) => `  ${line(row)}`);
}

function wrapped(sentence: string): string[] {
  const lines: string[] = [];
  let line = ' ';
  for (const word of sentence.split(' ')) {
    if (line.length + word.length > 110) {
      lines.push(line);
      line = ' ';
    }
    line += ` ${word}`;
  }
  return [...lines, line];
}

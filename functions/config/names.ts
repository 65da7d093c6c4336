import { foldName } from './fold.ts';
import { type ConfigurationProblem, type ConfigurationProblemCode, problemAt, quoted } from './problems.ts';

type Problem = ConfigurationProblem<ConfigurationProblemCode>;
type Path = readonly (string | number)[];

/** A text of the document and where it stands. */
export interface Placed {
  readonly path: Path;
  readonly text: string;
}

/** References to entries that do not exist, with the names that do. */
export function unknownNames(
  references: readonly Placed[],
  entries: readonly { name: string }[],
  what: string,
): Problem[] {
  const known = entries.map((entry) => entry.name);
  const hint = known.length === 0 ? 'there is none' : known.slice(0, 10).map(quoted).join(', ');
  return references
    .filter((reference) => !known.includes(reference.text))
    .map(({ path, text }) => problemAt(path, 'reference-unknown', quoted(text), `${what}: ${hint}`));
}

/** Entries of one list that have the same name. */
export function namesTwice(list: Path, entries: readonly { name: string }[]): Problem[] {
  return twice(
    entries.map((entry, index) => ({ path: [...list, index, 'name'], text: entry.name })),
    'name-twice',
    foldName,
  );
}

/** Texts that must differ and do not, once `fold` has made equal what counts as equal. */
export function twice(
  values: readonly Placed[],
  code: ConfigurationProblemCode,
  fold: (text: string) => string = (text) => text,
): Problem[] {
  const seen = new Set<string>();
  const problems: Problem[] = [];
  for (const { path, text } of values) {
    const folded = fold(text);
    if (seen.has(folded)) problems.push(problemAt(path, code, `${quoted(text)} again`, 'another one'));
    seen.add(folded);
  }
  return problems;
}

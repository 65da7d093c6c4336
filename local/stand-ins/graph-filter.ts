import { badRequest, type GraphRefusal, unsupportedQuery } from './graph-answers.ts';

/** A condition of `$filter`. */
export type Filter =
  | { readonly kind: 'equal'; readonly property: string; readonly value: string }
  | { readonly kind: 'and' | 'or'; readonly filters: readonly Filter[] };

interface Token {
  readonly kind: 'word' | 'text' | 'open' | 'close' | 'comma';
  /** Of a text: what it stands for, without its quotes. */
  readonly text: string;
  readonly at: number;
}

/** As ODL limits itself, though it is more patient. */
const deepest = 50;

const unsupportedOperators = new Set(['ne', 'gt', 'ge', 'lt', 'le', 'in', 'has', 'not']);

/**
 * Reads a filter (OData 4.01 ABNF, commonExpr) of `property eq 'text'`, `and`, `or` and parentheses. A text ends at its
 * first quote that is not doubled, and what stands behind it must go on with the expression. Operators may be written
 * in capitals.
 *
 * @param text percent-decoded
 * @throws GraphRefusal 400, for the other expressions of OData, too
 */
export function parseFilter(text: string): Filter {
  const tokens = tokensOf(text);
  let next = 0;

  function failed(): never {
    throw syntaxError(tokens[next]?.at ?? text.length, text);
  }

  function take(kind: Token['kind']): string {
    const token = tokens[next];
    if (token?.kind !== kind) return failed();
    next += 1;
    return token.text;
  }

  function isWord(word: string): boolean {
    const token = tokens[next];
    return token?.kind === 'word' && token.text.toLowerCase() === word;
  }

  /** Operands of one operator, the first of which may be all there is. */
  function chain(kind: 'and' | 'or', operand: () => Filter): Filter {
    const first = operand();
    const filters = [first];
    while (isWord(kind)) {
      next += 1;
      filters.push(operand());
    }
    return filters.length === 1 ? first : { kind, filters };
  }

  function expression(depth: number): Filter {
    return chain('or', () => chain('and', () => operand(depth)));
  }

  function operand(depth: number): Filter {
    if (tokens[next]?.kind === 'open') {
      if (depth === deepest)
        throw badRequest('Invalid filter clause: The recursion limit has been exceeded.');
      next += 1;
      const inner = expression(depth + 1);
      take('close');
      return inner;
    }
    if (isWord('not') || tokens[next + 1]?.kind === 'open') throw unsupportedQuery('Unsupported Query.');
    const property = take('word');
    const operator = take('word').toLowerCase();
    if (unsupportedOperators.has(operator)) throw unsupportedQuery('Unsupported Query.');
    if (operator !== 'eq') {
      next -= 1;
      return failed();
    }
    if (tokens[next]?.kind === 'word') throw unsupportedQuery('Unsupported Query.');
    return { kind: 'equal', property, value: take('text') };
  }

  const filter = expression(0);
  return next === tokens.length ? filter : failed();
}

/** The properties that a filter looks at, in its order. */
export function propertiesOf(filter: Filter): readonly string[] {
  return filter.kind === 'equal' ? [filter.property] : filter.filters.flatMap(propertiesOf);
}

/** Texts are compared without regard to case; what is no text equals none. */
export function matches(filter: Filter, read: (property: string) => unknown): boolean {
  if (filter.kind === 'equal') {
    const value = read(filter.property);
    return typeof value === 'string' && value.toLowerCase() === filter.value.toLowerCase();
  }
  const fits = (one: Filter) => matches(one, read);
  return filter.kind === 'and' ? filter.filters.every(fits) : filter.filters.some(fits);
}

const pattern =
  /(?<space>[ \t]+)|(?<text>'(?:[^']|'')*')|(?<open>\()|(?<close>\))|(?<comma>,)|(?<word>[^ \t'(),]+)/y;
const kinds = ['word', 'text', 'open', 'close', 'comma'] as const;

function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let glued = false;
  for (let at = 0; at < text.length; at = pattern.lastIndex) {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match === null) {
      throw badRequest(
        `Invalid filter clause: There is an unterminated string literal at position ${text.length} in '${text}'.`,
      );
    }
    const kind = kinds.find((one) => match.groups?.[one] !== undefined);
    const standsApart = kind === 'word' || kind === 'text';
    // `eq'a'` and `'a'or` are no OData.
    if (standsApart && glued) throw syntaxError(at, text);
    glued = standsApart;
    const [found] = match;
    if (kind === 'text') tokens.push({ kind, at, text: found.slice(1, -1).replaceAll("''", "'") });
    else if (kind !== undefined) tokens.push({ kind, at, text: found });
  }
  return tokens;
}

function syntaxError(at: number, text: string): GraphRefusal {
  return badRequest(`Invalid filter clause: Syntax error at position ${at} in '${text}'.`);
}

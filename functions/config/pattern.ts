/**
 * NPS patterns ("Use regular expressions in NPS", Microsoft; the dialect of VBScript) as JavaScript expressions.
 * They run on values that strangers choose, so a pattern whose search could branch too often is refused.
 */
export type PatternReading =
  | { readonly ok: true; readonly expression: RegExp }
  | {
      readonly ok: false;
      readonly code: 'pattern-malformed' | 'pattern-costly';
      /** What was expected instead. */
      readonly expected: string;
    };

/** The longest text a pattern ever meets: one attribute (RFC 2865 §5). */
const LONGEST_VALUE = 253;

/** Ways through one value that a search may have to try: some 10 ms. */
const MOST_WAYS = 5_000_000;
const MOST_FREE = 10;

/**
 * How a part of a pattern can match: `ways` counts choices with an end (alternatives, `?`, `{1,3}`), `free` the
 * repetitions without one. A backtracking search tries at most ways × C(253 + free, free) paths.
 */
interface Part {
  readonly source: string;
  readonly ways: number;
  readonly free: number;
  /** Repeats something without choices: where it stands last, it is never gone back to. */
  readonly settles?: boolean;
}

interface Sequence extends Part {
  readonly anchored: boolean;
}

class Malformed extends Error {}

/** Translates and judges a pattern. Never throws. */
export function readPattern(pattern: string): PatternReading {
  let part: Sequence;
  let expression: RegExp;
  try {
    part = parse(pattern);
    expression = new RegExp(part.source, 'i');
  } catch (error) {
    const expected = error instanceof Malformed ? error.message : 'a regular expression';
    return { ok: false, code: 'pattern-malformed', expected };
  }
  const free = part.free + (part.anchored ? 0 : 1);
  if (free > MOST_FREE || part.ways * combinations(LONGEST_VALUE + free, free) > MOST_WAYS) {
    const expected =
      'fewer open repetitions (* and +), none inside another, or an anchor (^) at the beginning';
    return { ok: false, code: 'pattern-costly', expected };
  }
  return { ok: true, expression };
}

function combinations(n: number, k: number): number {
  let result = 1;
  for (let step = 1; step <= k; step += 1) result = (result * (n - k + step)) / step;
  return result;
}

function parse(text: string): Sequence {
  let at = 0;
  let groups = 0;
  let highestReference = 0;

  function alternatives(depth: number): Sequence {
    const parts = [sequence(depth)];
    while (text[at] === '|') {
      at += 1;
      parts.push(sequence(depth));
    }
    return {
      source: parts.map((part) => part.source).join('|'),
      ways: parts.reduce((sum, part) => sum + part.ways, 0),
      free: Math.max(...parts.map((part) => part.free)),
      anchored: parts.every((part) => part.anchored),
    };
  }

  function sequence(depth: number): Sequence {
    const anchored = text[at] === '^';
    const parts: Part[] = [];
    while (at < text.length && text[at] !== '|' && text[at] !== ')') {
      const first = parts.length === 0;
      const part = quantified(depth);
      // Where a search may begin anywhere, `.*` at its front changes nothing but the time it takes.
      if (depth === 0 && first && part.source === '.*') continue;
      parts.push(part);
    }
    if (depth === 0 && text[at] === ')') throw new Malformed('no ) without its (, or \\) for the character');
    const counted = depth === 0 && parts.at(-1)?.settles ? parts.slice(0, -1) : parts;
    return {
      source: parts.map((part) => part.source).join(''),
      ways: counted.reduce((product, part) => product * part.ways, 1),
      free: counted.reduce((sum, part) => sum + part.free, 0),
      anchored,
    };
  }

  function quantified(depth: number): Part {
    const start = at;
    const atom = one(depth);
    const repetition = quantifier();
    if (repetition === undefined) return atom;
    if (/^(?:\^|\$|\\b|\\B)$/i.test(text.slice(start, repetition.start))) {
      throw new Malformed('something before *, +, ? or {n} that can be repeated');
    }
    const source = atom.source + repetition.source;
    const { min, max } = repetition;
    const choices = Math.min(max, LONGEST_VALUE) - Math.min(min, LONGEST_VALUE) + 1;
    if (atom.ways === 1 && atom.free === 0) {
      return max === Number.POSITIVE_INFINITY
        ? { source, ways: 1, free: 1, settles: true }
        : { source, ways: choices, free: 0, settles: true };
    }
    const times = Math.min(max, LONGEST_VALUE);
    return { source, ways: atom.ways ** times * choices, free: atom.free * times };
  }

  function quantifier(): { source: string; min: number; max: number; start: number } | undefined {
    const match = /^(?:[*+?]|\{(\d{1,4})(?:(,)(\d{1,4})?)?\})\??/.exec(text.slice(at));
    if (match === null) return undefined;
    const [source, least, comma, most] = match;
    const start = at;
    at += source.length;
    if (/^[*+?{]/.test(text.slice(at)) && quantifier() !== undefined) {
      throw new Malformed('one *, +, ? or {n} after what it repeats');
    }
    const min = least === undefined ? (source.startsWith('+') ? 1 : 0) : Number(least);
    if (source.startsWith('?')) return { source, min, max: 1, start };
    if (least === undefined) return { source, min, max: Number.POSITIVE_INFINITY, start };
    if (comma === undefined) return { source, min, max: min, start };
    return { source, min, max: most === undefined ? Number.POSITIVE_INFINITY : Number(most), start };
  }

  function one(depth: number): Part {
    const character = text[at] ?? '';
    if (character === '(') return group(depth);
    if (character === '[') return single(characterSet());
    if (character === '\\') {
      const escaped = escapeSequence(false);
      // A back-reference is compared octet by octet wherever the search comes by.
      return escaped.startsWith('(?:') ? { source: escaped, ways: LONGEST_VALUE, free: 0 } : single(escaped);
    }
    const code = /^\/(?:0x|x)?[0-9a-f]{1,4}\//i.exec(text.slice(at))?.[0];
    if (code !== undefined) return single(characterCode(code));
    if ('*+?'.includes(character)) throw new Malformed('something before *, + or ? that can be repeated');
    at += 1;
    return single('{}]/'.includes(character) ? `\\${character}` : character);
  }

  function group(depth: number): Part {
    at += 1;
    if (text[at] === '?') throw new Malformed('plain groups: (?: and (?= are not known to NPS');
    groups += 1;
    const inner = alternatives(depth + 1);
    if (text[at] !== ')') throw new Malformed('a ) for every (');
    at += 1;
    return { source: `(${inner.source})`, ways: inner.ways, free: inner.free };
  }

  function characterSet(): string {
    let source = '[';
    at += 1;
    if (text[at] === '^') {
      source += '^';
      at += 1;
    }
    const empty = source.length;
    while (at < text.length && text[at] !== ']') {
      if (text[at] === '\\') source += escapeSequence(true);
      else {
        source += text[at];
        at += 1;
      }
    }
    if (text[at] !== ']' || source.length === empty) throw new Malformed('[ with characters and its ]');
    at += 1;
    return `${source}]`;
  }

  function escapeSequence(inSet: boolean): string {
    const escaped = text[at + 1];
    if (escaped === undefined) throw new Malformed('a character after \\');
    at += 2;
    if (/[1-9]/.test(escaped)) {
      if (inSet) throw new Malformed('no back-reference in [ ]');
      highestReference = Math.max(highestReference, Number(escaped));
      // (?:) keeps a digit that follows from becoming part of the number.
      return `(?:\\${escaped})`;
    }
    const known = inSet ? /[dDwWsSfnrtv]/ : /[bBdDwWsSfnrtv]/;
    if (/[a-z0-9]/i.test(escaped) && !known.test(escaped)) {
      throw new Malformed('one of \\b \\B \\d \\D \\w \\W \\s \\S \\f \\n \\r \\t \\v, or a sign, after \\');
    }
    return `\\${escaped}`;
  }

  /** `/n/`: 045 is octal, 0x25 or x25 hexadecimal, 37 decimal. */
  function characterCode(source: string): string {
    const digits = source.slice(1, -1).toLowerCase();
    const hexadecimal = /^0?x([0-9a-f]+)$/.exec(digits)?.[1];
    const octal = /^0[0-7]*$/.test(digits);
    if (hexadecimal === undefined && !octal && !/^[1-9]\d*$/.test(digits)) {
      throw new Malformed(
        '/n/ with an octal (045), hexadecimal (0x25) or decimal (37) code, or \\/ for the character',
      );
    }
    const code =
      hexadecimal === undefined ? Number.parseInt(digits, octal ? 8 : 10) : Number.parseInt(hexadecimal, 16);
    if (code > 0x7f) throw new Malformed('an ASCII code, up to 127, between slashes');
    at += source.length;
    return `\\x${code.toString(16).padStart(2, '0')}`;
  }

  const whole = alternatives(0);
  if (highestReference > groups) throw new Malformed('no back-reference to a group that does not exist');
  return whole;
}

/** One character, or a position between two. */
function single(source: string): Part {
  return { source, ways: 1, free: 0 };
}

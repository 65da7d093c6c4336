import { describePlainKey, type JsonPath, pathText, quoted } from './json-words.ts';

/** What keeps a text from being read. `key-unknown` is for `__proto__`, which no object of ours can have. */
export interface JsonProblem {
  /** Where it is: `clients[0].network`; empty for the document as a whole. */
  readonly path: string;
  readonly code: 'json-malformed' | 'json-key-twice' | 'file-not-utf-8' | 'key-unknown';
  readonly found: string;
  readonly expected: string;
}

export type JsonReading =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly problem: JsonProblem };

/** How a key of the object at `path` is told, the `at`-th of its keys, from 1. */
export type DescribeKey = (key: string, path: JsonPath, at: number) => string;

// An array in an array in ... has no meaning in any of our documents, and a reader that recurses needs an end.
const DEEPEST = 64;

const SPACE = /[ \t\r\n]*/y;
const STRING = /"[^"\\]*(?:\\.[^"\\]*)*"/sy;
const SCALAR = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

/**
 * Reads JSON (RFC 8259) as strictly as `JSON.parse`, but says line and column of what is wrong without quoting the
 * file (which may hold secrets by mistake), and refuses a key that stands twice in one object, of which `JSON.parse`
 * silently takes the last. A byte order mark, which Windows editors write, is skipped. U+FFFD is refused: decoders put
 * it where octets are no UTF-8, and a name or secret with it in is not the one that was meant.
 */
export function readJson(
  input: string,
  describeKey: DescribeKey = (key, _path, at) => describePlainKey(key, at),
): JsonReading {
  const text = input.startsWith('\uFEFF') ? input.slice(1) : input;
  const problem = scan(text, describeKey);
  if (problem !== undefined) return { ok: false, problem };
  return { ok: true, value: JSON.parse(text) };
}

function scan(text: string, describeKey: DescribeKey): JsonProblem | undefined {
  const path: Array<string | number> = [];
  /** The same as it may be told: a key on the way may be a secret that was pasted there. */
  const told: Array<string | number> = [];
  let at = 0;

  function place(offset: number): string {
    const before = text.slice(0, offset).split('\n');
    return `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
  }
  function malformed(expected: string): JsonProblem {
    const found = at >= text.length ? 'the end of the file' : mark(at);
    return { path: pathText(told), code: 'json-malformed', found: `${found} at ${place(at)}`, expected };
  }
  /** What stands there, where it is a mark of JSON or a comment: text may be a secret. */
  function mark(offset: number): string {
    const character = text[offset] ?? '';
    const isMark = /[\]}[{,:/]/.test(character);
    const comma = /[\]}]/.test(character) && /,\s*$/.test(text.slice(0, offset)) ? ' behind a comma' : '';
    return isMark ? `${quoted(character)}${comma}` : 'something else';
  }
  /** Moves on behind the token, and says whether it was there. */
  function take(token: RegExp): string | undefined {
    token.lastIndex = at;
    const match = token.exec(text)?.[0];
    if (match !== undefined) at += match.length;
    return match;
  }
  function takeMark(mark: string): boolean {
    take(SPACE);
    if (text[at] !== mark) return false;
    at += 1;
    take(SPACE);
    return true;
  }
  function takeString(): string | undefined {
    const start = at;
    const token = take(STRING);
    const value = token === undefined ? undefined : parseString(token);
    if (value === undefined) at = start;
    return value;
  }

  function value(): JsonProblem | undefined {
    if (path.length > DEEPEST) return malformed(`at most ${DEEPEST} levels`);
    take(SPACE);
    if (takeMark('{')) return members();
    if (takeMark('[')) return elements();
    if (text[at] === '"') return takeString() === undefined ? malformed('a string') : undefined;
    return take(SCALAR) === undefined ? malformed('a value') : undefined;
  }
  function members(): JsonProblem | undefined {
    const keys = new Set<string>();
    if (takeMark('}')) return undefined;
    do {
      const start = at;
      const key = takeString();
      if (key === undefined) return malformed('a key in quotation marks');
      if (key === '__proto__') {
        return { path: pathText(told), code: 'key-unknown', found: quoted(key), expected: 'another key' };
      }
      if (keys.has(key)) {
        const found = `${describeKey(key, path, keys.size + 1)} again at ${place(start)}`;
        return { path: pathText(told), code: 'json-key-twice', found, expected: 'each key once' };
      }
      keys.add(key);
      if (!takeMark(':')) return malformed('a colon');
      told.push(describeKey(key, path, keys.size) === quoted(key) ? key : `key ${keys.size}`);
      path.push(key);
      const problem = value();
      if (problem !== undefined) return problem;
      path.pop();
      told.pop();
    } while (takeMark(','));
    return takeMark('}') ? undefined : malformed('a comma or }');
  }
  function elements(): JsonProblem | undefined {
    if (takeMark(']')) return undefined;
    let index = 0;
    do {
      path.push(index);
      told.push(index);
      const problem = value();
      if (problem !== undefined) return problem;
      path.pop();
      told.pop();
      index += 1;
    } while (takeMark(','));
    return takeMark(']') ? undefined : malformed('a comma or ]');
  }

  const undecoded = text.indexOf('\uFFFD');
  if (undecoded !== -1) {
    const found = `other octets, or U+FFFD, at ${place(undecoded)}`;
    return { path: '', code: 'file-not-utf-8', found, expected: 'UTF-8 text' };
  }
  const problem = value();
  if (problem !== undefined) return problem;
  take(SPACE);
  return at < text.length ? malformed('the end of the file') : undefined;
}

function parseString(token: string): string | undefined {
  try {
    return JSON.parse(token);
  } catch {
    return undefined;
  }
}

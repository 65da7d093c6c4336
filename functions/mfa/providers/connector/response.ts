import { SaxesParser, type SaxesTagNS } from 'saxes';

/** A larger answer is none; a real one has about 1 KiB. Octets. */
export const LARGEST_ANSWER = 64 * 1024;

/** What counts of a BeginTwoWayAuthenticationResponse. Undefined: absent or nil. */
export interface BeginAnswer {
  /** Result/Value. */
  readonly value: string | undefined;
  readonly sessionId: string | undefined;
  readonly authenticationResult: string | undefined;
  /** The user whom the service acted on. */
  readonly upn: string | undefined;
}

const ROOT = 'BeginTwoWayAuthenticationResponse';
const XSI = 'http://www.w3.org/2001/XMLSchema-instance';
/** By their path below the root; an element of the same name elsewhere is somebody else's. */
const MEMBERS: ReadonlyMap<string, keyof BeginAnswer> = new Map([
  ['Result/Value', 'value'],
  ['SessionId', 'sessionId'],
  ['AuthenticationResult', 'authenticationResult'],
  ['UserPrincipalName', 'upn'],
]);
/** The parser looks namespaces up through all open elements, so depth costs more than length. */
const DEEPEST = 16;

/**
 * Reads what the connector answered (entra.md 1.6) by local names. Declaration, byte order mark, elements that nobody
 * knows and `i:nil` are fine. Anything that two readers could understand differently is not: a document type, an
 * element that counts twice, or one that holds anything but text.
 *
 * @returns undefined for what is no such answer. Never throws.
 */
export function readBeginAnswer(octets: Uint8Array): BeginAnswer | undefined {
  if (octets.length > LARGEST_ANSWER) return undefined;
  try {
    return parse(new TextDecoder('utf-8', { fatal: true }).decode(octets));
  } catch {
    // Not UTF-8, not well-formed, or refused below: the message would quote a stranger's text.
    return undefined;
  }
}

function parse(text: string): BeginAnswer {
  const parser = new SaxesParser({ xmlns: true, position: false });
  const path: string[] = [];
  const seen = new Set<string>();
  const answer: Record<keyof BeginAnswer, string | undefined> = {
    value: undefined,
    sessionId: undefined,
    authenticationResult: undefined,
    upn: undefined,
  };
  let open: { readonly member: keyof BeginAnswer; readonly nil: boolean; text: string } | undefined;

  parser.on('xmldecl', ({ version, encoding }) => {
    if (version !== '1.0' || (encoding !== undefined && encoding.toLowerCase() !== 'utf-8')) refuse();
  });
  parser.on('doctype', refuse);
  parser.on('opentag', (tag) => {
    if (open !== undefined || path.length === DEEPEST) refuse();
    if (path.length === 0 && tag.local !== ROOT) refuse();
    path.push(tag.local);
    const place = path.slice(1).join('/');
    const member = MEMBERS.get(place);
    if (member === undefined && place !== 'Result') return;
    if (seen.has(place)) refuse();
    seen.add(place);
    if (member !== undefined) open = { member, nil: isNil(tag), text: '' };
  });
  parser.on('closetag', () => {
    if (open?.nil && open.text !== '') refuse();
    if (open !== undefined && !open.nil) answer[open.member] = open.text;
    open = undefined;
    path.pop();
  });
  const take = (piece: string) => {
    if (open !== undefined) open.text += piece;
    else if (holdsElementsOnly(path) && piece.trim() !== '') refuse();
  };
  parser.on('text', take);
  parser.on('cdata', take);
  const between = () => {
    if (open !== undefined) refuse();
  };
  parser.on('comment', between);
  parser.on('processinginstruction', between);

  parser.write(text).close();
  return answer;
}

function holdsElementsOnly(path: readonly string[]): boolean {
  return path.length === 1 || (path.length === 2 && path[1] === 'Result');
}

function isNil(tag: SaxesTagNS): boolean {
  return Object.values(tag.attributes).some(
    ({ uri, local, value }) => uri === XSI && local === 'nil' && /^\s*(true|1)\s*$/.test(value),
  );
}

function refuse(): never {
  throw new Error('not an answer of the connector');
}

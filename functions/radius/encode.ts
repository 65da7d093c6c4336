import { attributeByName, type DictionaryAttribute } from './dictionary/lookup.ts';
import type { ReplyAttribute } from './reply-attribute.ts';
import { TYPE } from './type.ts';
import { encodeValue } from './value.ts';

const LONGEST_VALUE = 253;
const LONGEST_VENDOR_VALUE = 247;
const LAST_TAG = 0x1f;

/** What a policy's attribute cannot be, as a sentence for the administrator who wrote it. */
export interface EncodingFault {
  readonly fault: string;
}

/**
 * Encodes one attribute for a reply by its name in the dictionary, in whatever case.
 *
 * @param name `Filter-Id`; a tunnel's attribute may carry its tag, `Tunnel-Type:1` (RFC 2868 §3.1)
 * @param value a number, the name of an enumerated value, text, an address, a prefix `2001:db8::/32`, a date in ISO 8601 or in
 * seconds since 1970, octets as `0x...` or as text, or true and false for 1 and 0
 */
export function encodeAttribute(
  name: string,
  value: string | number | boolean,
): ReplyAttribute | EncodingFault {
  const attributes = encodeAttributes(name, value);
  if ('fault' in attributes) return attributes;
  const [only, another] = attributes;
  return only === undefined || another !== undefined ? tooLong(name) : only;
}

/**
 * The same for a value that may take several attributes: text longer than one can hold is split where a character
 * ends, as Reply-Message and the like want it (RFC 2865 §5.18). Anything else that is too long is a fault.
 */
export function encodeAttributes(
  name: string,
  value: string | number | boolean,
): readonly ReplyAttribute[] | EncodingFault {
  const [plain = '', tagText] = name.split(/:(?=[^:]*$)/);
  const attribute = attributeByName(plain);
  if (attribute === undefined) return { fault: `No attribute is called ${JSON.stringify(name)}` };
  const tag = tagText === undefined ? undefined : tagFrom(attribute, tagText);
  if (typeof tag === 'object') return tag;
  const refusal = refused(attribute);
  if (refusal !== undefined) return refusal;
  const encoded = encodeValue(attribute, value);
  if (!Buffer.isBuffer(encoded)) return encoded;
  return split(attribute, tag, encoded);
}

const tooLong = (name: string): EncodingFault => ({
  fault: `The value of ${name} does not fit into one attribute`,
});

function refused({ name, vendor, type, encryption }: DictionaryAttribute): EncodingFault | undefined {
  if (encryption !== undefined) {
    return { fault: `${name} must be encrypted, which is not supported yet; it is never sent in clear` };
  }
  if (vendor === undefined && (type === TYPE.messageAuthenticator || type === TYPE.proxyState)) {
    return { fault: `${name} is written by the bridge itself` };
  }
  return undefined;
}

function tagFrom(attribute: DictionaryAttribute, text: string): number | EncodingFault {
  if (!attribute.tagged) return { fault: `${attribute.name} takes no tag` };
  const tag = /^\d{1,2}$/.test(text) ? Number(text) : Number.NaN;
  return tag <= LAST_TAG ? tag : { fault: `The tag of ${attribute.name} is a number from 0 to ${LAST_TAG}` };
}

function split(
  attribute: DictionaryAttribute,
  givenTag: number | undefined,
  value: Buffer,
): readonly ReplyAttribute[] | EncodingFault {
  const { vendor, type, kind } = attribute;
  const tag = givenTag ?? impliedTag(attribute, value);
  const room = (vendor === undefined ? LONGEST_VALUE : LONGEST_VENDOR_VALUE) - (tag === undefined ? 0 : 1);
  const space = { type, ...(vendor === undefined ? {} : { vendor }), ...(tag === undefined ? {} : { tag }) };
  if (value.length <= room) return [{ ...space, value }];
  if (kind !== 'string' || attribute.tagged) return tooLong(attribute.name);
  return piecesOf(value, room).map((piece) => ({ ...space, value: piece }));
}

/** Without a tag an integer has tag 0 (unused); text has none, unless its first octet would be taken for one. */
function impliedTag(attribute: DictionaryAttribute, value: Buffer): number | undefined {
  if (!attribute.tagged) return undefined;
  return attribute.kind === 'integer' || (value[0] ?? 0) <= LAST_TAG ? 0 : undefined;
}

function piecesOf(text: Buffer, room: number): Buffer[] {
  const pieces: Buffer[] = [];
  for (let start = 0; start < text.length; ) {
    let end = Math.min(start + room, text.length);
    // 10xxxxxx continues a character.
    while (end < text.length && ((text[end] ?? 0) & 0xc0) === 0x80) end -= 1;
    pieces.push(text.subarray(start, end));
    start = end;
  }
  return pieces;
}

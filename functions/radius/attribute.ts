import {
  attributeByName,
  attributeByNumber,
  type DictionaryAttribute,
  vendorName,
} from './dictionary/lookup.ts';
import type { Packet } from './packet.ts';
import { isSecretAttribute } from './sensitive.ts';
import { MICROSOFT, TYPE } from './type.ts';
import { decodeAddress, decodeNumber, decodeText, formatValue, hexText } from './value.ts';
import { vendorAttributes, vendorOf, vendorValues } from './vendor.ts';

export { encodeAttribute, encodeAttributes } from './encode.ts';

/** The last octet of a tag (RFC 2868 §3.1); a greater one is the first octet of the text. */
const LAST_TAG = 0x1f;

/** A value with the tag it came with, which groups the attributes of one tunnel (RFC 2868 §3.1). */
export interface TaggedValue {
  readonly tag: number | undefined;
  /** The value without its tag, a view on the packet. */
  readonly value: Buffer;
}

function described(name: string): DictionaryAttribute {
  const attribute = attributeByName(name);
  if (attribute === undefined) throw new RangeError(`No attribute is called ${name}`);
  return attribute;
}

function rawValues(packet: Packet, { vendor, type }: DictionaryAttribute): Buffer[] {
  if (vendor !== undefined) return vendorValues(packet, vendor, type);
  const values: Buffer[] = [];
  for (const attribute of packet.attributes) if (attribute.type === type) values.push(attribute.value);
  return values;
}

function splitTag(attribute: DictionaryAttribute, value: Buffer): TaggedValue {
  const tag = value[0];
  if (!attribute.tagged || tag === undefined) return { tag: undefined, value };
  // An integer gives its first octet to the tag whatever it holds (RFC 2868 §3.1).
  if (tag > LAST_TAG && attribute.kind !== 'integer') return { tag: undefined, value };
  return { tag, value: value.subarray(1) };
}

/**
 * Values of every attribute of that name, standard or a vendor's, with their tags, in the order of the packet.
 *
 * @throws RangeError for a name that the dictionary does not have, here and in the functions below: a typing mistake
 * must not read as an absent attribute
 */
export function tagged(packet: Packet, name: string): TaggedValue[] {
  const attribute = described(name);
  return rawValues(packet, attribute).map((value) => splitTag(attribute, value));
}

/** Values of every attribute of that name without tags, in the order of the packet. */
export function all(packet: Packet, name: string): Buffer[] {
  return tagged(packet, name).map(({ value }) => value);
}

/** Octets of the first attribute of that name. */
export function octets(packet: Packet, name: string): Buffer | undefined {
  const attribute = described(name);
  const first = rawValues(packet, attribute)[0];
  return first && splitTag(attribute, first).value;
}

/**
 * Text of the first attribute of that name: UTF-8, or the usual writing of an address. Undefined where there is none or where it
 * cannot be decoded. Microsoft's strings lose the NUL they end with.
 */
export function text(packet: Packet, name: string): string | undefined {
  const attribute = described(name);
  const value = octets(packet, name);
  if (value === undefined) return undefined;
  return decodeAddress(attribute, value) ?? decodeText(trimmed(attribute, value));
}

/** The same for people to read: what is not text is written in hexadecimal, 0x... */
export function shownText(packet: Packet, name: string): string | undefined {
  const value = octets(packet, name);
  return value && (text(packet, name) ?? hexText(value));
}

/** Number of the first attribute of that name; of a date, seconds since 1970. Undefined where there is none of the right length. */
export function integer(packet: Packet, name: string): number | undefined {
  const value = octets(packet, name);
  return value && decodeNumber(described(name), value);
}

/** [MS-RNAP] ends its strings with a NUL, which is no part of the name. */
function trimmed(attribute: DictionaryAttribute, value: Buffer): Buffer {
  const ends = attribute.vendor === MICROSOFT && attribute.kind === 'string' && value.at(-1) === 0;
  return ends ? value.subarray(0, -1) : value;
}

/** Shown in place of what must not be read by people. */
export const HIDDEN = '<hidden>';

/**
 * Every attribute of a packet for people and records, in the order of the packet: passwords, responses, keys and tokens hidden,
 * enumerated values by name, unknown attributes and vendors by number with their octets in hexadecimal. The text is the
 * sender's: it may hold anything.
 */
export function describe(packet: Packet): Array<{ name: string; value: string }> {
  return packet.attributes.flatMap(({ type, value }) => {
    if (type !== TYPE.vendorSpecific) return [shown(undefined, type, value)];
    const inner = vendorAttributes(value);
    if (inner !== undefined)
      return inner.map((attribute) => shown(attribute.vendor, attribute.type, attribute.value));
    // A Microsoft attribute that cannot be taken apart may be a response whose length somebody got wrong.
    return vendorOf(value) === MICROSOFT
      ? [{ name: 'Vendor-Specific', value: HIDDEN }]
      : [shown(undefined, type, value)];
  });
}

function shown(vendor: number | undefined, type: number, whole: Buffer): { name: string; value: string } {
  const attribute = attributeByNumber(vendor, type);
  if (attribute === undefined) {
    const prefix = vendor === undefined ? '' : `${vendorName(vendor) ?? `Vendor-${vendor}`}-`;
    return { name: `${prefix}Attribute-${type}`, value: hexText(whole) };
  }
  const { tag, value } = splitTag(attribute, whole);
  const name = tag === undefined || tag === 0 ? attribute.name : `${attribute.name}:${tag}`;
  return {
    name,
    value: isSecretAttribute(attribute) ? HIDDEN : formatValue(attribute, trimmed(attribute, value)),
  };
}

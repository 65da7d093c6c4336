import { isUtf8 } from 'node:buffer';
import { isIPv4, isIPv6 } from 'node:net';
import ipaddr from 'ipaddr.js';
import { type DictionaryAttribute, valueName, valueNumber } from './dictionary/lookup.ts';

/** Strict UTF-8 (RFC 2865 §5 "text"): undefined where the octets are none, never a replacement character. */
export function decodeText(value: Buffer): string | undefined {
  return isUtf8(value) ? value.toString('utf8') : undefined;
}

/** An unsigned number as the kind has it, undefined where the length is another one. `octets` is what a tag left over. */
export function decodeNumber(attribute: DictionaryAttribute, value: Buffer): number | undefined {
  switch (attribute.kind) {
    case 'integer':
    case 'date':
      return value.length === (attribute.tagged ? 3 : 4) ? value.readUIntBE(0, value.length) : undefined;
    case 'short':
      return value.length === 2 ? value.readUInt16BE(0) : undefined;
    default:
      return undefined;
  }
}

function ipv6Text(octets: Buffer): string {
  return new ipaddr.IPv6([...octets]).toRFC5952String();
}

/** An address or a prefix in its usual writing, undefined where the kind is another one or the length wrong. */
export function decodeAddress(attribute: DictionaryAttribute, value: Buffer): string | undefined {
  switch (attribute.kind) {
    case 'ipaddr':
      return value.length === 4 ? value.join('.') : undefined;
    case 'ipv6addr':
      return value.length === 16 ? ipv6Text(value) : undefined;
    case 'ipv6prefix': {
      const prefix = value[1];
      if (prefix === undefined || prefix > 128 || value.length > 18 || value.length - 2 < prefix / 8)
        return undefined;
      return `${ipv6Text(Buffer.concat([value.subarray(2)], 16))}/${prefix}`;
    }
    case 'ifid':
      return value.length === 8 ? (value.toString('hex').match(/.{4}/g) ?? []).join(':') : undefined;
    default:
      return undefined;
  }
}

/** `0x` and the octets in hexadecimal: how values are shown that cannot be shown otherwise. */
export function hexText(value: Buffer): string {
  return `0x${value.toString('hex')}`;
}

/** A value as a person reads it: the name of an enumerated one, an ISO date, an address, text, or hexadecimal. */
export function formatValue(attribute: DictionaryAttribute, value: Buffer): string {
  const number = decodeNumber(attribute, value);
  if (number !== undefined) {
    if (attribute.kind === 'date') return new Date(number * 1000).toISOString();
    return valueName(attribute, number) ?? String(number);
  }
  const text = attribute.kind === 'string' ? decodeText(value) : decodeAddress(attribute, value);
  return text ?? hexText(value);
}

/** A value to send, or a sentence that says what is wrong with it (without the value itself). */
export type EncodedValue = Buffer | { readonly fault: string };

/** Encodes a configured value by the attribute's kind; a tagged integer comes as the three octets after its tag. */
export function encodeValue(attribute: DictionaryAttribute, value: string | number | boolean): EncodedValue {
  switch (attribute.kind) {
    case 'integer':
      return encodeNumber(attribute, value, attribute.tagged ? 3 : 4);
    case 'short':
      return encodeNumber(attribute, value, 2);
    case 'date':
      return encodeDate(attribute, value);
    case 'string':
      return encodeText(attribute, value);
    case 'octets':
      return encodeOctets(attribute, value);
    default:
      return encodeAddress(attribute, value);
  }
}

const wants = (attribute: DictionaryAttribute, what: string): EncodedValue => ({
  fault: `${attribute.name} takes ${what}`,
});

function encodeNumber(
  attribute: DictionaryAttribute,
  value: string | number | boolean,
  octets: 2 | 3 | 4,
): EncodedValue {
  const most = 256 ** octets - 1;
  const number = typeof value === 'string' ? numberFrom(attribute, value) : Number(value);
  if (number === undefined || !Number.isInteger(number) || number < 0 || number > most) {
    return wants(
      attribute,
      `a whole number from 0 to ${most}${attribute.values === '' ? '' : ' or one of its names'}`,
    );
  }
  const encoded = Buffer.alloc(octets);
  encoded.writeUIntBE(number, 0, octets);
  return encoded;
}

function numberFrom(attribute: DictionaryAttribute, text: string): number | undefined {
  return (
    valueNumber(attribute, text) ?? (/^(\d{1,10}|0x[0-9a-f]{1,8})$/i.test(text) ? Number(text) : undefined)
  );
}

const ISO_DATE = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d))?$/;

function encodeDate(attribute: DictionaryAttribute, value: string | number | boolean): EncodedValue {
  const seconds =
    typeof value === 'string' && ISO_DATE.test(value)
      ? Date.parse(value) / 1000
      : typeof value === 'number'
        ? value
        : NaN;
  if (!Number.isInteger(seconds) || seconds < 0 || seconds > 0xff_ff_ff_ff) {
    return wants(attribute, 'a date such as 2026-05-01T08:00:00Z, or whole seconds since 1970');
  }
  const encoded = Buffer.alloc(4);
  encoded.writeUInt32BE(seconds);
  return encoded;
}

function encodeText(attribute: DictionaryAttribute, value: string | number | boolean): EncodedValue {
  if (typeof value === 'boolean' || (typeof value === 'number' && !Number.isSafeInteger(value))) {
    return wants(attribute, 'text');
  }
  const text = String(value);
  if (text === '') return wants(attribute, 'text of at least one character');
  if (!text.isWellFormed()) return wants(attribute, 'text without half a surrogate pair');
  return Buffer.from(text, 'utf8');
}

function encodeOctets(attribute: DictionaryAttribute, value: string | number | boolean): EncodedValue {
  if (typeof value !== 'string' || !value.startsWith('0x')) return encodeText(attribute, value);
  if (!/^0x([0-9a-f]{2})+$/i.test(value)) return wants(attribute, 'whole octets in hexadecimal after 0x');
  return Buffer.from(value.slice(2), 'hex');
}

function encodeAddress(attribute: DictionaryAttribute, value: string | number | boolean): EncodedValue {
  const text = typeof value === 'string' ? value : '';
  switch (attribute.kind) {
    case 'ipaddr':
      return isIPv4(text) ? Buffer.from(text.split('.').map(Number)) : wants(attribute, 'an IPv4 address');
    case 'ipv6addr':
      return ipv6Octets(text) ?? wants(attribute, 'an IPv6 address');
    case 'ipv6prefix':
      return (
        ipv6Prefix(text) ??
        wants(attribute, 'an IPv6 prefix such as 2001:db8::/32, with no bits set behind it')
      );
    default:
      return /^[0-9a-f]{4}(:[0-9a-f]{4}){3}$/i.test(text)
        ? Buffer.from(text.replaceAll(':', ''), 'hex')
        : wants(attribute, 'an interface id such as 0000:0000:0000:0001');
  }
}

function ipv6Octets(text: string): Buffer | undefined {
  // A zone id means something on one machine only (RFC 5080 §2.7.1).
  return isIPv6(text) && !text.includes('%') ? Buffer.from(ipaddr.IPv6.parse(text).toByteArray()) : undefined;
}

/** Reserved octet, length of the prefix in bits, and no more octets of it than it needs (RFC 3162 §2.3). */
function ipv6Prefix(text: string): Buffer | undefined {
  const [address = '', bits = ''] = text.split('/');
  const octets = ipv6Octets(address);
  if (
    octets === undefined ||
    `${address}/${bits}` !== text ||
    !/^\d{1,3}$/.test(bits) ||
    Number(bits) > 128
  ) {
    return undefined;
  }
  const prefix = Number(bits);
  const hostBits = octets.some((octet, index) => {
    const kept = Math.min(8, Math.max(0, prefix - index * 8));
    return (octet & (0xff >> kept)) !== 0;
  });
  if (hostBits) return undefined;
  return Buffer.concat([Buffer.from([0, prefix]), octets.subarray(0, Math.ceil(prefix / 8))]);
}

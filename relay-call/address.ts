import { isIP, isIPv6 } from 'node:net';
import ipaddr from 'ipaddr.js';

const DOTTED_TAIL = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/;

/** IPv6 text whose last 32 bits are dotted, with these in hexadecimal: ipaddr.js takes `::192.0.2.1` for an IPv4-mapped address. */
function hexadecimal(text: string): string {
  const match = DOTTED_TAIL.exec(text);
  if (match === null) return text;
  const [, head, a, b, c, d] = match;
  const pair = (high: string | undefined, low: string | undefined) =>
    (Number(high) * 256 + Number(low)).toString(16);
  return `${head}${pair(a, b)}:${pair(c, d)}`;
}

const parseIPv6 = (text: string) => ipaddr.IPv6.parse(hexadecimal(text));

/**
 * The one text by which an address is compared, stored and shown: IPv4 dotted; IPv6 as RFC 5952 has it;
 * an IPv4-mapped IPv6 address is the IPv4 address; a zone id (`%eth0`) is dropped.
 *
 * @returns undefined when `text` is no address. IPv4 octets with leading zeros and shortened or hexadecimal
 * IPv4 are none: programs disagree about what they mean.
 */
export function canonicalAddress(text: string): string | undefined {
  const family = isIP(text);
  if (family === 4) return text;
  if (family === 0) return undefined;
  const zone = text.indexOf('%');
  const address = parseIPv6(zone < 0 ? text : text.slice(0, zone));
  return address.isIPv4MappedAddress() ? address.toIPv4Address().toString() : address.toRFC5952String();
}

/** An address or a block of addresses. */
export interface Network {
  readonly family: 4 | 6;
  /** Length of the prefix in bits: 0 to 32, or 0 to 128. */
  readonly prefix: number;
  /** Whether an address, as `canonicalAddress` writes it, lies in this network. Any other text does not. */
  contains(canonical: string): boolean;
  /** `192.0.2.10` for a single address, else `10.0.0.0/8`. */
  toString(): string;
}

/** Dotted IPv4 text, known to be valid, as an unsigned 32-bit number. */
function numberOf(text: string): number {
  let value = 0;
  let octet = 0;
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charCodeAt(at);
    if (character === 0x2e) {
      value = value * 256 + octet;
      octet = 0;
    } else octet = octet * 10 + character - 0x30;
  }
  return value * 256 + octet;
}

function networkOf4(address: string, prefix: number): Network | undefined {
  const size = 2 ** (32 - prefix);
  const first = numberOf(address);
  if (first % size !== 0) return undefined;
  const text = prefix === 32 ? address : `${address}/${prefix}`;
  return {
    family: 4,
    prefix,
    contains(canonical) {
      if (prefix === 32) return canonical === address;
      if (isIP(canonical) !== 4) return false;
      const offset = numberOf(canonical) - first;
      return offset >= 0 && offset < size;
    },
    toString: () => text,
  };
}

/** The address looked at last: a list of networks asks about the same one, and reading it is what costs. */
let lastText = '::';
let lastAddress = ipaddr.IPv6.parse(lastText);

/** Canonical IPv6 text, read; undefined for any other text. */
function readCanonical6(text: string) {
  if (text === lastText) return lastAddress;
  if (!isIPv6(text) || canonicalAddress(text) !== text) return undefined;
  lastAddress = parseIPv6(text);
  lastText = text;
  return lastAddress;
}

function networkOf6(address: string, prefix: number): Network | undefined {
  const first = parseIPv6(address);
  const hostBits = first.toByteArray().some((octet, at) => {
    const inPrefix = Math.min(8, Math.max(0, prefix - at * 8));
    return (octet & (0xff >> inPrefix)) !== 0;
  });
  if (hostBits) return undefined;
  const text = prefix === 128 ? address : `${address}/${prefix}`;
  return {
    family: 6,
    prefix,
    contains(canonical) {
      if (prefix === 128) return canonical === address;
      return readCanonical6(canonical)?.match(first, prefix) ?? false;
    },
    toString: () => text,
  };
}

const PREFIX = /^(?:0|[1-9]\d{0,2})$/;

/**
 * Reads `192.0.2.10`, `10.0.0.0/8`, `::1` or `2001:db8::/32`. A block of IPv4-mapped addresses is the IPv4 block.
 *
 * @returns undefined when it is neither, carries a zone id, or has bits set behind its prefix (`10.0.0.1/8`:
 * whoever wrote it meant something else).
 */
export function parseNetwork(text: string): Network | undefined {
  const slash = text.indexOf('/');
  const written = slash < 0 ? text : text.slice(0, slash);
  const address = written.includes('%') ? undefined : canonicalAddress(written);
  if (address === undefined) return undefined;
  const writtenBits = written.includes(':') ? 128 : 32;
  const bits = address.includes(':') ? 128 : 32;
  const prefixText = slash < 0 ? String(writtenBits) : text.slice(slash + 1);
  if (!PREFIX.test(prefixText) || Number(prefixText) > writtenBits) return undefined;
  const prefix = Number(prefixText) - (writtenBits - bits);
  if (prefix < 0) return undefined;
  return bits === 32 ? networkOf4(address, prefix) : networkOf6(address, prefix);
}

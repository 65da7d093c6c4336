import { canonicalAddress } from './address.ts';
import type { Service } from './framing.ts';

/** One end of a UDP exchange. */
export interface Endpoint {
  /** As `canonicalAddress` writes it. */
  readonly address: string;
  /** 1 to 65535. */
  readonly port: number;
}

/** Who sent a packet, where it asked, and what is served there. */
export interface RadiusSource {
  readonly from: Endpoint;
  readonly to: Endpoint;
  readonly serves: Service;
}

/** Longest time that `radius-deadline` can state, in ms. */
const MAX_DEADLINE = 600_000;

const endpoint = ({ address, port }: Endpoint) =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;

/**
 * The value of `radius-source`, a structured field dictionary (RFC 9651):
 * `from="192.0.2.10:49152", to="192.0.2.1:1812", serves=auth`, IPv6 as `from="[2001:db8::10]:49152"`.
 */
export function formatSource(source: RadiusSource): string {
  return `from="${endpoint(source.from)}", to="${endpoint(source.to)}", serves=${source.serves}`;
}

const PORT = '([1-9]\\d{0,4})';
const END = `"(?:([\\d.]{7,15})|\\[([\\da-f:]{2,39})\\]):${PORT}"`;
const SOURCE = new RegExp(`^from=${END}, to=${END}, serves=(auth|acct)$`);

function readEndpoint(four: string | undefined, six: string | undefined, portText: string | undefined) {
  const address = four ?? six ?? '';
  const port = Number(portText);
  return canonicalAddress(address) === address && port <= 65_535 ? { address, port } : undefined;
}

/** Reads `radius-source`: exactly what `formatSource` writes for canonical addresses, nothing else. */
export function parseSource(text: string): RadiusSource | undefined {
  const match = SOURCE.exec(text);
  if (match === null) return undefined;
  const from = readEndpoint(match[1], match[2], match[3]);
  const to = readEndpoint(match[4], match[5], match[6]);
  const serves = match[7] === 'auth' ? 'auth' : 'acct';
  return from && to ? { from, to, serves } : undefined;
}

/** The value of `radius-deadline`: whole ms, rounded down and held within 0 to 600000. What is no number is 0. */
export function formatDeadline(ms: number): string {
  return ms > 0 ? String(Math.min(MAX_DEADLINE, Math.floor(ms))) : '0';
}

/** Reads `radius-deadline`, in ms: a structured field integer from 0 to 600000 without sign or leading zeros. */
export function parseDeadline(text: string): number | undefined {
  if (!/^(?:0|[1-9]\d{0,5})$/.test(text)) return undefined;
  const ms = Number(text);
  return ms <= MAX_DEADLINE ? ms : undefined;
}

import { describe } from '../../functions/radius/attribute.ts';
import { packetOf } from '../../functions/radius/packet.ts';
import { readFrame } from '../../relay-call/framing.ts';
import type { Exchange, RadiusServer } from './client.ts';
import { REPLY_REFUSALS } from './reply.ts';

const CODES: Readonly<Record<number, string>> = {
  1: 'Access-Request',
  2: 'Access-Accept',
  3: 'Access-Reject',
  11: 'Access-Challenge',
};

/** A packet as lines for a person: its code, where it goes, and its attributes, secrets hidden. */
export function packetLines(arrow: '→' | '←', octets: Buffer, way: string): string[] {
  const frame = readFrame(octets);
  if (typeof frame === 'string') return [`${arrow} no RADIUS packet, ${octets.length} octets, ${way}`];
  const attributes = describe(packetOf(frame));
  const width = Math.max(0, ...attributes.map(({ name }) => name.length));
  const code = CODES[frame.code] ?? `code ${frame.code}`;
  return [
    `${arrow} ${code}, identifier ${frame.identifier}, ${frame.length} octets, ${way}`,
    ...attributes.map(({ name, value }) => `    ${name.padEnd(width)}  ${printable(value)}`),
  ];
}

/** What an exchange came to, as lines for a person. The last one is the outcome. */
export function exchangeLines(exchange: Exchange): string[] {
  const lines = exchange.refused.map(
    (code) => `! A datagram was not taken as the reply (${code}). ${REPLY_REFUSALS[code]}`,
  );
  const sent = exchange.transmissions === 1 ? 'sent once' : `sent ${exchange.transmissions} times`;
  const time = seconds(exchange.elapsed);
  if (exchange.kind === 'reply') {
    lines.push(...packetLines('←', exchange.reply.octets, `after ${time}`));
    lines.push('', `${exchange.reply.outcome} after ${time}, the request was ${sent}.`);
  } else {
    lines.push('', `Silence for ${time}, the request was ${sent}.`);
  }
  return lines;
}

/** Said while the reply takes longer than that of a program would. */
export function waitingLine(phone: string | undefined): string {
  const where = phone === undefined ? '' : `: ${phone}`;
  return `Still waiting. A part may be down (see the terminal of npm start), or a phone may be ringing${where}`;
}

/** `127.0.0.1:1812` or `[::1]:1812` */
export function endpointText({ address, port }: RadiusServer): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** Milliseconds as a person reads them. */
export function seconds(milliseconds: number): string {
  return milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}

/** Text from a packet may hold anything, also what a terminal would obey or what turns the line around. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return `\\u{${code.toString(16)}}`;
  });
}

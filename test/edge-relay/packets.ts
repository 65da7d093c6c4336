import { createHash } from 'node:crypto';
import { CODE, type Frame, readFrame } from '../../relay-call/framing.ts';

/** A well-formed packet. `seed` decides its authenticator, `content` its one attribute (User-Name). */
export function packet(
  x: { code?: number; identifier?: number; seed?: string; content?: string } = {},
): Buffer {
  const { code = CODE.accessRequest, identifier = 7, seed = 'seed', content = 'alice' } = x;
  const value = Buffer.from(content);
  const octets = Buffer.alloc(20 + 2 + value.length);
  octets.writeUInt8(code, 0);
  octets.writeUInt8(identifier, 1);
  octets.writeUInt16BE(octets.length, 2);
  createHash('md5').update(seed).digest().copy(octets, 4);
  octets.writeUInt8(1, 20);
  octets.writeUInt8(2 + value.length, 21);
  value.copy(octets, 22);
  return octets;
}

/** The frame of a packet that is known to be one. */
export function frame(octets: Uint8Array): Frame {
  const read = readFrame(octets);
  if (typeof read === 'string') throw new Error(read);
  return read;
}

/** A reply with the identifier of a request. */
export const reply = (code: number, identifier = 7, content = 'reply') =>
  packet({ code, identifier, content });

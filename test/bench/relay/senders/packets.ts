import { createHmac, createSecretKey, hash, randomFillSync } from 'node:crypto';
import { CODE } from '../../../../relay-call/framing.ts';

/** Access-Requests of one size, behind each other. */
export interface Packets {
  readonly octets: Buffer;
  readonly size: number;
}

const USER = 'alice';
/** At most 16 octets: PAP in one block. */
const PASSWORD = 'correct horse';
const BLOCK = 16;
const AUTHENTICATOR = 4;
const HEADER = 20;
/** Message-Authenticator stands first, as RFC 3579 and BlastRADIUS want it. */
const MESSAGE_AUTHENTICATOR = HEADER;
const SIGNED_OCTETS = 18;

const attribute = (type: number, value: Buffer) =>
  Buffer.concat([Buffer.from([type, value.length + 2]), value]);

/**
 * Builds Access-Requests with a password by PAP (RFC 2865 §5.2) and Message-Authenticator (RFC 3579 §3.2), each with
 * an authenticator of its own.
 *
 * @param x.identifier of the packet at an index from 0
 */
export function buildPackets(x: {
  count: number;
  secret: string;
  identifier: (index: number) => number;
}): Packets {
  const before = Buffer.concat([
    attribute(80, Buffer.alloc(BLOCK)),
    attribute(1, Buffer.from(USER)),
    attribute(4, Buffer.from([192, 0, 2, 10])),
    attribute(61, Buffer.from([0, 0, 0, 5])),
    attribute(30, Buffer.from('00-10-A4-23-19-C0:vpn')),
    attribute(32, Buffer.from('vpn-1.example.test')),
  ]);
  const template = Buffer.concat([Buffer.alloc(HEADER), before, attribute(2, Buffer.alloc(BLOCK))]);
  template[0] = CODE.accessRequest;
  template.writeUInt16BE(template.length, 2);
  const size = template.length;
  const secret = Buffer.from(x.secret);
  const key = createSecretKey(secret);
  const padded = Buffer.alloc(BLOCK);
  padded.write(PASSWORD);
  const octets = Buffer.alloc(x.count * size);
  const authenticators = randomFillSync(Buffer.alloc(x.count * BLOCK));
  const hidden = Buffer.concat([secret, Buffer.alloc(BLOCK)]);
  for (let index = 0; index < x.count; index += 1) {
    const packet = octets.subarray(index * size, (index + 1) * size);
    template.copy(packet);
    packet[1] = x.identifier(index);
    authenticators.copy(packet, AUTHENTICATOR, index * BLOCK, (index + 1) * BLOCK);
    packet.copy(hidden, secret.length, AUTHENTICATOR, HEADER);
    const mask = hash('md5', hidden, 'buffer');
    for (let at = 0; at < BLOCK; at += 1) packet[size - BLOCK + at] = (padded[at] ?? 0) ^ (mask[at] ?? 0);
    createHmac('md5', key)
      .update(packet)
      .digest()
      .copy(packet, MESSAGE_AUTHENTICATOR + SIGNED_OCTETS - BLOCK);
  }
  return { octets, size };
}

/** A packet with its Length set; the authenticator is one octet, sixteen times. */
export function packetOf(x: {
  code?: number;
  identifier?: number;
  authenticator?: number;
  attributes?: readonly number[];
}): Buffer {
  const { code = 1, identifier = 7, authenticator = 3, attributes = [] } = x;
  const packet = Buffer.from([
    code,
    identifier,
    0,
    0,
    ...new Array<number>(16).fill(authenticator),
    ...attributes,
  ]);
  packet.writeUInt16BE(packet.length, 2);
  return packet;
}

import { hash } from 'node:crypto';
import { CODE } from '../../../../relay-call/framing.ts';

/** Octets of a packet without attributes. */
const HEADER = 20;

/**
 * Writes Access-Accepts without attributes, whose Response Authenticator (RFC 2865 §3) is right: whoever gets one
 * can tell that it answers this request and no other.
 */
export function acceptsOf(secret: string): (request: Buffer) => Buffer {
  const octets = Buffer.from(secret);
  const hashed = Buffer.alloc(HEADER + octets.length);
  octets.copy(hashed, HEADER);
  return (request) => {
    const accept = Buffer.alloc(HEADER);
    accept[0] = CODE.accessAccept;
    accept[1] = request[1] ?? 0;
    accept[3] = HEADER;
    accept.copy(hashed, 0, 0, 4);
    request.copy(hashed, 4, 4, HEADER);
    accept.write(hash('md5', hashed, 'binary'), 4, 'latin1');
    return accept;
  };
}

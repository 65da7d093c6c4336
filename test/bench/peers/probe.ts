import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readReply } from '../../../local/sign-in/reply.ts';
import { encodeAccessRequest } from '../../../local/sign-in/request.ts';
import { CODE } from '../../../relay-call/framing.ts';

const patience = 500;

/** A UDP port of 127.0.0.1 that was free a moment ago, for a program that cannot choose one by itself. */
export async function freeUdpPort(): Promise<number> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  await once(socket, 'close');
  return port;
}

/**
 * Asks once, by PAP with Message-Authenticator; whether an Access-Accept with the right Response Authenticator comes
 * within half a second. A reply need not have a Message-Authenticator: servers differ in that.
 */
export async function isAccepted({ port, secret }: { port: number; secret: string }): Promise<boolean> {
  const request = encodeAccessRequest({
    identifier: 1,
    authenticator: randomBytes(16),
    secret: Buffer.from(secret),
    password: 'correct horse',
    attributes: [{ name: 'User-Name', value: 'alice' }],
  });
  const socket = createSocket('udp4');
  try {
    socket.send(request.octets, port, '127.0.0.1');
    const [datagram] = await once(socket, 'message', { signal: AbortSignal.timeout(patience) });
    const reply = readReply(request, datagram);
    return (
      datagram[0] === CODE.accessAccept &&
      (typeof reply === 'object' || reply === 'reply-message-authenticator-missing')
    );
  } catch (error) {
    if (error instanceof Error && error.name === 'AbortError') return false;
    throw error;
  } finally {
    socket.close();
  }
}

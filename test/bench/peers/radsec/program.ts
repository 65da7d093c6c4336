import type { TLSSocket } from 'node:tls';
import { createServer } from 'node:tls';
import { listen } from '../../../../local/listen.ts';
import { CODE } from '../../../../relay-call/framing.ts';
import { acceptsOf } from '../../relay/backend/accept.ts';
import type { FromRadsec, ToRadsec } from './messages.ts';

/** Octets of a packet's header up to and with its length (RFC 2865 §3). */
const UP_TO_LENGTH = 4;
const HEADER = 20;

function tell(message: FromRadsec): void {
  if (process.connected) process.send?.(message);
}

/** Answers each packet of a connection, those that came together together. */
function serve(socket: TLSSocket, acceptFor: (request: Buffer) => Buffer): void {
  let rest: Buffer = Buffer.alloc(0);
  socket.setNoDelay(true);
  socket.on('error', () => undefined);
  socket.on('data', (chunk) => {
    const octets = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const answers: Buffer[] = [];
    let from = 0;
    while (octets.length - from >= UP_TO_LENGTH) {
      const length = octets.readUInt16BE(from + 2);
      if (length < HEADER) return void socket.destroy();
      if (octets.length - from < length) break;
      if (octets[from] === CODE.accessRequest) answers.push(acceptFor(octets.subarray(from, from + length)));
      from += length;
    }
    rest = octets.subarray(from);
    if (answers.length > 0) socket.write(Buffer.concat(answers));
  });
}

process.on('message', (message: ToRadsec) => {
  if (message.type === 'stop') process.exit(0);
  const { key, cert, secret } = message;
  const acceptFor = acceptsOf(secret);
  listen(
    createServer({ key, cert }, (socket) => serve(socket, acceptFor)),
    '127.0.0.1',
    0,
  ).then(
    (port) => tell({ type: 'ready', port }),
    (error) => tell({ type: 'failed', message: String(error) }),
  );
});
// A supervisor that is gone, however it went, takes this process with it.
process.on('disconnect', () => process.exit(0));
// Ctrl-C reaches every process of a terminal; the supervisor decides when this one ends.
process.on('SIGINT', () => undefined);

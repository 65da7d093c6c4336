import { createSocket } from 'node:dgram';
import { isIPv6 } from 'node:net';

const socket = createSocket({
  type: 'udp4',
  // As the relay does: no address is looked up for a reply.
  lookup: (hostname, _options, callback) => callback(null, hostname, isIPv6(hostname) ? 6 : 4),
});
const sent = () => undefined;
socket.on('message', (datagram, remote) => socket.send(datagram, remote.port, remote.address, sent));
socket.bind(0, '127.0.0.1', () => process.send?.({ type: 'ready', port: socket.address().port }));

// A supervisor that is gone, however it went, takes this process with it.
process.on('disconnect', () => process.exit(0));
// Ctrl-C reaches every process of a terminal; the supervisor decides when this one ends.
process.on('SIGINT', () => undefined);
// It is asked to end by the end of its input.
process.stdin.resume();
process.stdin.once('close', () => process.exit(0));

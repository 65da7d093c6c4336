import type { Server } from 'node:tls';
import { listen } from '../../../../local/listen.ts';
import { createGate } from './gate.ts';
import type { FromBackend, ToBackend } from './messages.ts';
import { proofOf } from './proof.ts';
import { http1Server, http2Server } from './servers.ts';

const gate = createGate();
let connections = 0;

function tell(message: FromBackend): void {
  if (process.connected) process.send?.(message);
}

function counted(server: Server): Server {
  server.on('secureConnection', (socket) => {
    connections += 1;
    socket.on('close', () => {
      connections -= 1;
    });
  });
  return server;
}

async function hear(message: ToBackend): Promise<void> {
  if (message.type === 'stop') process.exit(0);
  if (message.type === 'start') {
    const parts = { ...message, gate, proven: proofOf(message.relayKey) };
    const http2Port = await listen(counted(http2Server(parts)), '127.0.0.1', 0);
    const http1Port = await listen(counted(http1Server(parts)), '127.0.0.1', 0);
    tell({ type: 'ready', http2Port, http1Port });
    return;
  }
  if (message.type === 'treat') gate.treat(message.treatment);
  const { calls, waiting } = gate;
  tell({ type: 'counts', calls, waiting, connections });
}

process.on('message', (message: ToBackend) => {
  hear(message).catch((error) => tell({ type: 'failed', message: String(error) }));
});
// A supervisor that is gone, however it went, takes this process with it.
process.on('disconnect', () => process.exit(0));
// Ctrl-C reaches every process of a terminal; the supervisor decides when this one ends.
process.on('SIGINT', () => undefined);

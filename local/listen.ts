import type { Server } from 'node:net';

/**
 * Starts a TCP server (plain, TLS, HTTP) and waits until it listens.
 *
 * @param port 0 chooses a free one
 * @returns the port it listens on
 * @throws what the system says, for example EADDRINUSE
 */
export async function listen(server: Server, address: string, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, address, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('The server listens on no port.');
  return bound.port;
}

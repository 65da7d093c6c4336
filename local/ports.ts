import { createSocket } from 'node:dgram';
import { networkInterfaces } from 'node:os';
import { StartRefused } from './faults.ts';

/** Where a bridge listens unless told otherwise: every loopback address that clients of the default use. */
export function loopbackAddresses(): string[] {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return ['127.0.0.1', ...(addresses.some(({ address }) => address === '::1') ? ['::1'] : [])];
}

/**
 * Looks whether the relay will get its ports, before anything is started.
 *
 * @param wanted port 0 is always free
 * @throws StartRefused `port-taken` or `address-not-here`, with the way out
 */
export async function checkUdpPorts(
  wanted: ReadonlyArray<{ address: string; port: number; flag: string }>,
): Promise<void> {
  for (const { address, port, flag } of wanted) {
    const code = await tryBind(address === '*' ? '0.0.0.0' : address, port);
    if (code === 'EADDRINUSE' || code === 'EACCES') {
      throw new StartRefused(
        'port-taken',
        `UDP port ${port} of ${address} is held by another program, perhaps by another bridge or a RADIUS server. ` +
          `Choose another one (${flag} 0 takes any that is free).`,
      );
    }
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' || code === 'EINVAL') {
      throw new StartRefused('address-not-here', `--bind ${address}: no interface of this machine has it.`);
    }
  }
}

function tryBind(address: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
    socket.once('error', (error: NodeJS.ErrnoException) => {
      socket.close();
      resolve(error.code ?? 'unknown');
    });
    socket.bind({ port, address, exclusive: true }, () => socket.close(() => resolve(undefined)));
  });
}

import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { canonicalAddress } from '../relay-call/address.ts';
import type { Service } from '../relay-call/framing.ts';
import type { Remote, Via } from './relay.ts';

/** Why a socket could not be opened. */
export const LISTEN_FAULTS = {
  'port-taken': 'Another program holds the port.',
  'address-not-here': 'The address does not belong to this machine.',
  'port-forbidden': 'The operating system does not let this account open the port.',
  'socket-failed': 'The operating system could not open the socket.',
  'addresses-unknown': 'The operating system did not tell the addresses of this machine.',
} as const;

export type ListenFault = keyof typeof LISTEN_FAULTS;

/** One socket on one address. */
export interface RelaySocket {
  /** As it was bound, IPv6 link-local with its zone. */
  readonly address: string;
  /** The real port, also where 0 was asked for. */
  readonly port: number;
  readonly serves: Service;
  close(): Promise<void>;
}

/** A socket that could not be opened. */
export interface FailedSocket {
  readonly address: string;
  readonly port: number;
  readonly fault: ListenFault;
  /** The operating system's own word for it, such as EADDRINUSE. */
  readonly cause: string;
}

export interface SocketParts {
  receive(datagram: Buffer, remote: Remote, via: Via): void;
  /** A reply was not sent; `cause` is the operating system's word. */
  unsent(cause: string): void;
  /** The open socket reported an error that does not end it. */
  failed(address: string, cause: string): void;
}

/**
 * What a burst may queue while the process is busy, in octets: some 10,000 sign-ins. The operating system may grant
 * less (on Linux `net.core.rmem_max`).
 */
const RECEIVE_BUFFER = 4 * 1024 * 1024;

const FAULTS: Readonly<Record<string, ListenFault>> = {
  EADDRINUSE: 'port-taken',
  EADDRNOTAVAIL: 'address-not-here',
  EACCES: 'port-forbidden',
};

/** The operating system's word for an error. */
export const causeOf = (error: unknown) =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown';

/** Node asks DNS for every destination, addresses too; a reply's is an address already. */
const noLookup = (
  hostname: string,
  _options: unknown,
  callback: (error: null, address: string, family: number) => void,
): void => callback(null, hostname, isIPv6(hostname) ? 6 : 4);

/**
 * Opens a socket on one address, so that replies leave from the address that was asked. Neither reuseAddr nor
 * reusePort: a second relay on the same port must fail at its start and not take every other datagram.
 */
export function openSocket(
  address: string,
  port: number,
  serves: Service,
  parts: SocketParts,
): Promise<RelaySocket | FailedSocket> {
  const six = isIPv6(address);
  const socket = createSocket({ type: six ? 'udp6' : 'udp4', ipv6Only: six, lookup: noLookup });
  return new Promise((resolve) => {
    socket.once('error', (error) => {
      socket.close();
      const cause = causeOf(error);
      resolve({ address, port, fault: FAULTS[cause] ?? 'socket-failed', cause });
    });
    socket.bind({ address, port, exclusive: true }, () => {
      socket.removeAllListeners('error');
      resolve(listening(socket, address, serves, parts));
    });
  });
}

function listening(socket: Socket, address: string, serves: Service, parts: SocketParts): RelaySocket {
  const { port } = socket.address();
  const sent = (error: Error | null) => {
    if (error !== null) parts.unsent(causeOf(error));
  };
  const via: Via = {
    local: { address: canonicalAddress(address) ?? address, port },
    serves,
    send(reply, toPort, toAddress) {
      try {
        socket.send(reply, toPort, toAddress, sent);
      } catch (error) {
        // The socket was closed meanwhile: its address left the machine, or the relay stops.
        parts.unsent(causeOf(error));
      }
    },
  };
  try {
    socket.setRecvBufferSize(RECEIVE_BUFFER);
  } catch {
    // The default of the operating system has to do.
  }
  // Windows reports a client's closed port here (ECONNRESET); the socket goes on.
  socket.on('error', (error) => parts.failed(address, causeOf(error)));
  socket.on('message', (datagram, remote) => parts.receive(datagram, remote, via));
  return {
    address,
    port,
    serves,
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}

import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import type { Clock } from '../../relay-call/clock.ts';
import { type AccessReply, type ReplyRefusal, readReply } from './reply.ts';
import type { AccessRequest } from './request.ts';
import { type Retransmission, repeatTimes } from './retransmission.ts';

/** Where a request goes. */
export interface RadiusServer {
  /** A numeric address. */
  readonly address: string;
  readonly port: number;
}

/** What one request came to. Times are in milliseconds since the first transmission. */
export type Exchange =
  | {
      readonly kind: 'reply';
      readonly reply: AccessReply;
      readonly elapsed: number;
      readonly transmissions: number;
      readonly refused: readonly ReplyRefusal[];
    }
  | {
      readonly kind: 'silence';
      readonly elapsed: number;
      readonly transmissions: number;
      /** Why datagrams that came from the server were not taken as its reply. */
      readonly refused: readonly ReplyRefusal[];
    };

export interface ClientSurroundings {
  readonly clock: Clock;
  /** Numbers from 0 up to 1. */
  readonly random: () => number;
  /** Calls back after so many milliseconds, unless cancelled by the function it returns. */
  readonly after: (milliseconds: number, run: () => void) => () => void;
}

export interface RadiusClient {
  /** The address and port from which everything is sent. */
  readonly local: RadiusServer;
  /** Sends a request and its repeats: the same octets from the same port (RFC 5080 §2.2.1). */
  send(request: AccessRequest, to: RadiusServer, plan: Retransmission): Promise<Exchange>;
  /** Sends any octets once, without waiting for anything. */
  throwAway(octets: Buffer, to: RadiusServer): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens a RADIUS client on one UDP socket.
 *
 * @param from the address to send from; port 0 takes a free one
 * @throws the socket's error when the address is not of this machine
 */
export async function openClient(
  from: RadiusServer,
  surroundings: ClientSurroundings,
): Promise<RadiusClient> {
  const socket = await bind(from);
  const { address, port } = socket.address();
  const refuse = (error: Error): void => {
    for (const fail of failing) fail(error);
  };
  const failing = new Set<(error: Error) => void>();
  socket.on('error', refuse);

  return {
    local: { address, port },
    throwAway: (octets, to) => transmit(socket, octets, to),
    send: (request, to, plan) =>
      new Promise((resolve, reject) => {
        const { clock, random, after } = surroundings;
        const start = clock.monotonic();
        const refused: ReplyRefusal[] = [];
        let transmissions = 0;

        const finish = (exchange: () => void): void => {
          for (const cancel of timers) cancel();
          socket.off('message', receive);
          failing.delete(fail);
          exchange();
        };
        const fail = (error: Error): void => finish(() => reject(error));
        const outcome = () => ({ elapsed: clock.monotonic() - start, transmissions, refused });
        const receive = (datagram: Buffer, sender: RemoteInfo): void => {
          if (sender.address !== to.address || sender.port !== to.port) return;
          const reply = readReply(request, datagram);
          if (typeof reply === 'string') refused.push(reply);
          else finish(() => resolve({ kind: 'reply', reply, ...outcome() }));
        };
        const sendOnce = (): void => {
          transmissions += 1;
          transmit(socket, request.octets, to).catch(fail);
        };

        failing.add(fail);
        socket.on('message', receive);
        sendOnce();
        const timers = repeatTimes(plan, random).map((time) => after(time, sendOnce));
        timers.push(after(plan.duration, () => finish(() => resolve({ kind: 'silence', ...outcome() }))));
      }),
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}

/**
 * Opens a RADIUS client on the first of several addresses that this machine has, on a free port.
 *
 * @returns undefined when it has none of them
 */
export async function openFirst(
  addresses: readonly string[],
  surroundings: ClientSurroundings,
): Promise<RadiusClient | undefined> {
  for (const address of addresses) {
    try {
      return await openClient({ address, port: 0 }, surroundings);
    } catch (error) {
      if (!isAddressFault(error)) throw error;
    }
  }
  return undefined;
}

/** The timers of this process, for `ClientSurroundings.after`. */
export function afterTimeout(milliseconds: number, run: () => void): () => void {
  const timer = setTimeout(run, milliseconds);
  return () => clearTimeout(timer);
}

function bind(from: RadiusServer): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createSocket(isIPv6(from.address) ? 'udp6' : 'udp4');
    socket.once('error', (error) => {
      socket.close();
      reject(error);
    });
    socket.bind(from.port, from.address, () => {
      socket.removeAllListeners('error');
      resolve(socket);
    });
  });
}

function transmit(socket: Socket, octets: Buffer, to: RadiusServer): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.send(octets, to.port, to.address, (error) => (error ? reject(error) : resolve()));
  });
}

/** Windows and machines without IPv6 have codes of their own for an address that is not theirs. */
function isAddressFault(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT' || code === 'EINVAL';
}

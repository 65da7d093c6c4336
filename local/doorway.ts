import { connect, createServer, type Socket } from 'node:net';
import { listen } from './listen.ts';

/** A door on loopback before a server: what comes in goes through to it, octet for octet, while the door is open. */
export interface Doorway {
  /** The same for as long as the doorway is there. */
  readonly port: number;
  open(): Promise<void>;
  /** Connections are refused from now on, open ones broken off. The server behind notices nothing else. */
  shut(): Promise<void>;
}

/**
 * Opens a door on a free port. A server that keeps its state in memory cannot be ended to play an outage: it would
 * come back without it.
 *
 * @param server the port of 127.0.0.1 behind it
 */
export async function startDoorway(server: number): Promise<Doorway> {
  const passing = new Set<Socket>();
  const door = createServer({ allowHalfOpen: true }, (caller) => {
    const called = connect({ host: '127.0.0.1', port: server, allowHalfOpen: true });
    for (const [socket, other] of [
      [caller, called],
      [called, caller],
    ] as const) {
      passing.add(socket);
      socket.on('error', () => undefined);
      socket.once('close', (broken) => {
        passing.delete(socket);
        // An end has gone through by then; a break is told as one.
        if (broken) breakOff(other);
        else other.destroy();
      });
      socket.pipe(other);
    }
  });
  const port = await listen(door, '127.0.0.1', 0);
  let before: Promise<void> = Promise.resolve();
  /** One after the other: a door that is being shut cannot be opened. */
  function then(act: () => Promise<void>): Promise<void> {
    const acted = before.then(act);
    before = acted.catch(() => undefined);
    return acted;
  }

  return {
    port,
    open: () =>
      then(async () => {
        if (!door.listening) await listen(door, '127.0.0.1', port);
      }),
    shut: () =>
      then(async () => {
        if (!door.listening) return;
        const shut = new Promise<void>((resolve) => door.close(() => resolve()));
        for (const socket of passing) breakOff(socket);
        await shut;
      }),
  };
}

/** Node never closes a socket that is reset while its own end is on the way (`EINVAL`), nor then the process. */
function breakOff(socket: Socket): void {
  if (socket.destroyed) return;
  if (socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}

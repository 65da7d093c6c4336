import { createSocket, type Socket } from 'node:dgram';
import { judgeOf, type Verdict } from './answers.ts';
import { IDENTIFIERS, type Load } from './messages.ts';
import { buildPackets } from './packets.ts';

/** The packets of a load and the sockets that they leave from. */
export interface Batch {
  readonly count: number;
  send(index: number): void;
  /** Who hears of answers from now on; `index` is -1 for one with an identifier that nothing was sent with. */
  hear(listener: (index: number, verdict: Verdict) => void): void;
  close(): void;
}

/** Builds everything before anything is sent, so that none of it costs while time is taken. */
export async function openBatch(load: Load): Promise<Batch> {
  const { count, sockets: width } = load;
  const identifier = (index: number) => Math.floor(index / width) % IDENTIFIERS;
  const { octets, size } = buildPackets({ count, secret: load.secret, identifier });
  const judge = judgeOf(load);
  /** By socket and identifier, the packet that was sent last. */
  const holders = new Int32Array(width * IDENTIFIERS).fill(-1);
  let listener: (index: number, verdict: Verdict) => void = () => undefined;
  const packet = (index: number) => octets.subarray(index * size, (index + 1) * size);

  const sockets = await Promise.all(Array.from({ length: width }, () => connected(load.port)));
  for (const [at, socket] of sockets.entries()) {
    socket.on('message', (answer) => {
      const index = holders[at * IDENTIFIERS + (answer[1] ?? 0)] ?? -1;
      listener(index, index < 0 ? 'wrong' : judge(answer, packet(index)));
    });
  }

  return {
    count,
    send(index) {
      const at = index % width;
      holders[at * IDENTIFIERS + identifier(index)] = index;
      sockets[at]?.send(octets, index * size, size);
    },
    hear(next) {
      listener = next;
    },
    close() {
      for (const socket of sockets) socket.close();
    },
  };
}

/** Connected: the system looks up no address for each datagram, and hands on only what comes from that server. */
function connected(port: number): Promise<Socket> {
  const socket = createSocket('udp4');
  // A server that is not there is seen by its missing answers.
  socket.on('error', () => undefined);
  return new Promise((resolve) => socket.connect(port, '127.0.0.1', () => resolve(socket)));
}

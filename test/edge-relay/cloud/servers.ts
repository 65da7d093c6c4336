import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  createSecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type SecureServerOptions,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import { createServer as createHttps, type ServerOptions } from 'node:https';
import {
  type AddressInfo,
  connect,
  createServer as createTcp,
  type Server,
  type ServerOpts,
  type Socket,
} from 'node:net';
import { onTestFinished } from 'vitest';
import { PACKET_TYPE } from '../../../relay-call/media.ts';
import { packetOf } from '../../relay-call/packets.ts';
import { authority, certificate } from './certificates.ts';

/** Trusted by the tests' relays, and a certificate of it for localhost. */
export const ca = await authority();
export const pair = await certificate(ca);

/** The Accept for the request in a body. */
export const acceptFor = (body: Buffer) => packetOf({ code: 2, identifier: body.readUInt8(1) });

async function listen(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  );
  return (server.address() as AddressInfo).port;
}

export async function bodyOf(stream: AsyncIterable<unknown>): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of stream) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}

/** Answers with an Accept. */
export async function acceptStream(stream: ServerHttp2Stream): Promise<void> {
  const body = await bodyOf(stream);
  stream.respond({ ':status': 200, 'content-type': PACKET_TYPE });
  stream.end(acceptFor(body));
}

/** An HTTP/2 server, and its sessions so far. */
export async function http2Server(
  handle: (stream: ServerHttp2Stream, headers: { readonly [name: string]: unknown }) => unknown,
  options: SecureServerOptions = {},
) {
  const sessions: ServerHttp2Session[] = [];
  const server = createSecureServer({ ...pair, ...options });
  server.on('session', (session) => {
    sessions.push(session);
    session.on('error', () => {});
  });
  server.on('stream', (stream, headers) => {
    stream.on('error', () => {});
    handle(stream, headers);
  });
  const port = await listen(server);
  return { server, sessions, port, url: `https://localhost:${port}` };
}

/** Both protocols, as the client prefers. */
export async function bothServer(
  handle: (request: Http2ServerRequest, response: Http2ServerResponse) => unknown,
) {
  const port = await listen(createSecureServer({ ...pair, allowHTTP1: true }, handle));
  return { port, url: `https://localhost:${port}` };
}

/** An HTTP/1.1 server, and how many connections it has had. */
export async function http1Server(
  handle: (request: IncomingMessage, response: ServerResponse) => unknown,
  options: ServerOptions = {},
) {
  const server = createHttps({ ...pair, ...options }, handle);
  let connections = 0;
  server.on('secureConnection', () => {
    connections += 1;
  });
  const port = await listen(server);
  return {
    server,
    port,
    url: `https://localhost:${port}`,
    get connections() {
      return connections;
    },
  };
}

/** Anything at all that speaks TCP. */
export async function tcpServer(handle: (socket: Socket) => void, options: ServerOpts = {}) {
  const port = await listen(createTcp(options, handle));
  return { port, url: `https://localhost:${port}` };
}

/** A port that nobody listens on. */
export async function deadPort(): Promise<number> {
  const server = createTcp();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Passes octets on to a port of this host until it is told to forget its connections, as NAT does: silently. */
export async function forwarder(to: number) {
  const passed: { forget: boolean; cut(): void }[] = [];
  // What is forgotten ends without a sign, also when one side says that it ends.
  const halfOpen = { allowHalfOpen: true };
  const { port, url } = await tcpServer((near) => {
    const far = connect({ port: to, host: '127.0.0.1', ...halfOpen });
    const state = {
      forget: false,
      cut() {
        near.resetAndDestroy();
        far.resetAndDestroy();
      },
    };
    passed.push(state);
    for (const [from, into] of [
      [near, far],
      [far, near],
    ] as const) {
      from.on('error', () => {});
      from.on('data', (octets) => {
        if (!state.forget) into.write(octets);
      });
      from.on('end', () => {
        if (!state.forget) into.end();
      });
      from.on('close', () => {
        if (!state.forget) into.destroy();
      });
    }
    onTestFinished(() => {
      far.destroy();
    });
  }, halfOpen);
  return {
    port,
    url,
    /** Connections so far. */
    get connections() {
      return passed.length;
    },
    /** From now on the connections there are carry nothing, and nobody is told. */
    forget() {
      for (const state of passed) state.forget = true;
    },
    /** And what was forgotten works again. */
    remember() {
      for (const state of passed) state.forget = false;
    },
    /** Breaks the connections there are, and both sides are told. */
    cut() {
      for (const state of passed) state.cut();
    },
  };
}

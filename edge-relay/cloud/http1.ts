import type { ClientRequest, IncomingMessage } from 'node:http';
import { Agent, request as requestHttps } from 'node:https';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import type { Connection, Connector } from './connect.ts';
import type { CloudFault } from './faults.ts';
import {
  type Body,
  type Failed,
  finish,
  type Held,
  type Outcome,
  type Peer,
  STOPPED,
  type Transport,
  type TransportRequest,
  take,
  whole,
} from './transport.ts';

export interface Http1Options {
  /** `host` or `host:port`, for `Host`. */
  readonly authority: string;
  readonly connector: Connector;
  /** Connections at most, one for each call under way; further calls wait. */
  readonly maxSockets: number;
  /**
   * An unused connection is closed after so long (ms): HTTP/1.1 cannot ask whether it still lives, and a server
   * that closes it just as a call goes out breaks that call.
   */
  readonly unused: number;
}

/** Calls over HTTP/1.1 with keep-alive (RFC 9112): each has a connection to itself. */
export interface Http1 extends Transport {
  /** Uses a connection that was opened elsewhere. */
  adopt(connection: Connection): void;
}

/** A connection that could not be opened, on its way through Node's agent. */
class ConnectError extends Error {
  readonly failed: Failed;
  constructor(failed: Failed) {
    super(failed.code);
    this.failed = failed;
  }
}

/** See {@link Http1}. */
export function createHttp1(options: Http1Options): Http1 {
  const { authority, connector } = options;
  const agent = new Agent({
    keepAlive: true,
    maxFreeSockets: options.maxSockets,
    timeout: options.unused,
  });
  const peers = new WeakMap<Duplex, Peer>();
  const adopted: TLSSocket[] = [];
  /** Calls that wait for a connection of their own, oldest first. */
  const queue = new Set<Held>();
  /** Calls that have one, or one that is being opened. Node's agent does not count the latter. */
  const active = new Set<Held>();
  let closed = false;

  agent.createConnection = (_target, callback) => {
    const done = callback ?? (() => {});
    for (let socket = adopted.pop(); socket !== undefined; socket = adopted.pop())
      if (!socket.destroyed && socket.writable) return socket;
    connector.open(['http/1.1'], (result) => {
      if (result.kind === 'failed') {
        // The agent's types know no error without a stream; it looks at the error alone.
        done(new ConnectError(result), undefined as unknown as Duplex);
      } else {
        peers.set(result.socket, result.peer);
        done(null, result.socket);
      }
    });
    return undefined;
  };

  const pump = () => {
    for (const call of queue) {
      if (active.size >= options.maxSockets) return;
      queue.delete(call);
      start(call);
    }
  };

  const start = (call: Held) => {
    const { request } = call;
    active.add(call);
    let written = false;
    let peer: Peer | undefined;
    const http = requestHttps({ agent, method: request.method, path: request.path, setHost: false });
    request.stop = () => {
      finish(call, closed ? closing(written) : STOPPED);
      http.destroy();
    };
    http.on('socket', (socket) => {
      if (socket.destroyed || !socket.writable) return;
      const headers = call.settled ? undefined : request.headers();
      if (headers === undefined) {
        finish(call, STOPPED);
        http.destroy();
        return;
      }
      peer = peers.get(socket);
      written = true;
      send(http, authority, headers, request.body);
    });
    http.on('response', (response) =>
      receive(response, (body) => finish(call, answer(response, body, peer ?? NOBODY))),
    );
    http.on('error', (error) => finish(call, failureOf(error, written)));
    http.on('close', () => {
      finish(call, broken(written));
      // Only after this does Node give the connection back to the agent.
      setImmediate(() => {
        active.delete(call);
        pump();
      });
    });
  };

  const request = (request: TransportRequest) =>
    new Promise<Outcome>((settle) => {
      if (closed) return settle(closing(false));
      const call: Held = { request, settle, settled: false };
      request.stop = () => {
        queue.delete(call);
        finish(call, closed ? closing(false) : STOPPED);
      };
      queue.add(call);
      pump();
    });

  return {
    request,
    adopt(connection) {
      peers.set(connection.socket, connection.peer);
      adopted.push(connection.socket);
    },
    async close() {
      closed = true;
      for (const call of [...queue, ...active]) call.request.stop?.();
      agent.destroy();
      await connector.close();
    },
  };
}

const NOBODY: Peer = { address: '', subject: '', issuer: '', validTo: '', fingerprint256: '' };

function send(
  http: ClientRequest,
  authority: string,
  headers: { [name: string]: string },
  body: Uint8Array | undefined,
): void {
  http.setHeader('host', authority);
  for (const name in headers) http.setHeader(name, headers[name] ?? '');
  if (body === undefined) http.end();
  else http.end(body);
}

function receive(response: IncomingMessage, done: (body: Body) => void): void {
  const body: Body = { first: undefined, more: undefined, size: 0 };
  response.on('data', (piece: Buffer) => {
    if (take(body, piece)) return;
    done(body);
    response.destroy();
  });
  response.on('end', () => {
    if (response.complete) done(body);
  });
  response.on('error', () => {
    // The request's 'close' follows.
  });
}

function answer(response: IncomingMessage, body: Body, peer: Peer): Outcome {
  const { headers } = response;
  return {
    kind: 'answered',
    status: response.statusCode ?? 0,
    contentType: headers['content-type'],
    retryAfter: headers['retry-after'],
    date: headers.date,
    body: whole(body),
    protocol: 'http/1.1',
    peer,
  };
}

function broken(written: boolean): Failed {
  const code: CloudFault = written ? 'connection-broken' : 'connection-lost';
  return { kind: 'failed', code, begun: written };
}

function closing(written: boolean): Failed {
  return { kind: 'failed', code: 'relay-closing', begun: written };
}

/** A call that was never written to its connection cannot have begun; whether a written one has, nobody here knows. */
function failureOf(error: Error, written: boolean): Failed {
  return error instanceof ConnectError ? error.failed : broken(written);
}

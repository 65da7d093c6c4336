import type { IncomingMessage, ServerResponse } from 'node:http';
import { createSecureServer, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import { createServer } from 'node:https';
import type { Server } from 'node:tls';
import { PACKET_TYPE } from '../../../../relay-call/media.ts';
import type { ReceivedCall } from '../../../../relay-call/signature.ts';
import { acceptsOf } from './accept.ts';
import type { Gate } from './gate.ts';
import { STREAMS } from './messages.ts';
import type { Proof } from './proof.ts';

/** Where whoever is no relay gets a 204 for anything that is posted. */
const ACCEPT_PATH = '/accept';
/** Megabytes; the default ends a session of some thousand streams. */
const SESSION_MEMORY = 1_024;
/** Milliseconds. Nothing is to end a connection that a measurement left idle for a while. */
const IDLE = 600_000;

interface BackendParts {
  readonly key: string;
  readonly cert: string;
  readonly secret: string;
  readonly gate: Gate;
  readonly proven: Proof;
}

/** HTTP/2, for calls alone. */
export function http2Server({ key, cert, secret, gate, proven }: BackendParts): Server {
  const acceptFor = acceptsOf(secret);
  const server = createSecureServer({
    key,
    cert,
    settings: { maxConcurrentStreams: STREAMS },
    maxSessionMemory: SESSION_MEMORY,
  });

  function stream(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    stream.on('error', () => undefined);
    whenWhole(stream, (body) => {
      const received = () => ({
        call: callOf(headers[':method'], headers[':path'], headers, body),
        authority: authorityOf(server),
      });
      if (!proven(stream.session ?? stream, received)) {
        return void stream.respond({ ':status': 401 }, { endStream: true });
      }
      const answer = () => {
        if (stream.destroyed) return;
        stream.respond({ ':status': 200, 'content-type': PACKET_TYPE });
        stream.end(acceptFor(body));
      };
      gate.enter(answer);
      if (!stream.writableEnded) stream.on('close', () => gate.leave(answer));
    });
  }

  server.on('stream', stream);
  server.on('session', (session) => session.on('error', () => undefined));
  return server;
}

/** HTTP/1.1, for calls and for `/accept`. */
export function http1Server({ key, cert, secret, gate, proven }: BackendParts): Server {
  const acceptFor = acceptsOf(secret);

  function request(request: IncomingMessage, response: ServerResponse): void {
    const { method, url, headers, socket } = request;
    whenWhole(request, (body) => {
      if (url === ACCEPT_PATH) return void response.writeHead(204).end();
      const received = () => ({ call: callOf(method, url, headers, body), authority: authorityOf(server) });
      if (!proven(socket, received)) {
        return void response.writeHead(401).end();
      }
      const answer = () => {
        if (response.destroyed) return;
        const accept = acceptFor(body);
        response.writeHead(200, { 'content-type': PACKET_TYPE, 'content-length': accept.length }).end(accept);
      };
      gate.enter(answer);
      if (!response.writableEnded) response.on('close', () => gate.leave(answer));
    });
  }

  const server = createServer(
    { key, cert, keepAliveTimeout: IDLE, requestTimeout: 0, headersTimeout: 0 },
    request,
  );
  return server;
}

/** The name that relays are told. */
function authorityOf(server: Server): string {
  const address = server.address();
  return typeof address === 'object' && address !== null ? `localhost:${address.port}` : '';
}

function callOf(
  method = '',
  target = '',
  headers: Readonly<Record<string, string | string[] | undefined>>,
  body: Buffer,
): ReceivedCall {
  const [path = '', ...query] = target.split('?');
  return {
    method,
    path,
    query: query.join('?'),
    header(name) {
      const value = headers[name];
      return typeof value === 'object' ? value.join(', ') : value;
    },
    body,
  };
}

/** Almost always one piece. */
function whenWhole(from: ServerHttp2Stream | IncomingMessage, then: (body: Buffer) => void): void {
  let whole: Buffer | undefined;
  from.on('data', (piece: Buffer) => {
    whole = whole === undefined ? piece : Buffer.concat([whole, piece]);
  });
  from.on('end', () => then(whole ?? Buffer.alloc(0)));
}

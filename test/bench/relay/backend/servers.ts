import type { IncomingMessage, ServerResponse } from 'node:http';
import { createSecureServer, type ServerHttp2Stream } from 'node:http2';
import { createServer } from 'node:https';
import type { Server } from 'node:tls';
import { CALL_PATH, PACKET_TYPE } from '../../../../relay-call/media.ts';
import { acceptsOf } from './accept.ts';
import type { Gate } from './gate.ts';

/** Where whoever is no relay gets a 204 for anything that is posted. */
const ACCEPT_PATH = '/accept';
/** As Kestrel, which stands before the functions in Azure. */
const STREAMS = 100;
/** Megabytes; the default ends a session of some thousand streams. */
const SESSION_MEMORY = 1_024;
/** Milliseconds. Nothing is to end a connection that a measurement left idle for a while. */
const IDLE = 600_000;

/** The two servers of the null backend, which differ in the protocol alone. Neither looks at a signature. */
export function backendServers(x: { key: string; cert: string; secret: string; gate: Gate }): {
  http2: Server;
  http1: Server;
} {
  const { key, cert, gate } = x;
  const acceptFor = acceptsOf(x.secret);

  function stream(stream: ServerHttp2Stream, path: unknown): void {
    stream.on('error', () => undefined);
    if (path !== CALL_PATH && path !== ACCEPT_PATH) {
      stream.respond({ ':status': 404 }, { endStream: true });
      return;
    }
    whenWhole(stream, (body) => {
      const answer = () => {
        if (stream.destroyed) return;
        if (path === ACCEPT_PATH) return stream.respond({ ':status': 204 }, { endStream: true });
        stream.respond({ ':status': 200, 'content-type': PACKET_TYPE });
        stream.end(acceptFor(body));
      };
      gate.enter(answer);
      if (!stream.writableEnded) stream.on('close', () => gate.leave(answer));
    });
  }

  function request(request: IncomingMessage, response: ServerResponse): void {
    const { url } = request;
    if (url !== CALL_PATH && url !== ACCEPT_PATH) return void response.writeHead(404).end();
    whenWhole(request, (body) => {
      const answer = () => {
        if (response.destroyed) return;
        if (url === ACCEPT_PATH) return void response.writeHead(204).end();
        const accept = acceptFor(body);
        response.writeHead(200, { 'content-type': PACKET_TYPE, 'content-length': accept.length }).end(accept);
      };
      gate.enter(answer);
      if (!response.writableEnded) response.on('close', () => gate.leave(answer));
    });
  }

  const http2 = createSecureServer({
    key,
    cert,
    settings: { maxConcurrentStreams: STREAMS },
    maxSessionMemory: SESSION_MEMORY,
  });
  http2.on('stream', (opened, headers) => stream(opened, headers[':path']));
  http2.on('session', (session) => session.on('error', () => undefined));
  const http1 = createServer(
    { key, cert, keepAliveTimeout: IDLE, requestTimeout: 0, headersTimeout: 0 },
    request,
  );
  return { http2, http1 };
}

/** Almost always one piece. */
function whenWhole(from: ServerHttp2Stream | IncomingMessage, then: (body: Buffer) => void): void {
  let whole: Buffer | undefined;
  from.on('data', (piece: Buffer) => {
    whole = whole === undefined ? piece : Buffer.concat([whole, piece]);
  });
  from.on('end', () => then(whole ?? Buffer.alloc(0)));
}

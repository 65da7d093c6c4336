import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { buffer } from 'node:stream/consumers';
import { listen } from '../../../../../local/listen.ts';

/** One request as it came. */
export interface Received {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** What the server does with a request, once its body is there. */
export type Answer = (response: ServerResponse, request: Received) => void | Promise<void>;

export interface ConnectorServer {
  readonly url: string;
  readonly received: readonly Received[];
  /** Connections so far. */
  connections(): number;
  /** Resolves at the next request. */
  asked(): Promise<void>;
  /** Resolves when the caller of a request has gone before its answer. */
  gone(): Promise<void>;
  close(): Promise<void>;
}

/** A connector by hand: the answers in turn, the last for all that follow. */
export async function connectorServer(
  answers: readonly Answer[],
  tls?: { readonly key: string; readonly cert: string },
): Promise<ConnectorServer> {
  const received: Received[] = [];
  const next = Promise.withResolvers<void>();
  const left = Promise.withResolvers<void>();
  let connections = 0;

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '', headers } = request;
    const body = (await buffer(request)).toString();
    const one = { method, url, headers, body };
    received.push(one);
    response.on('close', () => {
      if (!response.writableFinished) left.resolve();
    });
    next.resolve();
    await answers[Math.min(received.length, answers.length) - 1]?.(response, one);
  }
  const listener: RequestListener = (request, response) => {
    serve(request, response).catch(() => request.socket.destroy());
  };
  const server = tls ? createSecureServer(tls, listener) : createServer(listener);
  server.on('connection', () => {
    connections += 1;
  });
  const port = await listen(server, '127.0.0.1', 0);

  return {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}/StrongAuthenticationService.svc/Connector`,
    received,
    connections: () => connections,
    asked: () => next.promise,
    gone: () => left.promise,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Answers at once, by default with 200. */
export function says(body: string | Buffer, status = 200, headers: Record<string, string> = {}): Answer {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/xml', ...headers }).end(body);
  };
}

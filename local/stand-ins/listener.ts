import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { listen as bind } from '../listen.ts';

/** PEM. */
export interface TlsMaterial {
  readonly key: string;
  readonly cert: string;
}

/** One request, as far as a stand-in looks at it. */
export interface Call {
  readonly method: string;
  /** Path segments, decoded; a trailing slash leaves no empty one. */
  readonly path: readonly string[];
  /** Names and values decoded: `api%2Dversion` is `api-version`. */
  readonly query: URLSearchParams;
  header(name: string): string | undefined;
}

export interface JsonAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
}

export interface Listener {
  /** `http[s]://host:port`, known once it has accepted; the port stays the same from then on. */
  url(): string;
  /** Opens the port. Throws what the system says, for example EADDRINUSE. */
  accept(): Promise<void>;
  /** Closes the port: connections are refused, open ones broken off. */
  refuse(): Promise<void>;
}

/** Serves a stand-in on one address, once told to accept; port 0 takes a free one. Bodies are read and dropped, answers are JSON. */
export function listener(x: {
  readonly host: string;
  readonly port: number;
  readonly tls?: TlsMaterial;
  readonly answer: (call: Call) => Promise<JsonAnswer | 'reset'>;
}): Listener {
  const serve: RequestListener = (request, response) => {
    respond(request, response, x.answer).catch(() => request.socket.destroy());
  };
  const server = x.tls ? createSecureServer(x.tls, serve) : createServer(serve);
  let port = x.port;

  async function accept(): Promise<void> {
    if (!server.listening) port = await bind(server, x.host, port);
  }

  function refuse(): Promise<void> {
    if (!server.listening) return Promise.resolve();
    return new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  }

  const shownHost = x.host.includes(':') ? `[${x.host}]` : x.host;
  return { url: () => `${x.tls ? 'https' : 'http'}://${shownHost}:${port}`, accept, refuse };
}

async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  answer: (call: Call) => Promise<JsonAnswer | 'reset'>,
): Promise<void> {
  request.resume();
  const call = readCall(request);
  const answered = call ? await answer(call) : { status: 400, body: { error: { code: 'BadRequest' } } };
  if (answered === 'reset') {
    request.socket.destroy();
    return;
  }
  const body = Buffer.from(JSON.stringify(answered.body));
  response.writeHead(answered.status, {
    ...answered.headers,
    'content-type': 'application/json; charset=utf-8',
    'content-length': body.length,
  });
  response.end(body);
}

function readCall(request: IncomingMessage): Call | undefined {
  const url = URL.parse(request.url ?? '', 'http://stand-in');
  if (url?.host !== 'stand-in') return undefined;
  try {
    return {
      method: request.method ?? '',
      path: url.pathname
        .replace(/^\/|\/$/g, '')
        .split('/')
        .map(decodeURIComponent),
      query: url.searchParams,
      header: (name) => {
        const value = request.headers[name];
        return Array.isArray(value) ? value.join(', ') : value;
      },
    };
  } catch {
    return undefined;
  }
}

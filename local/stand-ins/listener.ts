import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { pipeline } from 'node:stream/promises';
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
  /** At most 64 KiB unless its listener takes more; what is longer is answered with 413 before a stand-in sees it. */
  readonly body: Buffer;
  /** Aborts when the caller has gone before it was answered. */
  readonly signal: AbortSignal;
}

export interface JsonAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** An answer of another type than JSON. */
export interface RawAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly contentType: string;
  /** Text is sent as UTF-8. Parts are sent as they come, without a length; where they throw, the connection breaks. */
  readonly octets: Buffer | string | AsyncIterable<Uint8Array>;
}

/** What a stand-in does with a call; `reset` breaks its connection off. */
export type Answer = JsonAnswer | RawAnswer | 'reset';

export interface Listener {
  /** `http[s]://host:port`, known once it has accepted; the port stays the same from then on. */
  url(): string;
  /** Opens the port. Throws what the system says, for example EADDRINUSE. */
  accept(): Promise<void>;
  /** Closes the port: connections are refused, open ones broken off. */
  refuse(): Promise<void>;
}

/** Serves a stand-in on one address, once told to accept; port 0 takes a free one. */
export function listener(x: {
  readonly host: string;
  readonly port: number;
  readonly tls?: TlsMaterial;
  /** Of a call's body, in octets. Default 64 KiB. */
  readonly longestBody?: number;
  readonly answer: (call: Call) => Promise<Answer>;
}): Listener {
  const { longestBody = 65_536 } = x;
  const serve: RequestListener = (request, response) => {
    respond(request, response, longestBody, x.answer).catch(() => request.socket.destroy());
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
  longestBody: number,
  answer: (call: Call) => Promise<Answer>,
): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) gone.abort();
  });
  const body = await readBody(request, longestBody);
  if (body === undefined) {
    // What is still on its way is not read, so the connection cannot be used again.
    await send(response, {
      status: 413,
      headers: { connection: 'close' },
      body: { error: { code: 'TooLarge' } },
    });
    return;
  }
  const call = readCall(request, body, gone.signal);
  const answered = call ? await answer(call) : { status: 400, body: { error: { code: 'BadRequest' } } };
  if (answered === 'reset') request.socket.destroy();
  else await send(response, answered);
}

async function send(response: ServerResponse, answer: JsonAnswer | RawAnswer): Promise<void> {
  const { contentType, octets } =
    'octets' in answer
      ? answer
      : { contentType: 'application/json; charset=utf-8', octets: JSON.stringify(answer.body) };
  const headers = { ...answer.headers, 'content-type': contentType };
  if (typeof octets === 'string' || Buffer.isBuffer(octets)) {
    const body = Buffer.from(octets);
    response.writeHead(answer.status, { ...headers, 'content-length': body.length }).end(body);
    return;
  }
  response.writeHead(answer.status, headers);
  await pipeline(octets, response);
}

/** Undefined when it is too long. Rejects when the caller breaks it off. */
async function readBody(request: IncomingMessage, longestBody: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  // Leaving the loop must not destroy the socket, which the 413 is still to go through.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    length += chunk.length;
    if (length > longestBody) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function readCall(request: IncomingMessage, body: Buffer, signal: AbortSignal): Call | undefined {
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
      body,
      signal,
    };
  } catch {
    return undefined;
  }
}

import { Agent } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import { constants, createSecureServer } from 'node:http2';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { listen } from '../listen.ts';
import { forward } from './forward.ts';
import { createInstances } from './instances.ts';
import type { Page } from './pages.ts';
import { PAGES } from './pages.ts';

/** The limits of the address. */
export interface FrontEndLimits {
  /** Octets of a request's body. */
  readonly body: number;
  /** Calls on one instance at a time. */
  readonly concurrency: number;
  /** Calls that may wait for a place. */
  readonly queue: number;
  /** Milliseconds from a call's arrival to its answer. */
  readonly time: number;
}

/**
 * Those of the platform: 230 s are its load balancer's; 100 at a time is what our own infrastructure asks for;
 * the rest is chosen to be seen early, since a call of ours is 4 KB at most.
 */
export const PLATFORM_LIMITS: FrontEndLimits = { body: 65_536, concurrency: 100, queue: 1000, time: 230_000 };

/** The running address. */
export interface FrontEnd {
  readonly port: number;
  /** Says on which loopback ports the app's instances listen now. */
  setInstances(ports: readonly number[]): void;
  /** Breaks off what is left and closes. */
  close(): Promise<void>;
}

/** Kestrel's limit of streams on one connection, which Azure's own front end announces too. */
const streamsPerSession = 100;
/**
 * In megabytes. With Node's default of 10 a session that holds some ten thousand streams is dropped whole, and
 * every sign-in on it with it.
 */
const maxSessionMemory = 1000;

/**
 * HTTPS on loopback, HTTP/2 or HTTP/1.1 as the caller chooses by ALPN, in front of one or several functions
 * hosts. What the platform answers itself is an HTML page. A call whose instance dies is broken off.
 */
export async function startFrontEnd(x: {
  key: string;
  cert: string;
  port: number;
  limits: FrontEndLimits;
  /** Calls back after a time in milliseconds; returns what takes it back. */
  after(delay: number, then: () => void): () => void;
}): Promise<FrontEnd> {
  const { limits } = x;
  const instances = createInstances(limits);
  const agent = new Agent({ keepAlive: true, maxFreeSockets: limits.concurrency });
  const sockets = new Set<Socket>();
  const server = createSecureServer(
    {
      key: x.key,
      cert: x.cert,
      allowHTTP1: true,
      maxSessionMemory,
      settings: { maxConcurrentStreams: streamsPerSession },
    },
    (request, response) => {
      answer(request, response).catch(() => breakOff(request));
    },
  );
  server.on('secureConnection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    // A peer that resets its connection is no matter of the server's.
    socket.on('error', () => undefined);
  });
  server.on('sessionError', () => undefined);

  async function answer(request: Http2ServerRequest, response: Http2ServerResponse): Promise<void> {
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    request.on('error', () => gone.abort());
    response.on('error', () => gone.abort());
    // The caller's part is over before its call may be: addresses are read while the socket is there.
    const from = { address: request.socket.remoteAddress ?? '', port: request.socket.remotePort ?? 0 };
    const tlsVersion = protocolOf(request.socket);
    const host = request.authority || request.headers.host;
    if (!host) return show(response, PAGES.badRequest);
    const late = new AbortController();
    const { promise: timeUp, resolve: endTime } = Promise.withResolvers<'late'>();
    const cancel = x.after(limits.time, () => {
      late.abort();
      endTime('late');
    });
    try {
      const body = await Promise.race([readBody(request, limits.body), timeUp]);
      if (body === 'late') return show(response, PAGES.timeLimit);
      if (body === 'broken') return;
      if (body === 'too-large') return show(response, PAGES.tooLarge);
      const arrived = {
        method: request.method,
        path: request.url,
        host,
        rawHeaders: request.rawHeaders,
        body,
        from,
        tlsVersion,
      };
      const signal = AbortSignal.any([gone.signal, late.signal]);
      const place = await instances.take(signal);
      if (gone.signal.aborted) return;
      if (place === 'gone') return show(response, PAGES.timeLimit);
      if (place === 'no-host') return show(response, PAGES.noHost);
      if (place === 'busy') return show(response, PAGES.busy);
      const outcome = await forward(arrived, place.port, agent, signal).finally(place.release);
      if (gone.signal.aborted) return;
      if (outcome.kind === 'answer') {
        response.writeHead(outcome.status, outcome.headers);
        response.end(outcome.body);
      } else if (late.signal.aborted) show(response, PAGES.timeLimit);
      else if (outcome.kind === 'not-connected') show(response, PAGES.noHost);
      else breakOff(request);
    } finally {
      cancel();
    }
  }

  const port = await listen(server, '127.0.0.1', x.port);
  return {
    port,
    setInstances: (ports) => instances.set(ports),
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      agent.destroy();
      await closed;
    },
  };
}

/** No answer and no excuse: a reset of the stream over HTTP/2, the end of the connection over HTTP/1.1. */
function breakOff(request: Http2ServerRequest): void {
  if (request.httpVersionMajor >= 2) request.stream.close(constants.NGHTTP2_INTERNAL_ERROR);
  else request.socket.destroy();
}

function show(response: Http2ServerResponse, page: Page): void {
  const body = Buffer.from(page.body);
  response.writeHead(page.status, {
    'content-type': 'text/html; charset=utf-8',
    'content-length': body.length,
  });
  response.end(body);
}

async function readBody(
  request: Http2ServerRequest,
  limit: number,
): Promise<Buffer | 'too-large' | 'broken'> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of request) {
      length += chunk.length;
      // What is over the limit is read on but not kept, so that the caller gets to see the answer.
      if (length <= limit) chunks.push(chunk);
      else if (length > limit * 16) return 'too-large';
    }
  } catch {
    return 'broken';
  }
  return length > limit ? 'too-large' : Buffer.concat(chunks);
}

function protocolOf(socket: Socket | TLSSocket): string {
  return 'getProtocol' in socket ? (socket.getProtocol()?.replace('TLSv', '') ?? '') : '';
}

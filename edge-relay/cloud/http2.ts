import type { ClientHttp2Stream, IncomingHttpHeaders } from 'node:http2';
import { constants } from 'node:http2';
import type { Session } from './session.ts';
import { createSessions, type SessionsOptions } from './sessions.ts';
import {
  type Body,
  type Failed,
  finish,
  type Held,
  type Outcome,
  STOPPED,
  type Transport,
  take,
  whole,
} from './transport.ts';

const { NGHTTP2_CANCEL, NGHTTP2_REFUSED_STREAM } = constants;
const WITH_BODY = { endStream: false };
const WITHOUT_BODY = { endStream: true };

/** One call, from the queue to its outcome. */
interface Exchange extends Body, Held {
  session: Session | undefined;
  response: IncomingHttpHeaders | undefined;
}

/** The listeners are shared by all streams and find their call here: five closures less for each waiting sign-in. */
const EXCHANGE = Symbol('exchange');
type Stream = ClientHttp2Stream & { [EXCHANGE]?: Exchange | undefined };

export interface Http2Options extends Omit<SessionsOptions, 'changed' | 'failed'> {
  /** `host` or `host:port`, for `:authority`. */
  readonly authority: string;
}

/** Calls over HTTP/2 (RFC 9113): each a stream, many to a connection. */
export function createHttp2(options: Http2Options): Transport {
  const { authority } = options;
  /** Calls without a stream yet, oldest first. */
  const queue = new Set<Exchange>();

  const pump = () => {
    for (const exchange of queue) {
      const session = sessions.withRoom();
      if (session === undefined) break;
      queue.delete(exchange);
      send(session, exchange);
    }
    if (queue.size > 0) sessions.want(queue.size);
  };

  const failQueue = (outcome: Outcome) => {
    for (const exchange of [...queue]) {
      queue.delete(exchange);
      finish(exchange, outcome);
    }
  };

  const sessions = createSessions({ ...options, changed: pump, failed: failQueue });

  const send = (session: Session, exchange: Exchange) => {
    const { request } = exchange;
    const headers = request.headers();
    if (headers === undefined) return finish(exchange, STOPPED);
    const { method, path, body } = request;
    const list = [':method', method, ':scheme', 'https', ':authority', authority, ':path', path];
    for (const name in headers) list.push(name, headers[name] ?? '');
    const stream: Stream = session.h2.request(list, body === undefined ? WITHOUT_BODY : WITH_BODY);
    // They are on their way; Node would keep 2 KB of them for as long as somebody looks at a phone.
    list.length = 0;
    stream[EXCHANGE] = exchange;
    exchange.session = session;
    sessions.opened(session);
    request.stop = () => {
      finish(exchange, STOPPED);
      stream.close(NGHTTP2_CANCEL);
    };
    stream.on('response', onResponse);
    stream.on('data', onData);
    stream.on('end', onEnd);
    stream.on('error', onError);
    stream.on('close', onClose);
    if (body !== undefined) stream.end(body);
  };

  function onResponse(this: Stream, headers: IncomingHttpHeaders) {
    const exchange = this[EXCHANGE];
    if (exchange === undefined) return;
    exchange.response = headers;
    if (exchange.session !== undefined) sessions.heard(exchange.session);
  }

  function onData(this: Stream, piece: Buffer) {
    const exchange = this[EXCHANGE];
    if (exchange === undefined || exchange.settled || take(exchange, piece)) return;
    answered(exchange);
    this.close(NGHTTP2_CANCEL);
  }

  function onEnd(this: Stream) {
    // Node ends a broken stream too; its 'close' comes with the reason.
    const exchange = this[EXCHANGE];
    if (exchange?.session?.h2.destroyed === false && this.rstCode === 0) answered(exchange);
  }

  function onError() {
    // Without a listener Node would throw. What went wrong is judged when 'close' follows.
  }

  function onClose(this: Stream) {
    const exchange = this[EXCHANGE];
    if (exchange?.session === undefined) return;
    const { session } = exchange;
    this[EXCHANGE] = undefined;
    finish(exchange, failureOf(session, exchange, this.id, this.rstCode));
    sessions.closed(session);
  }

  const answered = (exchange: Exchange) => {
    const { response, session } = exchange;
    if (response === undefined || session === undefined) return;
    finish(exchange, {
      kind: 'answered',
      status: Number(response[':status'] ?? 0),
      contentType: response['content-type'],
      retryAfter: response['retry-after'],
      date: response.date,
      body: whole(exchange),
      protocol: 'h2',
      peer: session.peer,
    });
  };

  return {
    request: (request) =>
      new Promise((settle) => {
        const exchange: Exchange = {
          request,
          settle,
          settled: false,
          session: undefined,
          response: undefined,
          first: undefined,
          more: undefined,
          size: 0,
        };
        request.stop = () => {
          queue.delete(exchange);
          finish(exchange, STOPPED);
        };
        const session = queue.size === 0 ? sessions.withRoom() : undefined;
        if (session !== undefined) return send(session, exchange);
        queue.add(exchange);
        pump();
      }),
    async close() {
      const done = sessions.close();
      failQueue({ kind: 'failed', code: 'relay-closing', begun: false });
      await done;
    },
  };
}

/**
 * Whether the functions can have begun (RFC 9113 §8.7): not when the stream was refused, nor when it lies above the
 * last one that a GOAWAY names. `rst` is the session's own error when the whole session ended with one.
 */
function failureOf(session: Session, exchange: Exchange, id: number | undefined, rst: number): Failed {
  const refused =
    exchange.response === undefined &&
    (id === undefined || id > session.lastStream || (rst === NGHTTP2_REFUSED_STREAM && !session.goneInError));
  if (refused) return { kind: 'failed', code: 'stream-refused', begun: false };
  return {
    kind: 'failed',
    code: session.end ?? (session.h2.destroyed ? 'connection-broken' : 'stream-reset'),
    begun: true,
  };
}

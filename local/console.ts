import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { createServer } from 'node:http';
import { phoneControl, phonePage } from './console-phone.ts';
import { type Reply, type Routes, refusal, send } from './console-reply.ts';
import { StartRefused } from './faults.ts';
import { listen } from './listen.ts';
import type { PhoneControl } from './running-bridge.ts';

/** A control server on loopback, for programs of the same user. */
export interface Console {
  readonly url: string;
  close(): Promise<void>;
}

/** What the console answers with and acts on. */
export interface ConsoleParts {
  /** TCP port; 0 takes a free one. */
  readonly port: number;
  /** What callers must bring as a bearer token; it stands in the run file, which only this user can read. */
  readonly token: string;
  state(): object;
  decisions(): readonly unknown[];
  counts(): Promise<object>;
  stopFunctions(): Promise<void>;
  startFunctions(): Promise<void>;
  stopGraph(): Promise<void>;
  startGraph(): Promise<void>;
  readonly phone: PhoneControl;
}

/**
 * Serves the phone's page, and all JSON: `GET /phone`, `POST /phone/answer`; and with the token `POST /phone/mode`,
 * `GET /state`, `GET /counts`, `GET /decisions`, `POST /functions/stop` and `/start`, `POST /graph/stop` and `/start`.
 * `/state` holds shared secrets. A Host other than loopback's is refused always: a page in a browser whose name was pointed at
 * 127.0.0.1 gets nothing.
 *
 * @throws StartRefused `port-taken`
 */
export async function startConsole(parts: ConsoleParts): Promise<Console> {
  const trusts = (request: IncomingMessage) =>
    sameText(request.headers.authorization ?? '', `Bearer ${parts.token}`);
  const ok = (body: object): Reply => ({ status: 200, body });
  const page = await phonePage(parts.phone, trusts);
  const routes: Routes = {
    ...phoneControl(parts.phone),
    'GET /state': async () => ok(parts.state()),
    'GET /counts': async () => ok(await parts.counts()),
    'GET /decisions': async () => ok({ decisions: parts.decisions() }),
    'POST /functions/stop': async () => {
      await parts.stopFunctions();
      return ok({ functions: 'stopped' });
    },
    'POST /functions/start': async () => {
      await parts.startFunctions();
      return ok({ functions: 'running' });
    },
    'POST /graph/stop': async () => {
      await parts.stopGraph();
      return ok({ graph: 'stopped' });
    },
    'POST /graph/start': async () => {
      await parts.startGraph();
      return ok({ graph: 'running' });
    },
  };
  let port = 0;

  async function answer(request: IncomingMessage): Promise<Reply> {
    if (![`127.0.0.1:${port}`, `localhost:${port}`].includes(request.headers.host ?? '')) {
      return refusal(421, 'This console answers only as 127.0.0.1 or localhost.');
    }
    const open = routeOf(page, request);
    if (open) return open(request);
    if (!trusts(request)) {
      const headers = { 'www-authenticate': 'Bearer' };
      return { ...refusal(401, 'The token of the run file is missing.'), headers };
    }
    const route = routeOf(routes, request);
    return route ? route(request) : refusal(404, 'There is no such page.');
  }

  const server = createServer((request, response) => {
    answer(request)
      .catch((error) => refusal(500, String(error)))
      .then((reply) => {
        send(response, reply);
        request.resume();
      })
      .catch(() => request.socket.destroy());
  });
  port = await listen(server, '127.0.0.1', parts.port).catch((error: NodeJS.ErrnoException) => {
    throw new StartRefused(
      'port-taken',
      `TCP port ${parts.port} of 127.0.0.1 (${error.code}). Choose another one (--console-port 0 takes any that is free).`,
    );
  });
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

function routeOf(routes: Routes, { method, url }: IncomingMessage): Routes[string] | undefined {
  const line = `${method} ${url}`;
  return Object.hasOwn(routes, line) ? routes[line] : undefined;
}

function sameText(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

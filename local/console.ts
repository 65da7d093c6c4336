import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { StartRefused } from './faults.ts';
import { listen } from './listen.ts';

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
}

/**
 * Serves `GET /state`, `GET /counts`, `GET /decisions`, `POST /functions/stop` and `POST /functions/start`, all JSON.
 * `/state` holds shared secrets, so every call needs the token, and a Host other than loopback's is refused: a page
 * in a browser whose name was pointed at 127.0.0.1 gets nothing.
 *
 * @throws StartRefused `port-taken`
 */
export async function startConsole(parts: ConsoleParts): Promise<Console> {
  const routes: Readonly<Record<string, () => Promise<object>>> = {
    'GET /state': async () => parts.state(),
    'GET /counts': parts.counts,
    'GET /decisions': async () => ({ decisions: parts.decisions() }),
    'POST /functions/stop': async () => {
      await parts.stopFunctions();
      return { functions: 'stopped' };
    },
    'POST /functions/start': async () => {
      await parts.startFunctions();
      return { functions: 'running' };
    },
  };
  let port = 0;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    request.resume();
    if (![`127.0.0.1:${port}`, `localhost:${port}`].includes(request.headers.host ?? '')) {
      return end(response, 421, { error: 'This console answers only as 127.0.0.1 or localhost.' });
    }
    if (!sameText(request.headers.authorization ?? '', `Bearer ${parts.token}`)) {
      response.setHeader('www-authenticate', 'Bearer');
      return end(response, 401, { error: 'The token of the run file is missing.' });
    }
    const route = Object.hasOwn(routes, `${request.method} ${request.url}`)
      ? routes[`${request.method} ${request.url}`]
      : undefined;
    if (!route) return end(response, 404, { error: 'There is no such page.' });
    end(response, 200, await route());
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((error) => end(response, 500, { error: String(error) }));
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

function end(response: ServerResponse, status: number, body: object): void {
  const octets = Buffer.from(JSON.stringify(body));
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': octets.length,
    'cache-control': 'no-store',
  });
  response.end(octets);
}

function sameText(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

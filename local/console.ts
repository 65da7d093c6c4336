import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { createServer } from 'node:http';
import { phoneControl, phonePage } from './console-phone.ts';
import { type Reply, type Routes, refusal, send } from './console-reply.ts';
import { StartRefused } from './faults.ts';
import { listen } from './listen.ts';
import type { PhoneControl } from './running-bridge.ts';
import { StoreInMemory } from './store.ts';

/** A control server on loopback, for programs of the same user. */
export interface Console {
  readonly url: string;
  close(): Promise<void>;
}

/** Both may reject with StoreInMemory, where there is nothing to stop. */
interface Switch {
  stop(): Promise<void>;
  start(): Promise<void>;
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
  /** What can be stopped and started, by its name in the path. */
  readonly switches: Readonly<Record<string, Switch>>;
  telemetry(): Promise<readonly object[]>;
  readonly phone: PhoneControl;
}

/**
 * Serves the phone's page, and all JSON: `GET /phone`, `POST /phone/answer`; and with the token `POST /phone/mode`,
 * `GET /state`, `GET /counts`, `GET /decisions`, `GET /telemetry`, `POST /functions/stop` and `/start`, and the same of
 * `/graph` and `/store`. `/state` holds shared secrets. A Host other than loopback's is refused always: a page in a browser whose name was pointed at
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
    'GET /telemetry': async () => ok({ items: await parts.telemetry() }),
    ...Object.fromEntries(Object.entries(parts.switches).flatMap(([name, one]) => switchRoutes(name, one))),
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
    return route ? route(request) : unknown({ ...page, ...routes }, request);
  }

  const server = createServer((request, response) => {
    answer(request)
      .catch((error) =>
        error instanceof StoreInMemory ? refusal(409, error.message) : refusal(500, String(error)),
      )
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

function switchRoutes(name: string, { stop, start }: Switch): Array<[string, Routes[string]]> {
  const route = (act: () => Promise<void>, state: string) => async (): Promise<Reply> => {
    await act();
    return { status: 200, body: { [name]: state } };
  };
  return [
    [`POST /${name}/stop`, route(stop, 'stopped')],
    [`POST /${name}/start`, route(start, 'running')],
  ];
}

function routeOf(routes: Routes, { method, url }: IncomingMessage): Routes[string] | undefined {
  const line = `${method} ${url}`;
  return Object.hasOwn(routes, line) ? routes[line] : undefined;
}

/** A path that another method has is told with it: 405, or 404. */
function unknown(routes: Routes, { method, url }: IncomingMessage): Reply {
  const wanted = ['GET', 'POST'].find((other) => Object.hasOwn(routes, `${other} ${url}`));
  if (wanted === undefined) return refusal(404, 'There is no such page.');
  return {
    ...refusal(405, `This page wants ${wanted}, not ${method}.`),
    headers: { allow: wanted },
  };
}

function sameText(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

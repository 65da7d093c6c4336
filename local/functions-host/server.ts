import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { HttpData, TypedData } from './core.ts';
import type { Gate } from './gate.ts';
import type { App, Triggered } from './invoke.ts';
import { invoke } from './invoke.ts';
import type { Route } from './routes.ts';
import { compileRoute } from './routes.ts';

/** Kestrel's, and longer than any client of ours keeps an idle connection: a shorter one loses races. */
const keepAliveInMilliseconds = 130_000;
/** Kestrel's default limit of a request's body in octets. */
const bodyLimit = 30_000_000;

interface Endpoint {
  readonly route: Route;
  readonly triggered: Triggered;
  /** Name of the trigger's binding, under which the library looks for the request. */
  readonly binding: string;
  readonly open: boolean;
}

/**
 * An HTTP/1.1 server that answers as the Functions host does: 404 for an unknown path and for a known one with
 * a wrong method (github.com/Azure/azure-functions-host issue 10098), 401 where a function wants a key (this
 * host has none), 204 for a handler that returns nothing, 500 without a body for one that throws, 429 when the
 * limits of host.json are reached. Cookies of a response are not sent: no function here sets one.
 *
 * @throws Error for a route template that this host does not know.
 */
export function createFunctionsServer(x: {
  app: App;
  functions: readonly Triggered[];
  routePrefix: string;
  gate: Gate;
}): Server {
  const endpoints = x.functions.flatMap((triggered) => endpointOf(triggered, x.routePrefix));
  endpoints.sort((a, b) => b.route.weight - a.route.weight);
  const server = createServer({ keepAliveTimeout: keepAliveInMilliseconds }, (request, response) => {
    answer(request, response).catch((error) => {
      x.app.log({ level: 'error', category: 'system', message: String(error) });
      response.destroy();
    });
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request);
    if (body === 'broken') return;
    if (body === 'too-large') return end(response, 413);
    const found = find(request);
    if (!found) return end(response, 404);
    if (!found.endpoint.open) return end(response, 401);
    const url = urlOf(request);
    if (url === undefined) return end(response, 400);
    const data: HttpData = {
      method: request.method ?? 'GET',
      url,
      headers: headersOf(request),
      params: found.parameters,
      body: body.length === 0 ? null : { bytes: body },
    };
    const { endpoint } = found;
    const trace = {
      parent: one(request.headers['traceparent']),
      state: one(request.headers['tracestate']) ?? '',
    };
    const result = await x.gate.run(() =>
      invoke(x.app, endpoint.triggered, { name: endpoint.binding, data: { http: data } }, trace).catch(
        () => 'thrown' as const,
      ),
    );
    if (result === 'full') return end(response, 429);
    if (result === 'thrown') return end(response, 500);
    if (!result?.http) return end(response, 204);
    response.statusCode = Number(result.http.statusCode ?? 200);
    for (const [name, value] of Object.entries(result.http.headers ?? {})) response.setHeader(name, value);
    response.end(octetsOf(result.http.body));
  }

  function find(request: IncomingMessage) {
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
    for (const endpoint of endpoints) {
      const parameters = endpoint.route.match(path);
      if (parameters && endpoint.route.methods.has(request.method ?? '')) return { endpoint, parameters };
    }
    return undefined;
  }

  return server;
}

function endpointOf(triggered: Triggered, routePrefix: string): Endpoint[] {
  return Object.entries(triggered.metadata.bindings)
    .filter(([, binding]) => binding.type.toLowerCase() === 'httptrigger')
    .map(([name, binding]) => ({
      route: compileRoute(routePrefix, binding.route ?? triggered.metadata.name, binding.methods ?? []),
      triggered,
      binding: name,
      open: (binding.authLevel ?? 'anonymous') === 'anonymous',
    }));
}

function end(response: ServerResponse, status: number): void {
  response.writeHead(status, status === 204 ? {} : { 'content-length': 0 });
  response.end();
}

async function readBody(request: IncomingMessage): Promise<Buffer | 'too-large' | 'broken'> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of request) {
      length += chunk.length;
      if (length > bodyLimit) return 'too-large';
      chunks.push(chunk);
    }
  } catch {
    return 'broken';
  }
  return Buffer.concat(chunks);
}

/** The platform's front end speaks for the outer address in X-Forwarded-Proto and Host. */
function urlOf(request: IncomingMessage): string | undefined {
  const scheme = request.headers['x-forwarded-proto'] === 'https' ? 'https' : 'http';
  const url = `${scheme}://${request.headers.host ?? ''}${request.url ?? '/'}`;
  return URL.canParse(url) ? url : undefined;
}

/** Lower-case names; a header that came twice is joined by a comma, as ASP.NET's StringValues do. */
function headersOf(request: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, values] of Object.entries(request.headersDistinct))
    headers[name] = (values ?? []).join(',');
  return headers;
}

function one(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}

function octetsOf(body: TypedData | null | undefined): Uint8Array {
  if (body?.bytes) return body.bytes;
  return Buffer.from(body?.string ?? body?.json ?? '');
}

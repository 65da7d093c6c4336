import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { graphClient } from '../../../../functions/entra/graph/client.ts';
import type { GraphFault } from '../../../../functions/entra/graph/faults.ts';
import type { GraphQuestion } from '../../../../functions/entra/graph/graph.ts';
import { listen } from '../../../../local/listen.ts';
import { manualTime } from '../../store/time.ts';

/** One request as it came; nothing in `url` is decoded. */
export interface Received {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** What the server does with a request, once its body is there. */
export type Answer = (response: ServerResponse, request: Received) => unknown;

export const ALICE = '6e7b768e-07e2-4810-8459-485f84f8f204';
export const QUESTION = '539da3bd-942f-45db-836b-27f6f6e8eae4';

/** Graph by hand: the answers in turn, the last for all that follow. */
export async function graphServer(answers: readonly Answer[]) {
  const received: Received[] = [];
  const asked = Promise.withResolvers<void>();

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '', headers } = request;
    const one = { method, url, headers, body: (await buffer(request)).toString() };
    received.push(one);
    asked.resolve();
    await answers[Math.min(received.length, answers.length) - 1]?.(response, one);
  }
  const server = createServer((request, response) => {
    serve(request, response).catch(() => request.socket.destroy());
  });
  const port = await listen(server, '127.0.0.1', 0);
  return {
    origin: `http://127.0.0.1:${port}`,
    url: `http://127.0.0.1:${port}/v1.0`,
    received,
    /** Resolves at the first request. */
    asked: asked.promise,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** A client in front of a server that answers so, with time that is moved by hand. */
export async function rigged(answers: readonly Answer[], x: Partial<Parameters<typeof graphClient>[0]> = {}) {
  const server = await graphServer(answers);
  onTestFinished(() => server.close());
  const time = manualTime();
  const graph = graphClient({
    graphUrl: server.url,
    token: async () => 'token-1',
    clock: time.clock,
    patience: 20_000,
    ...x,
  });
  return { server, time, graph, alice: () => graph.userByPrincipalName('alice@contoso.com', question()) };
}

export function question(signal = new AbortController().signal): GraphQuestion {
  return { id: QUESTION, signal };
}

/** Answers at once: an object as JSON, text as it is. */
export function says(body: unknown, status = 200, headers: Record<string, string> = {}): Answer {
  return (response) => {
    const octets = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(octets);
  };
}

/** An error in Graph's envelope. */
export function refuses(status: number, code: string, headers: Record<string, string> = {}): Answer {
  return says({ error: { code, message: 'said', innerError: { 'request-id': ALICE } } }, status, headers);
}

export const noSuchThing = refuses(404, 'Request_ResourceNotFound');
export const breaksOff: Answer = (response) => response.socket?.destroy();
export const never: Answer = () => undefined;

/** A user as Graph writes one. */
export function userJson(x: Record<string, unknown> = {}) {
  return {
    id: ALICE,
    userPrincipalName: 'alice@contoso.com',
    accountEnabled: true,
    displayName: null,
    onPremisesSamAccountName: null,
    onPremisesDomainName: null,
    onPremisesUserPrincipalName: null,
    ...x,
  };
}

/** A GraphUnavailable with this code. */
export function fault(code: GraphFault, detail = '') {
  return { name: 'GraphUnavailable', code, detail };
}

/** A GUID that ends in this number. */
export function guid(number: number): string {
  return `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
}

import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { listen } from '../../../local/listen.ts';
import type { LocalTls } from '../../../local/tls.ts';

/** What happens to one call instead of an ordinary answer. */
export type Mishap =
  /** It is done, and the connection breaks before the answer. */
  | 'lose-answer'
  /** The connection breaks before anything is done. */
  | 'drop'
  /** Nothing ever comes. */
  | 'hang'
  | { readonly status: number; readonly code?: string; readonly headers?: Record<string, string> }
  /** Something happens first; then the call is answered as usual. */
  | (() => void)
  | undefined;

interface Entity {
  readonly PartitionKey: string;
  readonly RowKey: string;
  readonly expires: string;
  readonly mark: string;
}

/** Of a table service as much as the store speaks, with mishaps by script; one table, whatever its name. */
export interface TableServer {
  readonly url: string;
  /** Method and the last part of the path of each call, e.g. `GET rows(PartitionKey='p',RowKey='k')`. */
  readonly calls: string[];
  /** The mishaps of the next calls, first come first. */
  script: Mishap[];
  /** The mishap of each call that the script has nothing for. */
  always: Mishap;
  /** Absent while the table has not been made. */
  rows: Map<string, { entity: Entity; etag: string }> | undefined;
  close(): Promise<void>;
}

export async function tableServer(tls: LocalTls): Promise<TableServer> {
  let writes = 0;
  const server = createServer(
    { key: tls.key, cert: tls.cert },
    (request, response) => void take(request, response),
  );
  const port = await listen(server, '127.0.0.1', 0);
  const state: TableServer = {
    url: `https://127.0.0.1:${port}/devstoreaccount1`,
    calls: [],
    script: [],
    always: undefined,
    rows: new Map(),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };

  async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const url = new URL(request.url ?? '', state.url);
    const target = decodeURIComponent(url.pathname).replace('/devstoreaccount1/', '');
    state.calls.push(`${request.method} ${target}`);
    const mishap = state.script.length > 0 ? state.script.shift() : state.always;
    if (typeof mishap === 'function') mishap();
    if (mishap === 'hang') return;
    if (mishap === 'drop') return void request.socket.destroy();
    if (typeof mishap === 'object') {
      for (const [name, value] of Object.entries(mishap.headers ?? {})) response.setHeader(name, value);
      return refuse(response, mishap.status, mishap.code);
    }
    const filter = url.searchParams.get('$filter') ?? '';
    if (mishap === 'lose-answer') {
      answer(request, target, filter, Buffer.concat(chunks).toString(), nowhere(response));
      return void request.socket.destroy();
    }
    answer(request, target, filter, Buffer.concat(chunks).toString(), response);
  }

  function answer(
    request: IncomingMessage,
    target: string,
    filter: string,
    body: string,
    response: ServerResponse,
  ) {
    if (target === 'Tables') {
      if (state.rows !== undefined) return refuse(response, 409, 'TableAlreadyExists');
      state.rows = new Map();
      return void response.writeHead(204).end();
    }
    const { rows } = state;
    if (rows === undefined) return refuse(response, 404, 'TableNotFound');
    if (request.method === 'GET' && target.endsWith('()')) {
      const until = Number(/expires le (\d+)L/.exec(filter)?.[1] ?? Number.POSITIVE_INFINITY);
      const found = [...rows.values()].filter(({ entity }) => Number(entity.expires) <= until);
      return json(response, 200, { value: found.map(whole) });
    }
    const sent: Entity | undefined = body === '' ? undefined : JSON.parse(body);
    const [, partition, row] = /\(PartitionKey='(.*)',RowKey='(.*)'\)$/.exec(target) ?? [];
    const key = `${partition ?? sent?.PartitionKey},${row ?? sent?.RowKey}`;
    const there = rows.get(key);
    if (request.method === 'POST') {
      if (there !== undefined) return refuse(response, 409, 'EntityAlreadyExists');
    } else if (there === undefined) return refuse(response, 404, 'ResourceNotFound');
    else if (request.method === 'GET') return json(response, 200, whole(there));
    else if (request.headers['if-match'] !== there.etag)
      return refuse(response, 412, 'UpdateConditionNotSatisfied');
    if (request.method === 'DELETE') rows.delete(key);
    if (sent === undefined) return void response.writeHead(204).end();
    writes += 1;
    const etag = `W/"datetime'2026-01-01T00%3A00%3A00.${String(writes).padStart(7, '0')}Z'"`;
    rows.set(key, { entity: sent, etag });
    response.writeHead(204, { etag }).end();
  }

  return state;
}

function whole({ entity, etag }: { entity: Entity; etag: string }): object {
  return { 'odata.etag': etag, ...entity };
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json;odata=minimalmetadata' });
  response.end(JSON.stringify(body));
}

/** As the service says it: the code in the body. Without a code it is no answer of its, but of something between. */
function refuse(response: ServerResponse, status: number, code: string | undefined): void {
  if (code === undefined) response.writeHead(status, { 'content-type': 'text/html' }).end('<html>no</html>');
  else
    json(response, status, {
      'odata.error': { code, message: { lang: 'en-US', value: 'Rows of p and k.' } },
    });
}

/** Takes an answer that nobody will get. */
function nowhere(response: ServerResponse): ServerResponse {
  const sink = Object.create(response);
  sink.setHeader = sink.writeHead = sink.end = () => sink;
  return sink;
}

import { randomUUID } from 'node:crypto';
import type { Agent, IncomingHttpHeaders } from 'node:http';
import { request as httpRequest } from 'node:http';

/** What came to the address, body and all. */
export interface Arrived {
  readonly method: string;
  readonly path: string;
  /** The authority that the caller named. */
  readonly host: string;
  /** Names and values in turn, as they came; HTTP/2's pseudo-headers among them. */
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
  readonly from: { readonly address: string; readonly port: number };
  readonly tlsVersion: string;
}

/** An instance's answer, or why there is none. */
export type Forwarded =
  | { kind: 'answer'; status: number; headers: IncomingHttpHeaders; body: Buffer }
  /** Nothing listens there: the call has not begun. */
  | { kind: 'not-connected' }
  /** The instance died under the call. */
  | { kind: 'broken' };

const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
]);
/** Set by the platform alone: what a caller writes there never arrives. */
const platformOwn =
  /^(x-forwarded-|x-arr-|x-original-|x-site-|x-azure-|client-ip$|disguised-host$|was-default-hostname$|host$|content-length$|expect$)/;

/** Calls one instance over HTTP/1.1. Never rejects; the signal breaks the call off. */
export function forward(
  arrived: Arrived,
  port: number,
  agent: Agent,
  signal: AbortSignal,
): Promise<Forwarded> {
  return new Promise((resolve) => {
    const request = httpRequest({
      host: '127.0.0.1',
      port,
      agent,
      method: arrived.method,
      path: arrived.path,
      headers: platformHeaders(arrived),
      signal,
    });
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', () => resolve({ kind: 'broken' }));
      response.on('end', () =>
        resolve({
          kind: 'answer',
          status: response.statusCode ?? 500,
          headers: withoutHopByHop(response.headers),
          body: Buffer.concat(chunks),
        }),
      );
    });
    request.on('error', (error: NodeJS.ErrnoException) =>
      resolve({ kind: error.code === 'ECONNREFUSED' ? 'not-connected' : 'broken' }),
    );
    request.end(arrived.body);
  });
}

/** The headers that an app behind App Service's front end sees, as a list of names and values in turn. */
function platformHeaders(arrived: Arrived): string[] {
  const headers = ['host', arrived.host];
  for (let index = 0; index + 1 < arrived.rawHeaders.length; index += 2) {
    const name = (arrived.rawHeaders[index] ?? '').toLowerCase();
    if (name.startsWith(':') || hopByHop.has(name) || platformOwn.test(name)) continue;
    headers.push(name, arrived.rawHeaders[index + 1] ?? '');
  }
  if (arrived.body.length > 0 || arrived.method === 'POST') {
    headers.push('content-length', String(arrived.body.length));
  }
  const { address, port } = arrived.from;
  headers.push('x-forwarded-for', `${address.includes(':') ? `[${address}]` : address}:${port}`);
  headers.push('x-forwarded-proto', 'https', 'x-forwarded-host', arrived.host);
  headers.push('x-forwarded-tlsversion', arrived.tlsVersion, 'x-original-url', arrived.path);
  headers.push('x-arr-log-id', randomUUID(), 'disguised-host', arrived.host);
  return headers;
}

function withoutHopByHop(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !hopByHop.has(name)));
}

import type { IncomingMessage, ServerResponse } from 'node:http';

/** What the console says to a request. */
export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON, or octets as the type says. */
  readonly body: object | { readonly type: string; readonly octets: Buffer };
}

/** By method and path, `GET /state`. */
export type Routes = Readonly<Record<string, (request: IncomingMessage) => Promise<Reply>>>;

export function refusal(status: number, error: string): Reply {
  return { status, body: { error } };
}

/** Nothing is kept by a browser, taken for another type, or read by another origin's page. */
export function send(response: ServerResponse, { status, headers, body }: Reply): void {
  const { type, octets } =
    'octets' in body ? body : { type: 'application/json', octets: Buffer.from(JSON.stringify(body)) };
  response.writeHead(status, {
    ...headers,
    'content-type': type,
    'content-length': octets.length,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'cross-origin-resource-policy': 'same-origin',
  });
  response.end(octets);
}

const longestBody = 4_096;

/** The JSON object that a request carries, or what is wrong with it. */
export async function readJson(
  request: IncomingMessage,
): Promise<{ readonly value: Readonly<Record<string, unknown>> } | { readonly refused: Reply }> {
  if (!/^application\/json\s*(;|$)/i.test(request.headers['content-type'] ?? '')) {
    return { refused: refusal(415, 'Expecting application/json.') };
  }
  const chunks: Buffer[] = [];
  let length = 0;
  // Leaving the loop must not destroy the socket, which the 413 is still to go through.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    length += chunk.length;
    if (length > longestBody) {
      const headers = { connection: 'close' };
      return { refused: { ...refusal(413, `Expecting at most ${longestBody} octets.`), headers } };
    }
    chunks.push(chunk);
  }
  try {
    const value: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { value: { ...value } };
  } catch {
    // Said below.
  }
  return { refused: refusal(400, 'Expecting a JSON object.') };
}

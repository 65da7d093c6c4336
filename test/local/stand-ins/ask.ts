import { type IncomingHttpHeaders, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';

export interface Answered {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}

/** One plain request on a connection of its own; rejects with what the network says. */
export function ask(
  url: string,
  options: {
    ca?: string;
    method?: string;
    path?: string;
    headers?: Record<string, string>;
    body?: string | Buffer;
  } = {},
): Promise<Answered> {
  const { ca, body, ...others } = options;
  // Node frames the body of a DELETE only by its length.
  const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  const rest = { ...others, headers: { ...others.headers, ...length } };
  return new Promise((resolve, reject) => {
    const asked = url.startsWith('https:')
      ? requestHttps(url, { ...rest, agent: false, ...(ca !== undefined && { ca }) })
      : requestHttp(url, { ...rest, agent: false });
    asked.once('error', reject);
    asked.once('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () => {
        const { statusCode: status, headers } = response;
        try {
          resolve({ status, headers, body: JSON.parse(Buffer.concat(chunks).toString('utf8')) });
        } catch (error) {
          reject(error);
        }
      });
    });
    asked.end(body);
  });
}

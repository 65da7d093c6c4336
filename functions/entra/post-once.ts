/** One request whose side effect must not happen twice. */
export interface Post {
  readonly contentType: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly signal: AbortSignal;
}

/** Sends one POST, and never again: somebody's phone rings for it, or a password is counted. */
export function postOnce(
  url: string,
  { contentType, headers, body, signal }: Post,
  fetch: typeof globalThis.fetch,
): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: {
      ...headers,
      'content-type': contentType,
      'content-length': String(Buffer.byteLength(body)),
      'accept-encoding': 'identity',
      // A kept connection may be closed by the service just as the request goes out, and then nobody knows whether it
      // was done. A new one costs little beside that.
      connection: 'close',
    },
    // A stream can be read once. A text fetch would send again by itself, after 421 for example.
    body: new Blob([body]).stream(),
    duplex: 'half',
    credentials: 'omit',
    // Not followed: what is in the request is for this host alone.
    redirect: 'manual',
    signal,
  });
}

/**
 * A host, with its port where it is not 443, as `@authority` is signed (RFC 9421 §2.2.3): lower case, without the
 * default port. For the configured name of the bridge, once, when it is read.
 *
 * @returns undefined when the text is anything but `host` or `host:port`.
 */
export function canonicalAuthority(text: string): string | undefined {
  if (!/^(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/.test(text)) return undefined;
  const url = URL.parse(`https://${text}`);
  return url === null || url.host === '' ? undefined : url.host;
}

interface KeyId {
  readonly origin: string;
  readonly name: string;
  readonly version: string;
}

/** The parts of `https://host/keys/NAME/VERSION`; undefined for anything else, such as a key id without a version. */
export function readKeyId(keyId: string): KeyId | undefined {
  const url = URL.parse(keyId);
  if (url?.protocol !== 'https:' || url.search !== '' || url.hash !== '') return undefined;
  const [, name, version] = /^\/keys\/([0-9A-Za-z-]{1,127})\/([0-9a-f]{32})$/i.exec(url.pathname) ?? [];
  return name === undefined || version === undefined ? undefined : { origin: url.origin, name, version };
}

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Clock } from '../../../relay-call/clock.ts';
import { servingBlobs } from './serving-blobs.ts';

let storage: Awaited<ReturnType<typeof servingBlobs>>;
/** The wall clock stands still, as two writes within a millisecond see it. */
const clock: Clock = { now: () => Date.UTC(2026, 6, 1, 8), monotonic: () => 0 };

beforeEach(async () => {
  storage = await servingBlobs({ pageSize: 3, clock });
});
afterEach(() => storage.door.refuse());

interface Asking {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** What the authorization header is, by default a good token. */
  readonly authorization?: string | null;
  readonly version?: string | null;
}

/** `path` below the account, percent-encoded. */
async function ask(path: string, x: Asking = {}) {
  const { method = 'GET', authorization = `Bearer ${storage.token()}`, version = '2026-02-06' } = x;
  const response = await fetch(`${storage.url()}/${path}`, {
    method,
    headers: {
      ...(authorization !== null && { authorization }),
      ...(version !== null && { 'x-ms-version': version }),
      ...x.headers,
    },
  });
  return {
    status: response.status,
    headers: response.headers,
    code: response.headers.get('x-ms-error-code'),
    text: await response.text(),
  };
}

const put = (name: string, text: string) => storage.put('config', name, Buffer.from(text));

/** What the elements of this name hold, in order. */
function elements(xml: string, name: string): string[] {
  return [...xml.matchAll(new RegExp(`<${name}>([^<]*)</${name}>`, 'g'))].map(([, text = '']) => text);
}

async function list(query = '', container = 'config') {
  const page = await ask(`${container}?restype=container&comp=list${query}`);
  return { ...page, names: elements(page.text, 'Name'), next: elements(page.text, 'NextMarker')[0] };
}

describe('authentication', () => {
  test('a call without a token is told where one can be had', async () => {
    put('bridge.json', '{}');
    const { status, code, headers, text } = await ask('config/bridge.json', { authorization: null });
    expect([status, code]).toEqual([401, 'NoAuthenticationInformation']);
    expect(headers.get('www-authenticate')).toBe(
      `Bearer authorization_uri=https://login.microsoftonline.com/${storage.issuer.tenant}/oauth2/authorize resource_id=https://storage.azure.com`,
    );
    expect(elements(text, 'Code')).toEqual(['NoAuthenticationInformation']);
    expect(storage.counts()).toMatchObject({ challenged: 1, read: 0 });
  });

  test.each([
    ['for another audience', () => `Bearer ${storage.token('https://vault.azure.net')}`],
    ['that has expired', () => `Bearer ${storage.token(undefined, -60)}`],
    ['that is none', () => 'Bearer x'],
    ['of another scheme', () => 'SharedKey devstoreaccount1:x'],
  ])('a token %s is refused, before any script is played', async (_, authorization) => {
    put('bridge.json', '{}');
    storage.script.set({ state: 'failing', status: 503 });
    const { status, code } = await ask('config/bridge.json', { authorization: authorization() });
    expect([status, code]).toEqual([401, 'InvalidAuthenticationInfo']);
    expect(storage.counts()).toMatchObject({ unauthorized: 1, scripted: 0 });
  });
});

describe('a blob', () => {
  test('is read with what identifies its version', async () => {
    const etag = put('bridge.json', '{"a": "ü"}');
    const { status, headers, text } = await ask('config/bridge.json');
    expect([status, text]).toEqual([200, '{"a": "ü"}']);
    expect(Object.fromEntries(headers)).toMatchObject({
      etag: `"${etag}"`,
      'content-length': '11',
      'x-ms-version': '2026-02-06',
      'x-ms-version-id': '2026-07-01T08:00:00.0000000Z',
      'x-ms-is-current-version': 'true',
      'x-ms-blob-type': 'BlockBlob',
      'last-modified': 'Wed, 01 Jul 2026 08:00:00 GMT',
    });
    expect(etag).toMatch(/^0x8D[0-9A-F]+$/);
  });

  test('may have slashes and anything else in its name', async () => {
    put('a/b c/ü%.json', '{}');
    expect((await ask('config/a/b%20c/%C3%BC%25.json')).text).toBe('{}');
    expect((await ask('config/a%2Fb%20c/%C3%BC%25.json')).text).toBe('{}');
    expect((await ask('config/a')).code).toBe('BlobNotFound');
  });

  test('is looked at by HEAD, errors too, without a body', async () => {
    put('bridge.json', '{"a": 1}');
    const { status, headers, text } = await ask('config/bridge.json', { method: 'HEAD' });
    expect([status, headers.get('content-length'), text]).toEqual([200, '8', '']);
    const missing = await ask('config/none', { method: 'HEAD' });
    expect([missing.status, missing.code, missing.text]).toEqual([404, 'BlobNotFound', '']);
    expect(storage.counts()).toMatchObject({ headed: 1, missing: 1, read: 0 });
  });

  test.each(['GET', 'HEAD'])('is not sent where it is known: %s', async (method) => {
    const etag = put('bridge.json', '{}');
    const known = await ask('config/bridge.json', { method, headers: { 'if-none-match': `"${etag}"` } });
    expect([known.status, known.code, known.text, known.headers.get('etag')]).toEqual([
      304,
      'ConditionNotMet',
      '',
      `"${etag}"`,
    ]);
    const one = await ask('config/bridge.json', { method, headers: { 'if-none-match': `"x", "${etag}"` } });
    expect(one.status).toBe(304);
    const other = await ask('config/bridge.json', { method, headers: { 'if-none-match': '"0x8D0"' } });
    expect(other.status).toBe(200);
    expect(storage.counts()).toMatchObject({ unchanged: 2 });
  });

  test('has an ETag that stands in quotation marks', async () => {
    const etag = put('bridge.json', '{}');
    const { status } = await ask('config/bridge.json', { headers: { 'if-none-match': etag } });
    expect(status).toBe(200);
  });

  test('keeps its versions, in the order in which they were written', async () => {
    for (const text of ['1', '2', '3']) put('bridge.json', text);
    const { text } = await list('&include=versions');
    const ids = elements(text, 'VersionId');
    expect(ids).toEqual([...ids].sort());
    expect(new Set(ids).size).toBe(3);
    for (const [at, id] of ids.entries()) {
      const { text, headers } = await ask(`config/bridge.json?versionid=${encodeURIComponent(id)}`);
      expect([text, headers.get('x-ms-is-current-version')]).toEqual([
        String(at + 1),
        at === 2 ? 'true' : null,
      ]);
    }
    const etags = elements(text, 'Etag');
    expect(new Set(etags).size).toBe(3);
    expect((await ask('config/bridge.json')).headers.get('etag')).toBe(`"${etags[2]}"`);
  });

  test('that is deleted is missing, while its versions are still there', async () => {
    put('bridge.json', '{}');
    storage.remove('config', 'bridge.json');
    storage.remove('config', 'never.json');
    storage.remove('never', 'bridge.json');
    for (const method of ['GET', 'HEAD']) {
      expect((await ask('config/bridge.json', { method })).code).toBe('BlobNotFound');
    }
    expect((await list()).names).toEqual([]);
    const { names, text } = await list('&include=versions');
    expect([names, elements(text, 'IsCurrentVersion')]).toEqual([['bridge.json'], []]);
    expect(elements(text, 'HasVersionsOnly')).toEqual(['true']);
    const [id = ''] = elements(text, 'VersionId');
    expect((await ask(`config/bridge.json?versionid=${id}`)).text).toBe('{}');
    put('bridge.json', '[]');
    expect((await ask('config/bridge.json')).text).toBe('[]');
  });
});

describe('a list', () => {
  test('has current versions, or all of them', async () => {
    put('b.json', '1');
    put('b.json', '22');
    put('a & <b>.json', '3');
    expect((await list()).names).toEqual(['a &amp; &lt;b&gt;.json', 'b.json']);
    const { text, names } = await list('&include=versions&prefix=b.');
    expect(names).toEqual(['b.json', 'b.json']);
    expect(elements(text, 'Content-Length')).toEqual(['1', '2']);
    expect(elements(text, 'IsCurrentVersion')).toEqual(['true']);
    expect(text.indexOf('IsCurrentVersion')).toBeGreaterThan(text.lastIndexOf('<VersionId>'));
    expect(text).toContain(`ServiceEndpoint="${storage.url()}/" ContainerName="config"`);
    expect(text).toContain('<NextMarker />');
  });

  test('comes in pages, no larger than the caller wants', async () => {
    for (let version = 1; version <= 7; version += 1) put('bridge.json', String(version));
    const whole: string[] = [];
    let marker = '';
    do {
      const page = await list(`&include=versions${marker && `&marker=${encodeURIComponent(marker)}`}`);
      expect(page.names.length).toBeLessThanOrEqual(3);
      whole.push(...elements(page.text, 'VersionId'));
      marker = page.next ?? '';
    } while (marker !== '');
    expect([whole.length, new Set(whole).size]).toEqual([7, 7]);
    expect((await list('&include=versions&maxresults=2')).names).toHaveLength(2);
    expect(storage.counts()).toMatchObject({ listed: 4 });
  });

  test.each([
    'include=metadata',
    'maxresults=0',
    'maxresults=5001',
    'maxresults=x',
    'marker=x',
    'delimiter=/',
  ])('is refused: %s', async (query) => {
    put('bridge.json', '{}');
    expect(await list(`&${query}`)).toMatchObject({ status: 400 });
    expect(storage.counts()).toMatchObject({ refused: 1, listed: 0 });
  });
});

describe('a call that makes no sense is refused', () => {
  test.each([null, 'x', '2019-02-02', '2099-01-01'])('x-ms-version %s', async (version) => {
    put('bridge.json', '{}');
    expect(await ask('config/bridge.json', { version })).toMatchObject({
      status: 400,
      code: 'InvalidHeaderValue',
    });
  });

  test.each([
    ['none/bridge.json', 404, 'ContainerNotFound'],
    ['none?restype=container&comp=list', 404, 'ContainerNotFound'],
    ['config/none', 404, 'BlobNotFound'],
    ['config/bridge.json?versionid=2020-01-01T00%3A00%3A00.0000000Z', 404, 'BlobNotFound'],
    ['config/bridge.json?versionid=1', 400, 'InvalidQueryParameterValue'],
    ['config/bridge.json?snapshot=1', 400, 'UnsupportedQueryParameter'],
    ['config', 400, 'InvalidUri'],
    ['', 400, 'InvalidUri'],
    ['../other/config/bridge.json', 400, 'InvalidUri'],
  ])('GET %s: %i %s', async (path, status, code) => {
    put('bridge.json', '{}');
    expect(await ask(path)).toMatchObject({ status, code });
    expect(storage.counts()).toMatchObject({ read: 0, listed: 0 });
  });

  test.each(['PUT', 'DELETE', 'POST'])('%s', async (method) => {
    put('bridge.json', '{}');
    expect(await ask('config/bridge.json', { method })).toMatchObject({
      status: 405,
      code: 'UnsupportedHttpVerb',
    });
    expect((await ask('config/bridge.json')).text).toBe('{}');
  });

  test.each([
    ['x-ms-range', 'bytes=0-1'],
    ['if-match', '"x"'],
    ['if-none-match', '*'],
  ])('%s, which is not played', async (header, value) => {
    put('bridge.json', '{}');
    const { status } = await ask('config/bridge.json', { headers: { [header]: value } });
    expect(status).toBe(400);
  });
});

describe('scripts', () => {
  test.each([
    [403, 'AuthorizationPermissionMismatch'],
    [500, 'InternalError'],
    [503, 'ServerBusy'],
  ] as const)('failing with %i: %s, then well', async (status, code) => {
    put('bridge.json', '{}');
    storage.script.set({ state: 'failing', status, times: 1 });
    expect(await ask('config/bridge.json')).toMatchObject({ status, code });
    expect(await ask('config/bridge.json')).toMatchObject({ status: 200 });
    expect(storage.counts()).toMatchObject({ scripted: 1, read: 1 });
  });

  test('throttled and reset', async () => {
    put('bridge.json', '{}');
    storage.script.set({ state: 'throttled', retryAfter: 7, times: 1 });
    const throttled = await ask('config/bridge.json');
    expect([throttled.status, throttled.headers.get('retry-after')]).toEqual([429, '7']);
    storage.script.set({ state: 'resetting', times: 1 });
    await expect(ask('config/bridge.json')).rejects.toThrow();
    expect(storage.counts()).toMatchObject({ scripted: 2, read: 0 });
  });
});

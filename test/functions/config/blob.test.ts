import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ConfigurationUnreadable } from '../../../functions/config/blob-faults.ts';
import { LONGEST_CONFIGURATION, readConfiguration } from '../../../functions/config/read.ts';
import { blobRig, listed, never, trusted } from './blob-rig.ts';
import { document } from './document.ts';

let tls: Awaited<ReturnType<typeof trusted>>;
let rig: Awaited<ReturnType<typeof blobRig>>;

beforeAll(async () => {
  tls = await trusted();
});
beforeEach(async () => {
  rig = await blobRig(tls);
});
afterEach(() => rig.close());

/** The error that a look ends with. */
async function faultOf(look: Promise<unknown>): Promise<ConfigurationUnreadable> {
  const error = await look.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof ConfigurationUnreadable) return error;
  throw new Error(`No fault: ${String(error)}`);
}

function plain(status: number, text: string) {
  return { status, contentType: 'text/plain', octets: text };
}

async function* brokenOff(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('{"a":');
  throw new Error('broken off');
}

/** The code of the only problem that a text has. */
function problemOf(text: string): unknown {
  const reading = readConfiguration(text);
  return reading.ok ? undefined : reading.problems.map(({ code }) => code);
}

describe('the newest version', () => {
  test('is read with its ETag, and not again as long as it is the newest', async () => {
    const version = rig.put('{"a": "ü"}');
    expect(await rig.source.read(undefined, never)).toMatchObject({ version, text: '{"a": "ü"}' });
    expect(await rig.source.read(version, never)).toBe('unchanged');
    expect(rig.storage.counts()).toMatchObject({ read: 1, unchanged: 1, listed: 0 });
    const next = rig.put('{}');
    expect(await rig.source.read(version, never)).toMatchObject({ version: next, text: '{}' });
  });

  test('is told apart from the same text written again', async () => {
    const first = rig.put('{}');
    const second = rig.put('{}');
    expect(second).not.toBe(first);
    expect(await rig.source.read(first, never)).toMatchObject({ version: second, text: '{}' });
  });

  test('may have a name with folders and all that a URL has to encode', async () => {
    const of = await blobRig(tls, { name: 'a b/ü%+&#?/bridge.json' });
    try {
      of.put('old');
      of.put('{}');
      of.put('other', 'a b/ü%+&#?/bridge.json.bak');
      expect(await of.source.read(undefined, never)).toMatchObject({ text: '{}' });
      expect((await listed(of.source.earlier(never))).map(({ text }) => text)).toEqual(['{}', 'old']);
    } finally {
      await of.close();
    }
  });

  test('may be empty, which is for its reader to refuse', async () => {
    rig.put('');
    expect(await rig.source.read(undefined, never)).toMatchObject({ text: '' });
  });

  test('is read whole up to 4 MiB, and then no further than shows that it is too long', async () => {
    const text = JSON.stringify(document()).padEnd(LONGEST_CONFIGURATION);
    rig.put(text);
    const whole = await rig.source.read(undefined, never);
    expect(whole).toMatchObject({ text });
    rig.put(`${text} `);
    for (const longer of [`${text} `, `${text}${' '.repeat(4 * LONGEST_CONFIGURATION)}`]) {
      rig.put(longer);
      const read = await rig.source.read(undefined, never);
      if (read === 'unchanged') throw new Error(read);
      expect(read.text.length).toBeGreaterThan(LONGEST_CONFIGURATION);
      expect(read.text.length).toBeLessThan(2 * LONGEST_CONFIGURATION);
      expect(problemOf(read.text)).toEqual(['file-too-long']);
    }
  });

  test.each([
    ['Latin-1', Buffer.from('{"a": "ü"}', 'latin1')],
    ['UTF-16', Buffer.from('\uFEFF{"a": 1}', 'utf16le')],
    ['cut inside a character', Buffer.from('"ü').subarray(0, 2)],
    ['gzip', Buffer.from('1f8b0800000000000003', 'hex')],
  ])('is broken, not unreachable, where it is not UTF-8: %s', async (_, octets) => {
    rig.put(octets);
    const read = await rig.source.read(undefined, never);
    if (read === 'unchanged') throw new Error(read);
    expect(problemOf(read.text)).toEqual(['file-not-utf-8']);
  });
});

describe('earlier versions', () => {
  test('are given newest first, of exactly this name', async () => {
    for (const text of ['1', '2', '3']) {
      rig.put(text);
      rig.put(`not ${text}`, 'bridge.json.bak');
      rig.put(`not ${text}`, 'bridge.jso');
      rig.put(`not ${text}`, 'bridge.json/other');
    }
    const found = await listed(rig.source.earlier(never));
    expect(found.map(({ text }) => text)).toEqual(['3', '2', '1']);
    const ids = found.map(({ id = '' }) => id);
    expect(ids).toEqual(ids.toSorted().reverse());
    expect(new Set(ids).size).toBe(3);
    const newest = await rig.source.read(undefined, never);
    expect(newest).toEqual(found[0]);
    expect(rig.storage.counts()).toMatchObject({ listed: 1, read: 4, refused: 0 });
  });

  test('are read one by one, as they are asked for', async () => {
    for (const text of ['1', '2', '3']) rig.put(text);
    const earlier = await rig.source.earlier(never);
    expect(rig.storage.counts()).toMatchObject({ listed: 1, read: 0 });
    for (const version of earlier.slice(0, 2)) await version.read(never);
    expect(rig.storage.counts()).toMatchObject({ listed: 1, read: 2 });
  });

  test('are found on every page of the list, the newest 100 of them', async () => {
    const of = await blobRig(tls, { pageSize: 7 });
    try {
      for (let version = 1; version <= 103; version += 1) of.put(String(version));
      const found = await listed(of.source.earlier(never));
      expect(found.map(({ text }) => Number(text))).toEqual(Array.from({ length: 100 }, (_, at) => 103 - at));
      expect(of.storage.counts()).toMatchObject({ listed: 15, read: 100 });
    } finally {
      await of.close();
    }
  });

  test('that are deleted while they are looked through are passed over', async () => {
    for (const text of ['1', '2', '3']) rig.put(text);
    const found: string[] = [];
    for (const version of await rig.source.earlier(never)) {
      const read = await version.read(never);
      if (read === undefined) continue;
      found.push(read.text);
      if (read.text === '3') rig.storage.instead.push(plain(404, 'The specified blob does not exist.'));
    }
    expect(found).toEqual(['3', '1']);
  });

  test('are there when the blob is not', async () => {
    rig.put('1');
    rig.remove();
    expect(await faultOf(rig.source.read(undefined, never))).toMatchObject({ code: 'BlobNotFound' });
    expect((await listed(rig.source.earlier(never))).map(({ text }) => text)).toEqual(['1']);
  });
});

describe('a fault is told by its code alone', () => {
  test.each([
    ['no token of storage', 'InvalidAuthenticationInfo', { audience: 'https://vault.azure.net' }],
    ['an expired token', 'InvalidAuthenticationInfo', { lifetime: -60 }],
  ])('%s: %s', async (_, code, { audience, lifetime }: { audience?: string; lifetime?: number }) => {
    rig.put('{}');
    const token = rig.storage.token(audience, lifetime);
    const source = rig.sourceWith(async () => ({ token, expiresOnTimestamp: Date.now() + 60_000 }));
    expect(await faultOf(source.read(undefined, never))).toMatchObject({ code });
    expect(rig.storage.counts()).toMatchObject({ read: 0 });
  });

  test.each([
    [403, 'AuthorizationPermissionMismatch', 1],
    [500, 'InternalError', 2],
    [503, 'ServerBusy', 2],
  ] as const)('%i: %s', async (status, code, tries) => {
    rig.put('{}');
    rig.storage.script.set({ state: 'failing', status });
    const fault = await faultOf(rig.source.read(undefined, never));
    expect(fault).toMatchObject({ code, name: 'ConfigurationUnreadable' });
    expect(rig.storage.counts()).toMatchObject({ scripted: tries });
    expect(fault.cause).toBeUndefined();
    expect(JSON.stringify({ ...fault, message: fault.message })).not.toMatch(/Bearer|127\.0\.0\.1|config\//);
    await expect(faultOf(listed(rig.source.earlier(never)))).resolves.toMatchObject({ code });
  });

  test('whoever stands between has codes of its own, or none', async () => {
    rig.storage.instead.push(plain(502, '<html>'), plain(407, '<html>'));
    expect(await faultOf(rig.source.read(undefined, never))).toMatchObject({ code: 'status-502' });
    expect(await faultOf(rig.source.read(undefined, never))).toMatchObject({ code: 'status-407' });
  });

  test.each(['{}', '<html>', '<EnumerationResults>'])('a list that is none: %s', async (text) => {
    rig.storage.instead.push({ ...plain(200, text), contentType: 'application/xml' });
    expect(await faultOf(listed(rig.source.earlier(never)))).toMatchObject({ code: 'PARSE_ERROR' });
  });

  test('a document that breaks off, again and again', async () => {
    const broken = { ...plain(200, ''), headers: { etag: '"0x8D1"', 'content-length': '10' } };
    for (let time = 0; time < 9; time += 1) {
      rig.storage.instead.push({ ...broken, octets: brokenOff() });
    }
    expect((await faultOf(rig.source.read(undefined, never))).message).not.toContain('offset');
    expect(rig.storage.asked.length).toBeLessThan(9);
  });

  test('no container, no blob', async () => {
    expect(await faultOf(rig.source.read(undefined, never))).toMatchObject({ code: 'ContainerNotFound' });
    rig.put('{}', 'other.json');
    expect(await faultOf(rig.source.read(undefined, never))).toMatchObject({ code: 'BlobNotFound' });
    expect(await listed(rig.source.earlier(never))).toEqual([]);
  });

  test('nobody listens', async () => {
    await rig.close();
    expect(await faultOf(rig.source.read(undefined, never))).toMatchObject({ code: 'ECONNREFUSED' });
    expect(await faultOf(listed(rig.source.earlier(never)))).toMatchObject({ code: 'ECONNREFUSED' });
  });

  test('the connection breaks', async () => {
    rig.put('{}');
    rig.storage.script.set({ state: 'resetting' });
    expect((await faultOf(rig.source.read(undefined, never))).code).toMatch(/^[A-Z_]+$/);
  });

  test('no token can be had', async () => {
    const source = rig.sourceWith(async () => {
      throw Object.assign(new Error('secret xyzzy'), { name: 'CredentialUnavailableError' });
    });
    const fault = await faultOf(source.read(undefined, never));
    expect(fault.code).toBe('CredentialUnavailableError');
    expect(fault.message).not.toContain('xyzzy');
  });

  test('what passes is tried again', async () => {
    rig.put('{}');
    rig.storage.script.set({ state: 'failing', status: 503, times: 1 });
    expect(await rig.source.read(undefined, never)).toMatchObject({ text: '{}' });
    rig.storage.script.set({ state: 'resetting', times: 1 });
    expect(await rig.source.read(undefined, never)).toMatchObject({ text: '{}' });
  });
});

describe('the signal ends', () => {
  test('a look that hangs, with its own reason', async () => {
    rig.put('{}');
    rig.storage.script.set({ state: 'hanging' });
    for (const look of [
      (signal: AbortSignal) => rig.source.read(undefined, signal),
      (signal: AbortSignal) => listed(rig.source.earlier(signal)),
    ]) {
      const controller = new AbortController();
      const before = rig.storage.asked.length;
      const outcome = expect(look(controller.signal)).rejects.toThrow('gone');
      await expect.poll(() => rig.storage.asked.length, { interval: 5 }).toBe(before + 1);
      controller.abort(new Error('gone'));
      await outcome;
    }
  });

  test('a wait for a token', async () => {
    const controller = new AbortController();
    const asked = Promise.withResolvers<void>();
    const source = rig.sourceWith(() => {
      asked.resolve();
      return new Promise(() => {});
    });
    const outcome = expect(source.read(undefined, controller.signal)).rejects.toThrow('gone');
    await asked.promise;
    controller.abort(new Error('gone'));
    await outcome;
  });

  test('what had not begun', async () => {
    rig.put('{}');
    const signal = AbortSignal.abort(new Error('before'));
    await expect(rig.source.read(undefined, signal)).rejects.toThrow('before');
    await expect(listed(rig.source.earlier(signal))).rejects.toThrow('before');
  });

  test('a search between two versions', async () => {
    for (const text of ['1', '2', '3']) rig.put(text);
    const controller = new AbortController();
    const found: string[] = [];
    await expect(async () => {
      for (const version of await rig.source.earlier(controller.signal)) {
        const text = (await version.read(controller.signal))?.text ?? '';
        found.push(text);
        if (text === '2') controller.abort(new Error('gone'));
      }
    }).rejects.toThrow('gone');
    expect(found).toEqual(['3', '2']);
  });
});

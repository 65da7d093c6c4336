import { X509Certificate } from 'node:crypto';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { localTls } from '../../local/tls.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tls-'));
});
afterEach(() => rm(folder, { recursive: true }));

const day = 86_400_000;
const now = Date.now();

test('a certificate for loopback, signed by an authority whose key is kept nowhere', async () => {
  const file = join(folder, 'deep', 'tls.json');
  const { ca, cert, key, ...rest } = await localTls(file, now);
  expect(rest).toEqual({});
  const leaf = new X509Certificate(cert);
  const authority = new X509Certificate(ca);
  expect(leaf.verify(authority.publicKey)).toBe(true);
  expect(authority.ca).toBe(true);
  expect(leaf.ca).toBe(false);
  expect(leaf.checkHost('localhost')).toBe('localhost');
  expect(leaf.checkIP('127.0.0.1')).toBe('127.0.0.1');
  expect(leaf.checkIP('::1')).toBeDefined();
  expect(key).toContain('PRIVATE KEY');
  if (process.platform !== 'win32') expect((await stat(file)).mode & 0o777).toBe(0o600);
});

test('it is kept between runs, and made again when it is near its end', async () => {
  const file = join(folder, 'tls.json');
  const first = await localTls(file, now);
  expect(await localTls(file, now + 300 * day)).toEqual(first);
  const second = await localTls(file, now + 380 * day);
  expect(second.cert).not.toBe(first.cert);
  expect(new X509Certificate(second.cert).validToDate.getTime()).toBeGreaterThan(now + 700 * day);
});

test('a clock that was set back makes it again', async () => {
  const file = join(folder, 'tls.json');
  const first = await localTls(file, now);
  expect((await localTls(file, now - 30 * day)).cert).not.toBe(first.cert);
});

test.each(['', 'no JSON', '{"ca":1}', '{"ca":"x","cert":"y","key":"z"}'])(
  'a cache of %j is replaced',
  async (text) => {
    const file = join(folder, 'tls.json');
    await writeFile(file, text);
    expect((await localTls(file, now)).cert).toContain('BEGIN CERTIFICATE');
  },
);

test('an authority that did not sign the certificate is not used', async () => {
  const file = join(folder, 'tls.json');
  const one = await localTls(file, now);
  const two = await localTls(join(folder, 'other.json'), now);
  await writeFile(file, JSON.stringify({ ...one, ca: two.ca }));
  const three = await localTls(file, now);
  expect(new X509Certificate(three.cert).verify(new X509Certificate(three.ca).publicKey)).toBe(true);
});

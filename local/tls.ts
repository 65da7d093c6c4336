import { randomUUID, X509Certificate } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generate } from 'selfsigned';

/** What the HTTPS servers of a local bridge show, all PEM. The authority's own key is thrown away. */
export interface LocalTls {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

const hosts = ['localhost', '127.0.0.1', '::1'];
const dayInMilliseconds = 86_400_000;
const validDays = 397;
/** A certificate with less than this left is made again. */
const renewDays = 30;

/** Where certificates are kept between runs. */
export const tlsCache = join(
  dirname(fileURLToPath(import.meta.url)),
  '../node_modules/.cache/radius-bridge/tls.json',
);

/**
 * An authority and a certificate for this machine's loopback names, from the cache or made new (no file: about
 * 50 ms). Two bridges that start at the same time may both make one; each uses its own.
 *
 * @param now milliseconds since the epoch
 */
export async function localTls(cacheFile: string, now: number): Promise<LocalTls> {
  const cached = await readCache(cacheFile);
  if (cached && usable(cached, now)) return cached;
  const made = await makeTls(now);
  await mkdir(dirname(cacheFile), { recursive: true });
  const beside = `${cacheFile}.${randomUUID()}`;
  await writeFile(beside, JSON.stringify(made), { mode: 0o600 });
  await rename(beside, cacheFile);
  return made;
}

async function readCache(file: string): Promise<LocalTls | undefined> {
  try {
    const { ca, cert, key } = JSON.parse(await readFile(file, 'utf8'));
    return [ca, cert, key].every((text) => typeof text === 'string') ? { ca, cert, key } : undefined;
  } catch {
    return undefined;
  }
}

function usable({ ca, cert }: LocalTls, now: number): boolean {
  try {
    const leaf = new X509Certificate(cert);
    const authority = new X509Certificate(ca);
    const left = leaf.validToDate.getTime() - now;
    return (
      leaf.validFromDate.getTime() <= now &&
      left > renewDays * dayInMilliseconds &&
      leaf.verify(authority.publicKey) &&
      hosts.every((host) => (isIP(host) ? leaf.checkIP(host) : leaf.checkHost(host)) !== undefined)
    );
  } catch {
    return false;
  }
}

async function makeTls(now: number): Promise<LocalTls> {
  const dates = {
    // A clock that is set back a little must not make the certificate one of the future.
    notBeforeDate: new Date(now - dayInMilliseconds),
    notAfterDate: new Date(now + validDays * dayInMilliseconds),
  };
  const kind = { keyType: 'ec', curve: 'P-256', algorithm: 'sha256' } as const;
  const authority = await generate([{ name: 'commonName', value: 'radius-bridge on this machine' }], {
    ...kind,
    ...dates,
    extensions: [
      { name: 'basicConstraints', cA: true, pathLenConstraint: 0, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  const leaf = await generate([{ name: 'commonName', value: 'localhost' }], {
    ...kind,
    ...dates,
    ca: { key: authority.private, cert: authority.cert },
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: hosts.map((host) =>
          /[:\d]/.test(host) ? { type: 7, ip: host } : { type: 2, value: host },
        ),
      },
    ],
  });
  return { ca: authority.cert, cert: leaf.cert, key: leaf.private };
}

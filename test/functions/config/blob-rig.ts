import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import type { TokenCredential } from '@azure/identity';
import { blobSource } from '../../../functions/config/blob.ts';
import type { EarlierVersion, Version } from '../../../functions/config/load.ts';
import { loopbackTls } from '../../local/stand-ins/running.ts';
import { servingBlobs } from '../../local/stand-ins/serving-blobs.ts';

export const never = new AbortController().signal;

/** Trusted from now on, once in a process. */
export async function trusted() {
  const tls = await loopbackTls();
  setDefaultCACertificates([...getCACertificates('default'), tls.ca]);
  return tls;
}

/** The stand-in of Blob Storage, and the source of one blob in it, by the real SDK. */
export async function blobRig(
  tls: Awaited<ReturnType<typeof trusted>>,
  x: { readonly name?: string; readonly pageSize?: number } = {},
) {
  const { name = 'bridge.json', ...rest } = x;
  const { key, cert } = tls;
  const storage = await servingBlobs({ tls: { key, cert }, ...rest });
  const url = `${storage.url()}/config/${name.split('/').map(encodeURIComponent).join('/')}`;
  const credential = {
    getToken: async () => ({ token: storage.token(), expiresOnTimestamp: Date.now() + 60_000 }),
  };
  const retryOptions = { maxTries: 2, retryDelayInMs: 1 };
  return {
    storage,
    url,
    source: blobSource({ url, credential, retryOptions }),
    sourceWith: (getToken: TokenCredential['getToken']) =>
      blobSource({ url, credential: { getToken }, retryOptions }),
    put: (octets: string | Uint8Array, other = name) =>
      storage.put('config', other, typeof octets === 'string' ? Buffer.from(octets) : octets),
    remove: () => storage.remove('config', name),
    close: () => storage.door.refuse(),
  };
}

/** Reads all of them, one after the other. */
export async function listed(
  earlier: Promise<readonly EarlierVersion[]>,
  signal: AbortSignal = never,
): Promise<Version[]> {
  const all: Version[] = [];
  for (const version of await earlier) {
    const read = await version.read(signal);
    if (read !== undefined) all.push(read);
  }
  return all;
}

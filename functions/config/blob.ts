import type { TokenCredential } from '@azure/identity';
import type { BlobClient, ContainerClient, StoragePipelineOptions } from '@azure/storage-blob';
import { abortable } from '../azure/abortable.ts';
import { type BlobSaid, ConfigurationUnreadable, said } from './blob-faults.ts';
import type { ConfigurationSource, Version, VersionMark } from './load.ts';
import { LONGEST_CONFIGURATION } from './read.ts';

/** Of the versions there were, so many are looked through for one that is valid. */
const EARLIER_VERSIONS = 100;

/** A look may take 10 seconds in all, of which a call waits for 2: what is worth a retry is tried again soon. */
const retries = { maxTries: 3, retryDelayInMs: 250, maxRetryDelayInMs: 1_000 };

interface Clients {
  readonly blob: BlobClient;
  readonly container: ContainerClient;
}

/**
 * The document in a blob of Azure Storage, which needs the right to read and list blobs (role Storage Blob Data
 * Reader), and blob versioning for earlier versions
 * (https://learn.microsoft.com/azure/storage/blobs/versioning-overview). A version is its ETag without quotation
 * marks. Everything rejects with {@link ConfigurationUnreadable}, or with the signal's reason when it aborts first.
 *
 * @param x.url `https://ACCOUNT.blob.core.windows.net/CONTAINER/bridge.json`, or with the account as the first segment
 *   of the path where the host is an address; names percent-encoded
 * @param x.retryOptions the SDK's own; by default two retries within a second
 */
export function blobSource(x: {
  readonly url: string;
  readonly credential: TokenCredential;
  readonly retryOptions?: NonNullable<StoragePipelineOptions['retryOptions']>;
}): ConfigurationSource {
  const retryOptions = x.retryOptions ?? retries;
  let loading: Promise<Clients> | undefined;

  async function load(): Promise<Clients> {
    const { BlobClient, ContainerClient } = await import('./sdk.ts');
    const blob = new BlobClient(x.url, x.credential, { retryOptions });
    const container = new ContainerClient(containerUrl(blob), x.credential, { retryOptions });
    return { blob, container };
  }
  function clients(): Promise<Clients> {
    loading ??= load();
    return loading;
  }

  return {
    async read(known, signal) {
      const work = async () => download((await clients()).blob, known, signal);
      const found = await asked(work(), signal);
      if (!('fault' in found)) return found;
      if (found.status === 304) return 'unchanged';
      throw new ConfigurationUnreadable(found.fault);
    },
    async earlier(signal) {
      const work = async () => earlierVersions(await clients(), signal);
      const versions = await asked(work(), signal);
      if ('fault' in versions) throw new ConfigurationUnreadable(versions.fault);
      return versions.map(({ blob, ...mark }) => ({
        ...mark,
        async read(signal) {
          const found = await asked(download(blob, undefined, signal), signal);
          if (!('fault' in found)) return found;
          // It was deleted after it was listed; an older one may still be there.
          if (found.status === 404) return undefined;
          throw new ConfigurationUnreadable(found.fault);
        },
      }));
    },
  };
}

/** What the SDK brings. The identity library does not pass the signal on; so the wait ends here, whatever it does. */
async function asked<T extends object>(work: Promise<T>, signal: AbortSignal): Promise<T | BlobSaid> {
  try {
    return await abortable(work, signal);
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    return said(error);
  }
}

/** The URL of a blob without its name, which may have slashes in it, written as `%2F` or not. */
function containerUrl({ url, name }: BlobClient): string {
  const container = new URL(url);
  container.pathname = decodeURIComponent(container.pathname).slice(0, -(name.length + 1));
  return container.href;
}

/** Of the document, so much as is needed to see that it is too long. Rejects as the SDK does, also when it is `known`. */
async function download(
  blob: BlobClient,
  known: string | undefined,
  abortSignal: AbortSignal,
): Promise<Version> {
  const conditions = known === undefined ? {} : { ifNoneMatch: `"${known}"` };
  const {
    etag = '',
    versionId,
    readableStreamBody: body,
  } = await blob.download(0, undefined, {
    abortSignal,
    conditions,
  });
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body ?? []) {
    const octets = Buffer.from(chunk);
    chunks.push(octets);
    length += octets.length;
    if (length > LONGEST_CONFIGURATION) break;
  }
  // What is no UTF-8 becomes U+FFFD, which whoever reads the text refuses.
  const text = Buffer.concat(chunks).toString('utf8');
  return { version: bare(etag), ...(versionId !== undefined && { id: versionId }), text };
}

/** As lists have an ETag: without quotation marks. */
function bare(etag: string): string {
  return etag.replace(/^(?:W\/)?"|"$/g, '');
}

interface ListedVersion extends VersionMark {
  readonly id: string;
  readonly blob: BlobClient;
}

/** Newest first: version ids are times, of one length. */
async function earlierVersions(
  { blob, container }: Clients,
  abortSignal: AbortSignal,
): Promise<readonly ListedVersion[]> {
  const found: ListedVersion[] = [];
  const listed = container.listBlobsFlat({ prefix: blob.name, includeVersions: true, abortSignal });
  for await (const { name, versionId, properties } of listed) {
    if (name !== blob.name || versionId === undefined) continue;
    found.push({ version: bare(properties.etag), id: versionId, blob: blob.withVersion(versionId) });
  }
  return found.sort((one, other) => (one.id < other.id ? 1 : -1)).slice(0, EARLIER_VERSIONS);
}

import { type BlobAnswer, badRequest, escaped } from './blob-answers.ts';
import type { StoredBlob } from './blob-containers.ts';

/** More are given in no page. */
const LARGEST = 5_000;
const KNOWN = new Set(['restype', 'comp', 'include', 'prefix', 'marker', 'maxresults', 'timeout']);

/**
 * List Blobs (https://learn.microsoft.com/rest/api/storageservices/list-blobs): one page, as XML, of current versions
 * or, with `include=versions`, of all.
 *
 * @param x.serviceUrl without a slash at its end
 * @param x.largest no page is larger, whatever a caller wants
 */
export function listing(x: {
  readonly blobs: readonly StoredBlob[];
  readonly serviceUrl: string;
  readonly container: string;
  readonly query: URLSearchParams;
  readonly largest: number;
}): BlobAnswer {
  const { query } = x;
  for (const name of query.keys()) {
    if (!KNOWN.has(name))
      return badRequest('UnsupportedQueryParameter', 'A query parameter is not supported.');
  }
  const include = query.get('include') ?? '';
  if (include !== '' && include !== 'versions') return wrong('include');
  const size = Number(query.get('maxresults') ?? LARGEST);
  if (!Number.isInteger(size) || size < 1 || size > LARGEST) return wrong('maxresults');
  const marker = query.get('marker') ?? '';
  const from = placeOf(marker);
  if (from === undefined) return wrong('marker');

  const all = include === 'versions';
  const prefix = query.get('prefix') ?? '';
  const found = x.blobs.filter(
    (blob) => (all || blob.isCurrent) && blob.name.startsWith(prefix) && isNotBefore(blob, from),
  );
  const end = Math.min(size, x.largest);
  const next = found[end];
  const shown = found.slice(0, end).map((blob) => {
    const gone = !x.blobs.some(({ name, isCurrent }) => isCurrent && name === blob.name);
    return blobElement(blob, { all, gone });
  });
  const parts = [
    element('Prefix', prefix),
    marker === '' ? '' : element('Marker', marker),
    query.has('maxresults') ? element('MaxResults', String(size)) : '',
    `<Blobs>${shown.join('')}</Blobs>`,
    next === undefined ? '<NextMarker />' : element('NextMarker', markerOf(next)),
  ];
  const place = `ServiceEndpoint="${escaped(`${x.serviceUrl}/`)}" ContainerName="${escaped(x.container)}"`;
  const octets = `\uFEFF<?xml version="1.0" encoding="utf-8"?><EnumerationResults ${place}>${parts.join('')}</EnumerationResults>`;
  return { kind: 'listed', answer: { status: 200, contentType: 'application/xml', octets } };
}

function wrong(parameter: string): BlobAnswer {
  return badRequest(
    'InvalidQueryParameterValue',
    `Value for one of the query parameters specified in the request URI is invalid: ${parameter}.`,
  );
}

function blobElement(blob: StoredBlob, x: { readonly all: boolean; readonly gone: boolean }): string {
  const time = new Date(blob.created).toUTCString();
  const properties = [
    element('Creation-Time', time),
    element('Last-Modified', time),
    element('Etag', blob.etag),
    element('Content-Length', String(blob.octets.length)),
    element('Content-Type', 'application/octet-stream'),
    element('BlobType', 'BlockBlob'),
    element('AccessTier', 'Hot'),
    element('ServerEncrypted', 'true'),
  ];
  return [
    '<Blob>',
    element('Name', blob.name),
    element('VersionId', blob.versionId),
    blob.isCurrent ? element('IsCurrentVersion', 'true') : '',
    `<Properties>${properties.join('')}</Properties>`,
    x.all && x.gone ? element('HasVersionsOnly', 'true') : '',
    '<OrMetadata />',
    '</Blob>',
  ].join('');
}

function element(name: string, text: string): string {
  return `<${name}>${escaped(text)}</${name}>`;
}

type Place = Pick<StoredBlob, 'name' | 'versionId'>;

/** A marker is opaque to callers; it names the first blob of the next page. */
function markerOf({ name, versionId }: Place): string {
  return Buffer.from(JSON.stringify([name, versionId])).toString('base64url');
}

function placeOf(marker: string): Place | undefined {
  if (marker === '') return { name: '', versionId: '' };
  try {
    const [name, versionId]: readonly unknown[] = JSON.parse(
      Buffer.from(marker, 'base64url').toString('utf8'),
    );
    return typeof name === 'string' && typeof versionId === 'string' ? { name, versionId } : undefined;
  } catch {
    return undefined;
  }
}

function isNotBefore(blob: Place, from: Place): boolean {
  return blob.name === from.name ? blob.versionId >= from.versionId : blob.name > from.name;
}

import { randomUUID } from 'node:crypto';
import type { Clock } from '../../relay-call/clock.ts';
import {
  type BlobAnswer,
  type BlobCounts,
  badRequest,
  challenge,
  missing,
  refusal,
  scripted,
} from './blob-answers.ts';
import { type Containers, containersOf, type StoredBlob } from './blob-containers.ts';
import { listing } from './blob-listing.ts';
import type { Answer, Call } from './listener.ts';
import type { Stage } from './script.ts';
import { STORAGE_AUDIENCE, type TokenIssuer } from './tokens.ts';

export type { BlobCounts } from './blob-answers.ts';

/** The first with blob versions, and the newest that there is. */
const versions = { first: '2019-12-12', newest: '2026-10-06' };
/** Headers by which callers want something that is not played here. */
const unplayed = ['range', 'x-ms-range', 'if-match', 'if-modified-since', 'if-unmodified-since'];
const versionIdForm = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z$/;

/**
 * The blobs of one storage account with versioning, as far as they are read: authentication, then script, version,
 * account, method. They are written by {@link Containers}' `put` and `remove` alone.
 *
 * @param x.url where the account is, the emulator's way: `https://host:port/ACCOUNT`
 * @param x.pageSize of lists, at most; default 5000
 */
export function blobs(x: {
  readonly issuer: TokenIssuer;
  readonly stage: Stage;
  readonly clock: Clock;
  readonly url: () => string;
  readonly pageSize?: number;
}): Pick<Containers, 'put' | 'remove'> & { answer(call: Call): Promise<Answer>; counts(): BlobCounts } {
  const containers = containersOf(x.clock);
  const counts: BlobCounts = {
    challenged: 0,
    unauthorized: 0,
    read: 0,
    unchanged: 0,
    headed: 0,
    listed: 0,
    missing: 0,
    refused: 0,
    scripted: 0,
  };

  function authenticate(call: Call): BlobAnswer | undefined {
    const authorization = call.header('authorization');
    if (authorization === undefined) return challenge(x.issuer.tenant, { sent: false });
    const token = /^Bearer (\S+)$/i.exec(authorization)?.[1] ?? '';
    if (x.issuer.check(token, STORAGE_AUDIENCE) === undefined) return undefined;
    return challenge(x.issuer.tenant, { sent: true });
  }

  function find(call: Call): BlobAnswer {
    const version = call.header('x-ms-version') ?? '';
    const known =
      /^\d{4}-\d\d-\d\d$/.test(version) && version >= versions.first && version <= versions.newest;
    if (!known) return badRequest('InvalidHeaderValue', 'The value for x-ms-version is none that is known.');
    const [account, container, ...name] = call.path;
    if (`/${account}` !== new URL(x.url()).pathname || !container) {
      return badRequest('InvalidUri', 'The request URI does not name this account and a container.');
    }
    if (call.method !== 'GET' && call.method !== 'HEAD') {
      const message = 'The resource doesn’t support the specified HTTP verb.';
      return refusal('refused', { status: 405, code: 'UnsupportedHttpVerb', message });
    }
    if (unplayed.some((header) => call.header(header) !== undefined)) {
      return badRequest('UnsupportedHeader', 'A header is not supported.');
    }
    return name.length > 0 ? blob(call, container, name.join('/')) : list(call, container);
  }

  function list({ method, query }: Call, container: string): BlobAnswer {
    const asked = method === 'GET' && query.get('restype') === 'container' && query.get('comp') === 'list';
    if (!asked) return badRequest('InvalidUri', 'Of a container, only its list of blobs can be read.');
    const all = containers.list(container);
    if (all === undefined) return missing('Container');
    return listing({ blobs: all, serviceUrl: x.url(), container, query, largest: x.pageSize ?? 5_000 });
  }

  function blob(call: Call, container: string, name: string): BlobAnswer {
    for (const parameter of call.query.keys()) {
      if (parameter !== 'versionid' && parameter !== 'timeout') {
        return badRequest('UnsupportedQueryParameter', 'A query parameter is not supported.');
      }
    }
    const versionId = call.query.get('versionid') ?? undefined;
    if (versionId !== undefined && !versionIdForm.test(versionId)) {
      return badRequest('InvalidQueryParameterValue', 'The versionid is malformed.');
    }
    if (containers.list(container) === undefined) return missing('Container');
    const found = containers.find(container, name, versionId);
    if (found === undefined) return missing('Blob');
    const unlike = call.header('if-none-match');
    if (unlike === '*') return badRequest('UnsatisfiableCondition', 'The request can never be satisfied.');
    const tags = unlike?.split(',').map((tag) => tag.trim());
    const headers = headersOf(found);
    if (tags?.includes(headers.etag)) return unchanged(headers.etag);
    return {
      kind: call.method === 'GET' ? 'read' : 'headed',
      answer: { status: 200, headers, contentType: 'application/octet-stream', octets: found.octets },
    };
  }

  return {
    put: containers.put,
    remove: containers.remove,
    counts: () => ({ ...counts }),
    async answer(call) {
      const unauthenticated = authenticate(call);
      const fault = unauthenticated ? undefined : await x.stage.play();
      if (fault === 'reset') {
        counts.scripted += 1;
        return 'reset';
      }
      const { kind, answer } = unauthenticated ?? (fault && scripted(fault)) ?? find(call);
      counts[kind] += 1;
      const version = call.header('x-ms-version');
      const headers = { 'x-ms-request-id': randomUUID(), ...(version && { 'x-ms-version': version }) };
      return { ...answer, headers: { ...headers, ...answer.headers } };
    },
  };
}

function headersOf(blob: StoredBlob) {
  const time = new Date(blob.created).toUTCString();
  return {
    etag: `"${blob.etag}"`,
    'last-modified': time,
    'x-ms-creation-time': time,
    'x-ms-blob-type': 'BlockBlob',
    'x-ms-version-id': blob.versionId,
    'x-ms-server-encrypted': 'true',
    'accept-ranges': 'bytes',
    ...(blob.isCurrent && { 'x-ms-is-current-version': 'true' }),
  };
}

function unchanged(etag: string): BlobAnswer {
  const { answer } = refusal('unchanged', {
    status: 304,
    code: 'ConditionNotMet',
    message: '',
    headers: { etag },
  });
  return { kind: 'unchanged', answer: { ...answer, octets: '' } };
}

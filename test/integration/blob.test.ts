import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ContainerClient } from '@azure/storage-blob';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { blobSource } from '../../functions/config/blob.ts';
import { type Azurite, startAzurite } from '../../local/azurite.ts';
import { STORAGE_AUDIENCE, tokenIssuer, VAULT_AUDIENCE } from '../../local/stand-ins/tokens.ts';
import { systemClock } from '../../relay-call/clock.ts';
import { listed, never, trusted } from '../functions/config/blob-rig.ts';

/** Azurite's blobs have no versions; what it has is held against the adapter here, the rest by our own stand-in. */
const name = 'a folder/ü%+&/bridge.json';
const issuer = tokenIssuer(systemClock);
let folder: string;
let azurite: Azurite;
let container: ContainerClient;
const programs: Array<Azurite['program']> = [];

const tokenFor = (audience: string) => ({
  async getToken() {
    const { token, expires } = issuer.issue({ audience, appId: 'app', lifetime: 600 });
    return { token, expiresOnTimestamp: expires * 1000 };
  },
});

beforeAll(async () => {
  const tls = await trusted();
  folder = await mkdtemp(join(tmpdir(), 'blob-'));
  azurite = await startAzurite({
    tls,
    service: 'blob',
    directory: folder,
    env: process.env,
    started: (program) => programs.push(program),
    read: () => undefined,
  });
  container = new ContainerClient(`${azurite.url}/config`, tokenFor(STORAGE_AUDIENCE));
  await container.create();
});
afterAll(async () => {
  await Promise.all(programs.map((program) => program.kill()));
  await rm(folder, { recursive: true });
});
beforeEach(() => put('{"a": "ü"}'));

async function put(text: string): Promise<void> {
  const octets = Buffer.from(text);
  await container.getBlockBlobClient(name).upload(octets, octets.length);
}

function source(x: { readonly name?: string; readonly audience?: string } = {}) {
  const path = (x.name ?? name).split('/').map(encodeURIComponent).join('/');
  return blobSource({
    url: `${azurite.url}/config/${path}`,
    credential: tokenFor(x.audience ?? STORAGE_AUDIENCE),
    retryOptions: { maxTries: 1 },
  });
}

async function versionOf(known?: string): Promise<string> {
  const read = await source().read(known, never);
  return read === 'unchanged' ? read : read.version;
}

describe('a blob of Azurite', () => {
  test('is read, and not again as long as its ETag is the known one', async () => {
    const read = await source().read(undefined, never);
    expect(read).toEqual({ version: expect.stringMatching(/^0x[0-9A-F]+$/), text: '{"a": "ü"}' });
    const version = await versionOf();
    expect(await versionOf(version)).toBe('unchanged');
    await put('{"a": "ü"}');
    const next = await versionOf(version);
    expect(['unchanged', version]).not.toContain(next);
    expect(await versionOf(next)).toBe('unchanged');
  });

  test('has no earlier versions, which is no fault', async () => {
    expect(await listed(source().earlier(never))).toEqual([]);
  });

  test('is told to be missing, or out of reach for another’s token', async () => {
    const missing = source({ name: 'none.json' }).read(undefined, never);
    await expect(missing).rejects.toMatchObject({ code: 'BlobNotFound' });
    const refused = source({ audience: VAULT_AUDIENCE }).read(undefined, never);
    await expect(refused).rejects.toMatchObject({ code: 'AuthenticationFailed' });
  });
});

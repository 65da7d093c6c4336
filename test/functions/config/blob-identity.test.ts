import { afterAll, expect, test, vi } from 'vitest';
import { blobSource } from '../../../functions/config/blob.ts';
import { managedIdentity } from '../../../functions/keyvault/credential.ts';
import { running } from '../../local/stand-ins/running.ts';
import { never, trusted } from './blob-rig.ts';

afterAll(() => {
  vi.unstubAllEnvs();
});

test('the app’s managed identity reads the blob, with one token for many looks', {
  timeout: 30_000,
}, async () => {
  const standIns = await running(await trusted());
  vi.stubEnv('IDENTITY_ENDPOINT', standIns.identityEndpoint);
  vi.stubEnv('IDENTITY_HEADER', standIns.identityHeader);
  try {
    const credential = managedIdentity(standIns.clientId);
    const source = blobSource({ url: `${standIns.blobUrl}/config/bridge.json`, credential });
    const version = standIns.blobs.put('config', 'bridge.json', Buffer.from('{}'));
    expect(await source.read(undefined, never)).toMatchObject({ version, text: '{}' });
    expect(await source.read(version, never)).toBe('unchanged');
    expect(standIns.counts()).toMatchObject({
      managedIdentity: { issued: 1, refused: 0 },
      blobs: { read: 1, unchanged: 1, challenged: 0, unauthorized: 0 },
    });
  } finally {
    await standIns.close();
  }
});

import { createServer } from 'node:http';
import { expect, test, vi } from 'vitest';
import { managedIdentity } from '../../../functions/keyvault/credential.ts';
import { listen } from '../../../local/listen.ts';

// A file of its own: the identity library remembers endpoint and tokens for the whole process.
test('a request that the identity never answers ends, and its connection with it', {
  timeout: 30_000,
}, async () => {
  let asked = 0;
  const ended = Promise.withResolvers<void>();
  const server = createServer((request) => {
    asked += 1;
    request.socket.once('close', () => ended.resolve());
  });
  const port = await listen(server, '127.0.0.1', 0);
  vi.stubEnv('IDENTITY_ENDPOINT', `http://127.0.0.1:${port}/msi/token`);
  vi.stubEnv('IDENTITY_HEADER', 'header');
  try {
    const asking = managedIdentity(undefined).getToken('https://storage.azure.com/.default');
    await expect(asking).rejects.toMatchObject({ name: 'TimeoutError' });
    await ended.promise;
    expect(asked).toBeGreaterThan(0);
  } finally {
    vi.unstubAllEnvs();
    server.closeAllConnections();
    server.close();
  }
});

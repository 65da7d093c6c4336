import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startBridge } from '../../local/bridge.ts';
import { lifetime } from '../../local/lifetime.ts';
import { StoreInMemory, startStore } from '../../local/store.ts';
import { loopbackTls } from './stand-ins/running.ts';

async function starting(kind: 'memory' | 'azurite') {
  const directory = await mkdtemp(join(tmpdir(), 'store-'));
  const life = lifetime(true);
  onTestFinished(async () => {
    await life.close();
    await rm(directory, { recursive: true, force: true });
  });
  const tls = await loopbackTls();
  const { own: started, defer } = life;
  const store = await startStore(kind, {
    tls,
    env: process.env,
    directory,
    started,
    read: () => undefined,
    defer,
  });
  return { store, ca: tls.ca };
}

/** The status of an answer, or the code of the error. */
function ask(url: string, ca: string): Promise<number | string> {
  return new Promise((resolve) => {
    const outgoing = request(`${url}/Tables`, { ca, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    outgoing.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''));
    outgoing.end();
  });
}

test('in memory it has no address and cannot be stopped', async () => {
  const { store } = await starting('memory');
  expect(store.setting).toBe('memory');
  expect(store.azurite).toBeUndefined();
  await expect(store.stop()).rejects.toThrow(StoreInMemory);
  await expect(store.start()).rejects.toThrow(StoreInMemory);
});

test('Azurite answers at its address, is stopped without ending, and started again', async () => {
  const { store, ca } = await starting('azurite');
  expect(store.setting).toMatch(/^https:\/\/127\.0\.0\.1:\d+\/devstoreaccount1$/);
  expect(store.azurite).toEqual({ url: store.setting, pid: expect.any(Number) });
  // Without a token it refuses, which only a server does that has been reached.
  expect(await ask(store.setting, ca)).toBe(403);
  await store.stop();
  expect(await ask(store.setting, ca)).toBe('ECONNREFUSED');
  expect(process.kill(store.azurite?.pid ?? 0, 0)).toBe(true);
  await store.start();
  expect(await ask(store.setting, ca)).toBe(403);
}, 60_000);

test.each([{ hosts: 2 }, { hosts: 3, store: 'memory' as const }])(
  'flag-wrong: hosts that share nothing (%j)',
  async (options) => {
    await expect(startBridge(options)).rejects.toMatchObject({
      code: 'flag-wrong',
      message: expect.stringContaining('--store azurite'),
    });
  },
);

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createBridge } from '../../../functions/bridge.ts';
import type { LogEvent } from '../../../functions/records/log.ts';
import { prepare } from '../../../functions/triggers/start.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'start-'));
});
afterEach(() => rm(folder, { recursive: true }));

function bridgeWith(file: string) {
  const events: LogEvent[] = [];
  const bridge = createBridge(
    {
      BRIDGE_CONFIG: file,
      BRIDGE_STORE: 'memory',
      BRIDGE_AUTHORITY: 'bridge.example',
      KEY_VAULT_URL: 'https://name.vault.azure.net',
    },
    (event) => events.push(event),
  );
  return { bridge, events };
}

test('an instance reads its configuration before the first call', async () => {
  const file = join(folder, 'bridge.json');
  await writeFile(file, JSON.stringify({ relays: [], clients: [] }));
  const { bridge, events } = bridgeWith(file);
  prepare(bridge);
  await expect.poll(() => events).toMatchObject([{ event: 'configuration-loaded' }]);
});

test('what is wrong with it is told at once, and ends nothing', async () => {
  const file = join(folder, 'bridge.json');
  const { bridge, events } = bridgeWith(file);
  if (bridge instanceof Error) throw bridge;
  await expect(bridge.prepare()).resolves.toBeUndefined();
  expect(events).toEqual([{ event: 'configuration-unavailable', cause: 'ENOENT' }]);
});

test('where the settings are refused there is nothing to read', () => {
  const { bridge } = bridgeWith('ftp://x');
  expect(bridge).toBeInstanceOf(Error);
  prepare(bridge);
});

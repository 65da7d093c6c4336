import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startBridge } from '../../local/bridge.ts';
import { type Stage, setStage } from '../../local/demo/stage.ts';
import { StartRefused } from '../../local/faults.ts';
import type { Bridge, BridgeLine } from '../../local/running-bridge.ts';
import { bridgeConsole } from '../../local/sign-in/bridge-console.ts';
import { afterTimeout } from '../../local/sign-in/client.ts';
import { run } from '../../package/main.ts';
import { systemClock } from '../../relay-call/clock.ts';

/**
 * What `npm run package` makes, as it runs in Azure: bridge.json in a versioned blob, state in tables, two instances,
 * events in Application Insights.
 */
const lines: BridgeLine[] = [];
let folder: string;
let bridge: Bridge;
let stage: Stage;

/** What the functions told of that name. */
function told(event: string): ReadonlyArray<Record<string, unknown>> {
  return lines
    .filter(({ program, text }) => program.startsWith('functions') && text.startsWith('{'))
    .map(({ text }) => JSON.parse(text))
    .filter((line) => line.event === event);
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'radius-bridge-deployed-'));
  for (const name of ['TMPDIR', 'TEMP', 'TMP']) vi.stubEnv(name, folder);
  const made = join(folder, 'package');
  expect(
    await run(['--out', made], { here: folder, out: () => undefined, err: (text) => expect(text).toBe('') }),
  ).toBe(0);
  bridge = await startBridge({
    authPort: 0,
    acctPort: 0,
    mfa: 'approve',
    store: 'azurite',
    hosts: 2,
    package: made,
    tell: (line) => lines.push(line),
  });
  stage = await setStage(bridgeConsole(JSON.parse(await readFile(bridge.runFile, 'utf8'))), {
    clock: systemClock,
    random: Math.random,
    after: afterTimeout,
  });
});
afterAll(async () => {
  await bridge?.close();
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

const signIn = (user: string, client: 'vpn' | 'rd-gateway' = 'vpn', password = 'correct horse') =>
  stage.signIn({ user, client, ...(client === 'vpn' ? { password } : {}) });

test('a user of the local directory, one of Entra, and one behind the RD Gateway with MFA sign in', async () => {
  expect(await signIn('alice')).toBe('Access-Accept, accepted');
  expect(await signIn('alice@contoso.example')).toBe('Access-Accept, accepted');
  expect(await signIn('CONTOSO\\alice', 'rd-gateway')).toBe('Access-Accept, accepted');
  expect(await signIn('alice', 'vpn', 'wrong')).toBe('Access-Reject, wrong-password');
});

test('bridge.json came from the blob, once for each instance', async () => {
  const { standIns } = await bridge.counts();
  expect(standIns.blobs).toMatchObject({ refused: 0 });
  expect(told('configuration-loaded').length).toBeGreaterThan(0);
  expect(told('configuration-broken')).toEqual([]);
});

test('each decision arrives in Application Insights under the id of its record', async () => {
  const ids = bridge.decisions.recent().map((record) => (record as { id: string }).id);
  expect(ids.length).toBeGreaterThanOrEqual(4);
  await expect
    .poll(async () => JSON.stringify(await bridge.telemetry()), { timeout: 30_000 })
    .toSatisfy((items: string) => ids.every((id) => items.includes(id)));
});

test('instances that start while the newest bridge.json is broken use the newest that is valid, and say so', async () => {
  await bridge.configure('{ "relays": [] ');
  await bridge.stopFunctions();
  await bridge.startFunctions();
  expect(await signIn('alice')).toBe('Access-Accept, accepted');
  // Each says so when it starts, whether a call has come to it or not.
  const broken = { problems: [{ code: 'json-malformed' }] };
  await expect.poll(() => told('configuration-broken')).toMatchObject([broken, broken]);
});

test('a folder without a package is refused, with what to do', async () => {
  const starting = startBridge({ authPort: 0, acctPort: 0, package: folder });
  await expect(starting).rejects.toThrow(StartRefused);
  await expect(starting).rejects.toThrow(/npm run package/);
});

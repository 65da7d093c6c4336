import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Console, startConsole } from '../../../local/console.ts';
import { bridgeConsole } from '../../../local/sign-in/bridge-console.ts';

const client = { name: 'vpn', profile: 'generic', addresses: ['127.0.0.1'], secret: 'the secret of the vpn' };
const phone = 'http://127.0.0.1:4711/';
const auth = [{ address: '127.0.0.1', port: 1812 }];

let server: Console;
let asked: string[];
let canPrompt: boolean;

beforeEach(async () => {
  asked = [];
  canPrompt = true;
  server = await startConsole({
    port: 0,
    token: 'the token',
    state: () => ({
      addresses: { auth, acct: [], phone },
      clients: [client],
      canPrompt,
      hosts: 2,
      embedded: true,
    }),
    decisions: () => [{ reason: 'accepted' }],
    counts: async () => ({ standIns: { keyVault: { read: 1 } }, relay: {}, decisions: 1 }),
    telemetry: async () => [],
    switches: {
      functions: {
        stop: async () => void asked.push('stop'),
        start: async () => void asked.push('start'),
      },
      graph: {
        stop: async () => void asked.push('stop Graph'),
        start: async () => void asked.push('start Graph'),
      },
    },
    phone: {
      state: async () => ({ mode: 'deny', ringFor: 60_000, prompts: [] }),
      answer: async () => false,
      set: async (mode, ringFor) => void asked.push(`phone ${mode} ${ringFor}`),
    },
  });
});
afterEach(async () => {
  await server.close();
});

test('what the console of a bridge tells and does', async () => {
  const bridge = bridgeConsole({ console: server.url, token: 'the token' });
  expect(await bridge.view()).toEqual({ auth, clients: [client], hosts: 2, embedded: true, phone });
  expect(await bridge.decisions()).toEqual([{ reason: 'accepted' }]);
  expect(await bridge.counts()).toMatchObject({ decisions: 1 });
  await bridge.stopFunctions();
  await bridge.startFunctions();
  await bridge.stopGraph();
  await bridge.startGraph();
  expect(asked).toEqual(['stop', 'start', 'stop Graph', 'start Graph']);
});

test('the phone: its state is told, its mode is set', async () => {
  const bridge = bridgeConsole({ console: server.url, token: 'the token' });
  expect(await bridge.phone.state()).toEqual({ mode: 'deny', ringFor: 60_000, prompts: [] });
  await bridge.phone.set('ring', 3000);
  await bridge.phone.set('approve');
  expect(asked).toEqual(['phone ring 3000', 'phone approve undefined']);
});

test('no page with a phone where nothing prompts', async () => {
  canPrompt = false;
  const bridge = bridgeConsole({ console: server.url, token: 'the token' });
  expect(await bridge.view()).toEqual({ auth, clients: [client], hosts: 2, embedded: true });
});

describe('an error', () => {
  test('when the token is another one, and the token is not told', async () => {
    const bridge = bridgeConsole({ console: server.url, token: 'an old token' });
    await expect(bridge.view()).rejects.toThrow(/^The bridge's console answers 401 to GET \/state\.$/);
  });

  test('when the bridge has gone', async () => {
    const bridge = bridgeConsole({ console: server.url, token: 'the token' });
    await server.close();
    await expect(bridge.view()).rejects.toThrow();
  });
});

import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { type Functions, functionsOf } from '../../local/functions.ts';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

let functions: Functions | undefined;
afterEach(() => functions?.kill());

/** Hosts of a small app, the names of those that told something, and how each ended that nobody had asked to. */
async function start(hosts: number) {
  const told: string[] = [];
  const ended: string[] = [];
  functions = functionsOf({
    hosts,
    packageFile: path('./fixtures/app/package.json'),
    hostFile: path('../../host.json'),
    env: { ...process.env, WEBSITE_INSTANCE_ID: "the developer's own" },
    log: ({ message }, host) => {
      if (message.startsWith('instance')) told.push(`${host}: ${message}`);
    },
    read: () => undefined,
    listening: async () => undefined,
    ended: (host, how) => ended.push(`${host}: ${how}`),
  });
  await functions.start();
  return { functions, told, ended };
}

test('several hosts have a number each, and are instances of their own', async () => {
  const { functions: running, told, ended } = await start(2);
  for (const port of running.ports) await fetch(`http://127.0.0.1:${port}/api/instance`);
  await expect
    .poll(() => told)
    .toEqual(['functions host 1: instance local-1', 'functions host 2: instance local-2']);

  process.kill(running.pids[1] ?? 0, 'SIGKILL');
  await expect.poll(() => ended).toEqual([expect.stringMatching(/^functions host 2: signal SIGKILL/)]);
}, 40_000);

test('a single host has none', async () => {
  const { functions: running, told, ended } = await start(1);
  await fetch(`http://127.0.0.1:${running.ports[0]}/api/instance`);
  await expect.poll(() => told).toEqual(['functions host: instance local-1']);
  await running.kill();
  expect(ended).toEqual([]);
}, 40_000);

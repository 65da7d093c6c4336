import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Lifetime, lifetime } from '../../local/lifetime.ts';
import { startFreeRadius } from '../bench/peers/freeradius.ts';
import { isAccepted } from '../bench/peers/probe.ts';
import { startRadsecproxy } from '../bench/peers/radsecproxy.ts';
import { startNullBackend } from '../bench/relay/backend/start.ts';
import { SECRET } from '../bench/relay/server.ts';

// Only the bench compares with these: where they are missing the tests are skipped, but not in CI, which installs them.
const required = process.env['REQUIRE_INTEROP'] !== undefined;

let programs: Lifetime;
let run: { readonly directory: string };
beforeEach(async () => {
  programs = lifetime(true);
  run = { directory: await mkdtemp(join(tmpdir(), 'peers-')) };
});
afterEach(async () => {
  await programs.close();
  await rm(run.directory, { recursive: true });
});

test('FreeRADIUS of the bench lets the null backend accept a request', async ({ skip }) => {
  const { http1Url: url, caFile } = await startNullBackend({ run, programs, secret: SECRET });
  const peer = await startFreeRadius({ run, programs, backend: { url, caFile }, pinned: undefined });
  if ('missing' in peer) {
    if (required) throw new Error(peer.missing);
    return skip(peer.missing);
  }
  expect(await isAccepted(peer)).toBe(true);
});

test('radsecproxy of the bench hands on what its server accepts', async ({ skip }) => {
  const peer = await startRadsecproxy({ run, programs, pinned: undefined });
  if ('missing' in peer) {
    if (required) throw new Error(peer.missing);
    return skip(peer.missing);
  }
  expect(await isAccepted(peer)).toBe(true);
});

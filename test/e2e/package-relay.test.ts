import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { localTls, tlsCache } from '../../local/tls.ts';
import { packageContents } from '../../package/contents.ts';
import { bareRun } from './bare-run.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** A Node on the PATH that `npm ci` and the like run on, and the relay does not: 20 to 23. */
function olderNode(): string | undefined {
  const name = process.platform === 'win32' ? 'node.exe' : 'node';
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((directory) => join(directory, name))
    .filter((file) => existsSync(file))
    .find((file) => /^v2[0-3]\./.test(execFileSync(file, ['--version'], { encoding: 'utf8' })));
}

let program: Uint8Array;
beforeAll(async () => {
  program = (await packageContents()).relay;
});

describe('the relay, alone in a folder', () => {
  const relay = 'edge-relay.mjs';
  let alone: string;
  beforeEach(async () => {
    alone = await mkdtemp(join(tmpdir(), 'relay-'));
    await writeFile(join(alone, relay), program);
  });

  afterEach(() => rm(alone, { recursive: true }));

  async function configure(url: string): Promise<void> {
    const { ca } = await localTls(tlsCache, Date.now());
    await writeFile(join(alone, 'ca.pem'), ca);
    const listen = [{ address: '127.0.0.1', port: 0, serves: 'auth' }];
    const clients = [{ network: '127.0.0.1' }];
    const document = { url, keyId: 'site-1', keyFile: 'site-1.key.pem', ca: 'ca.pem', listen, clients };
    await writeFile(join(alone, 'relay.json'), JSON.stringify(document));
    expect((await bareRun(alone, relay, ['keygen', '--key-id', 'site-1'])).code).toBe(0);
  }

  test('says its version and how it is used', async () => {
    const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
    expect(await bareRun(alone, relay, ['--version'])).toEqual({
      code: 0,
      stdout: `${version}\n`,
      stderr: '',
    });
    expect(await bareRun(alone, relay, [])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('expected one command'),
    });
  });

  test('keygen makes a key once', async () => {
    const first = await bareRun(alone, relay, ['keygen', '--key-id', 'site-1']);
    expect(first.code).toBe(0);
    expect(JSON.parse(first.stdout)).toMatchObject({ keyId: 'site-1', enabled: true });
    expect(await readFile(join(alone, 'site-1.key.pem'), 'utf8')).toContain('PRIVATE KEY');
    expect((await bareRun(alone, relay, ['keygen', '--key-id', 'site-1'])).code).toBe(1);
  });

  test('check: 2 without a relay.json, 1 while nobody answers, 0 when all is well', async () => {
    expect((await bareRun(alone, relay, ['check'])).code).toBe(2);
    const { cert, key } = await localTls(tlsCache, Date.now());
    const server = createServer({ cert, key }, (_request, response) => response.end());
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    await configure(`https://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const well = await bareRun(alone, relay, ['check']);
    expect(well).toMatchObject({ code: 0, stdout: expect.stringContaining('HTTP status 200'), stderr: '' });
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
    const alas = await bareRun(alone, relay, ['check']);
    expect(alas).toMatchObject({ code: 1, stdout: expect.stringContaining('not reachable') });
  });

  test('run listens until SIGTERM', async () => {
    await configure('https://127.0.0.1:9');
    const child = spawn(process.execPath, [relay, 'run'], { cwd: alone, stdio: ['ignore', 'pipe', 'pipe'] });
    const ended = once(child, 'close');
    let stdout = '';
    const listening = Promise.withResolvers<void>();
    child.stdout.on('data', (text) => {
      stdout += text;
      if (stdout.includes('\n')) listening.resolve();
    });
    await Promise.race([listening.promise, ended]);
    expect(JSON.parse(stdout)).toMatchObject({ event: 'listening', sockets: [{ serves: 'auth' }] });
    child.kill('SIGTERM');
    const how = await ended;
    // Windows has no signals: the program is ended then and there.
    if (process.platform === 'win32') return;
    expect(how).toEqual([0, null]);
    expect(JSON.parse(stdout.split('\n')[1] ?? '')).toEqual({ event: 'stopped', reason: 'SIGTERM' });
  });

  const older = olderNode();
  test.skipIf(older === undefined)(
    'an older Node is refused in a sentence (skipped where none is on the PATH)',
    async () => {
      expect(await bareRun(alone, relay, ['--version'], older)).toEqual({
        code: 2,
        stdout: '',
        stderr: expect.stringMatching(/^edge-relay needs Node 24 or later; this is \d+\.\d+\.\d+\.\n$/),
      });
    },
  );
});

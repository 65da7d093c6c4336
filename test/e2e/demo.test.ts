import { spawn } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { startBridge } from '../../local/bridge.ts';
import type { Bridge } from '../../local/running-bridge.ts';

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

// Only Linux has 127.0.0.3, from which an unknown client is played.
const ALL_AS_EXPECTED =
  process.platform === 'linux'
    ? /\n25 rows as expected, 0 differ\.\n$/
    : /\n2[45] rows as expected, 0 differ.*\n$/;

/**
 * Runs a program of local/ to its end, with what is typed into it.
 *
 * @param complains is told of all that stands on standard error whenever more does
 */
async function run(
  program: string,
  words: readonly string[],
  typed = '',
  complains: (stderr: string) => void = () => undefined,
): Promise<Ended> {
  const file = fileURLToPath(new URL(`../../local/${program}/main.ts`, import.meta.url));
  const child = spawn(process.execPath, [file, ...words]);
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (text) => {
    stdout += text;
  });
  child.stderr.on('data', (text) => {
    stderr += text;
    complains(stderr);
  });
  child.stdin.end(typed);
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, stdout, stderr };
}

// Run files lie in the folder for temporary files: with one of its own, no other bridge of this user is found.
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'radius-bridge-test-'));
  for (const name of ['TMPDIR', 'TEMP', 'TMP']) vi.stubEnv(name, folder);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

describe('without a bridge', () => {
  test('the private demo plays every row as expected and leaves nothing behind', async () => {
    const { code, stdout, stderr } = await run('demo', []);
    expect(stderr).toBe('');
    expect(stdout).toMatch(ALL_AS_EXPECTED);
    expect(code).toBe(0);
    expect((await readdir(folder)).filter((name) => name.startsWith('radius-bridge-run-'))).toEqual([]);
  });

  test('sign-in and the demo say that there is none', async () => {
    expect(await run('sign-in', ['alice'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('npm start'),
    });
    expect(await run('demo', ['--running'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('npm start'),
    });
  });

  test('a server that says nothing: exit code 3', async () => {
    const words = [
      'alice',
      '--password',
      'x',
      '--server',
      '127.0.0.1:9',
      '--secret',
      's',
      '--timeout',
      '0.2',
    ];
    expect(await run('sign-in', words)).toMatchObject({
      code: 3,
      stdout: expect.stringMatching(/Silence for \d+ ms, the request was sent once\.\n$/),
    });
  });

  test('help and wrong use', async () => {
    for (const program of ['sign-in', 'demo']) {
      expect(await run(program, ['--help'])).toMatchObject({
        code: 0,
        stdout: expect.stringContaining('--help'),
      });
      expect(await run(program, ['--nonsense'])).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('--nonsense'),
      });
    }
  });
});

describe('with a bridge', () => {
  let bridge: Bridge;
  beforeAll(async () => {
    bridge = await startBridge({ authPort: 0, acctPort: 0, consolePort: 0, store: 'azurite' });
  });
  afterAll(async () => {
    await bridge?.close();
  });
  afterEach(() => {
    vi.stubEnv('BRIDGE_PASSWORD', undefined);
  });

  test('a right password: exit code 0, the packets shown without it', async () => {
    const { code, stdout } = await run('sign-in', ['alice', '--password', 'correct horse']);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^→ Access-Request, identifier \d+, \d+ octets, from 127\.0\.0\.1:\d+ to 127\.0\.0\.1:\d+/,
    );
    expect(stdout).toMatch(/User-Password +<hidden>/);
    expect(stdout).toMatch(/← Access-Accept[\s\S]*Filter-Id +staff/);
    expect(stdout).not.toContain('correct horse');
  });

  test('the password from the environment, or typed', async () => {
    expect((await run('sign-in', ['alice'], 'correct horse\n')).code).toBe(0);
    vi.stubEnv('BRIDGE_PASSWORD', 'correct horse');
    // The same password, once of the local directory and once of Entra, by its own name and by that on premises.
    for (const name of ['alice', 'alice@contoso.example', 'contoso\\ALICE']) {
      expect([name, (await run('sign-in', [name])).code]).toEqual([name, 0]);
    }
  });

  test('no password from a pipe that is empty: exit code 2, nothing is sent', async () => {
    expect(await run('sign-in', ['alice'], '')).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('No password was given'),
    });
  });

  test('a wrong password: exit code 1', async () => {
    const { code, stdout } = await run('sign-in', ['alice', '--password', 'wrong']);
    expect(code).toBe(1);
    expect(stdout).toMatch(/Access-Reject after [\d.]+ m?s, the request was sent once\.\n$/);
  });

  test('an RD Gateway sends no password and asks for none; the phone rings, and no demo plays, until it is answered', async () => {
    const { promise: waiting, resolve: waits } = Promise.withResolvers<void>();
    const signedIn = run('sign-in', ['alice', '--client', 'rd-gateway', '--machine', 'PC7'], '', (stderr) => {
      if (stderr.includes(`a phone may be ringing: ${bridge.addresses.phone}\n`)) waits();
    });
    await waiting;
    const { mode, prompts } = await bridge.phone.state();
    expect(mode).toBe('phone');
    expect(prompts).toHaveLength(1);
    expect(await run('demo', ['--running'])).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('A phone is ringing'),
    });
    const [prompt] = prompts;
    expect(await bridge.phone.answer(prompt?.id ?? '', 'approve')).toBe(true);
    const { code, stdout } = await signedIn;
    expect(code).toBe(0);
    expect(stdout).toMatch(/MS-Machine-Name +PC7/);
    expect(stdout).not.toContain('User-Password');
  });

  test('a client that the bridge does not have: exit code 2', async () => {
    expect(await run('sign-in', ['alice', '--client', 'nobody'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('vpn, rd-gateway'),
    });
  });

  test('the demo plays at the running bridge and leaves it running, its phone as it was', async () => {
    const { code, stdout } = await run('demo', ['--running']);
    expect(stdout).toMatch(ALL_AS_EXPECTED);
    expect(code).toBe(0);
    expect(await bridge.phone.state()).toEqual({ mode: 'phone', ringFor: 60_000, prompts: [] });
    expect((await run('sign-in', ['alice', '--password', 'correct horse'])).code).toBe(0);
  });
});

test('the demo does not play at several hosts, of which none knows what another has asked', async () => {
  const several = await startBridge({ authPort: 0, acctPort: 0, store: 'azurite', hosts: 2 });
  try {
    expect(await run('demo', ['--running'])).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(/2 functions hosts.*npm start -- --auth-port 0 --acct-port 0$/m),
    });
  } finally {
    await several.close();
  }
});

test('a demo of which no row can be played has not passed', async () => {
  const config = join(folder, 'bridge.json');
  const client = {
    name: 'office',
    addresses: ['127.0.0.1'],
    profile: 'generic',
    secrets: [{ keyVault: 'office' }],
  };
  await writeFile(config, JSON.stringify({ relays: [], clients: [client] }));
  await writeFile(
    join(folder, 'bridge.secrets.json'),
    JSON.stringify({ secrets: { office: 'x'.repeat(16) } }),
  );
  const other = await startBridge({ config, authPort: 0, acctPort: 0 });
  try {
    expect(await run('demo', ['--running'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('embedded configuration'),
    });
  } finally {
    await other.close();
  }
});

import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { checkCommand } from '../../local/check-command.ts';
import { localConfiguration } from '../../local/configuration.ts';
import { StartRefused } from '../../local/faults.ts';
import { refusalWords } from '../../local/words.ts';
import { client, document, networkPolicy, PUBLIC_KEY } from '../functions/config/document.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bridge-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function carryOut(...args: string[]) {
  let out = '';
  let err = '';
  const code = await checkCommand(args, {
    input: Readable.from([]),
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
  });
  return { code, out, err };
}

/** What check says of a bridge.json with a bridge.secrets.json beside it. */
async function check(bridge: object, secrets?: object) {
  const file = join(folder, 'mine.json');
  await writeFile(file, JSON.stringify(bridge));
  if (secrets !== undefined) {
    await writeFile(join(folder, 'bridge.secrets.json'), JSON.stringify(secrets));
  }
  return carryOut(file);
}

/** What a start with the two refuses them for. */
async function startRefusal(bridge: object, secrets: object): Promise<string> {
  const started = localConfiguration({
    bridge: { file: 'mine.json', text: JSON.stringify(bridge) },
    secrets: { file: 'bridge.secrets.json', text: JSON.stringify(secrets) },
    publicKey: PUBLIC_KEY,
    attemptKey: 'made up for this run only',
  });
  return started.then(
    () => 'started',
    (error) => (error instanceof StartRefused ? refusalWords(error) : String(error)),
  );
}

const rowsOf = (out: string) => out.split('\n').map((line) => line.trim().replace(/ +/g, ' '));
const vpn = { 'vpn-secret': 'a-secret-of-sixteen' };
const alice = { name: 'alice', password: 'hunter2' };

describe('a bridge.secrets.json beside it is counted in', () => {
  test('users have the methods that they have after a start', async () => {
    const { code, out, err } = await check(document(), { secrets: vpn, users: [alice] });
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(rowsOf(out)).toContain('alice clear unauthenticated, pap, eap-gtc, mschapv2, chap');
    expect(out).not.toContain('hunter2');
  });

  test('and it is said, with what a deployment has without it', async () => {
    const users = [alice, { name: 'zoe', password: 'hunter2', kind: 'scrypt', groups: ['Staff'] }];
    const { out } = await check(
      document({ networkPolicies: [networkPolicy({ conditions: [{ userGroup: ['Staff'] }] })] }),
      { secrets: vpn, users },
    );
    const rows = rowsOf(out);
    expect(rows[1]).toMatch(/^bridge\.secrets\.json beside it is counted in.* A deployment does not have it/);
    expect(rows.slice(rows.indexOf('Without bridge.secrets.json, as in a deployment') + 1)).toEqual([
      expect.stringMatching(/^secrets come from the key vault/),
      'alice no password unauthenticated',
      'zoe does not exist',
      'WARNING: network policy "VPN users" asks for the group "Staff", which no directory has: nobody is in it',
      '',
    ]);
  });

  test('groups and state that only it gives are told', async () => {
    const users = [{ ...alice, groups: ['VPN', 'Staff'], enabled: false }];
    const { out } = await check(document(), { secrets: vpn, users });
    expect(rowsOf(out)).toEqual(
      expect.arrayContaining([
        'alice clear unauthenticated, pap, eap-gtc, mschapv2, chap (not enabled)',
        'alice no password unauthenticated; groups: VPN',
      ]),
    );
  });

  test('a relay is not counted in: a start has its own', async () => {
    const { out } = await check(document({ relays: [] }), { secrets: vpn });
    expect(out).toContain('WARNING: no relay is enabled');
  });

  test('where none is beside it, there is nothing of the kind', async () => {
    const { code, out } = await check(document());
    expect(code).toBe(0);
    expect(rowsOf(out)).toContain('alice no password unauthenticated');
    expect(out).not.toMatch(/bridge\.secrets\.json|deployment/);
  });
});

describe('what a start refuses is told in the same words, exit code 2', () => {
  test.each([
    ['secrets-file-invalid', document(), { secrets: vpn, users: [{ ...alice, kind: 'md5' }] }],
    ['secret-not-given', document(), { users: [alice] }],
    ['secret-too-weak', document(), { secrets: { 'vpn-secret': 'hunter2' } }],
    ['configuration-invalid', document(), { secrets: vpn, users: [{ ...alice, name: 'A\\B' }] }],
  ])('%s', async (code, bridge, secrets) => {
    const told = await startRefusal(bridge, secrets);
    expect(told).toContain(`(${code})`);
    const checked = await check(bridge, secrets);
    expect(checked).toMatchObject({ code: 2, out: '' });
    expect(checked.err.startsWith(`${told}\n`)).toBe(true);
    expect(checked.err).toMatch(
      /\n\nWhat else the two files mean together is looked at once these are mended\.\n$/,
    );
    expect(checked.err).not.toContain('hunter2');
  });

  test('configuration-unreadable', async () => {
    await mkdir(join(folder, 'bridge.secrets.json'));
    const { code, out, err } = await check(document());
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(/bridge\.secrets\.json: EISDIR\. \(configuration-unreadable\)\n$/);
  });
});

test('a bridge.json with problems: that the file beside it comes later is said', async () => {
  const { code, err } = await check(document({ clients: [client({ profile: 'x' })] }), { users: 'none' });
  expect(code).toBe(2);
  expect(err).toContain('clients[0].profile: The value is none of those');
  expect(err).toContain(
    '\nReferences, policies and bridge.secrets.json are looked at once these are mended.\n',
  );
});

test('other files and command lines are met as by the command that it wraps', async () => {
  await check({ secrets: vpn }, { secrets: vpn });
  expect((await carryOut(join(folder, 'mine.json'))).err).toContain('[file-is-secrets-file]');
  expect((await carryOut(join(folder, 'none.json'))).err).toContain('[file-unreadable]');
  expect((await carryOut()).err).toContain('[usage-wrong]');
  expect((await carryOut('--help')).out).toContain('npm run check -- FILE');
});

test('the npm script does so, with the embedded default', async () => {
  const root = join(import.meta.dirname, '../..');
  const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const [node, ...program] = scripts.check.split(' ');
  expect(node).toBe('node');
  const { stdout } = await promisify(execFile)(process.execPath, [...program, 'local/default/bridge.json'], {
    cwd: root,
  });
  expect(rowsOf(stdout)).toEqual(
    expect.arrayContaining([
      'alice clear unauthenticated, pap, eap-gtc, mschapv2, chap',
      'erin scrypt unauthenticated, pap, eap-gtc',
      'alice no password unauthenticated',
    ]),
  );
});

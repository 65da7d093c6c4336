import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { run } from '../../admin/run.ts';
import { LONGEST_CALL } from '../../admin/summary.ts';
import { matchesScryptHash, readScryptHash } from '../../functions/identity/scrypt.ts';
import { PLATFORM_LIMITS } from '../../local/front-end/server.ts';
import {
  client,
  connectionRequestPolicy,
  document,
  mfa,
  networkPolicy,
  TENANT,
} from '../functions/config/document.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bridge-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function carryOut(args: string[], input: Readable & { isTTY?: boolean } = Readable.from([])) {
  let out = '';
  let err = '';
  const code = await run(args, {
    input,
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
  });
  return { code, out, err };
}

async function check(content: unknown) {
  const file = join(folder, 'bridge.json');
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
  return carryOut(['check', file]);
}

describe('check', () => {
  test('a valid file: exit code 0, what clients and users can do, and warnings', async () => {
    const { code, out, err } = await check(
      document({
        clients: [
          client({
            name: 'rdg-1',
            profile: 'rd-gateway',
            addresses: ['192.0.2.1', '10.1.0.0/24'],
            relays: ['site-1'],
          }),
          client({
            name: 'old',
            messageAuthenticator: 'optional',
            allowWeakSecret: true,
            patience: 9,
            enabled: false,
          }),
        ],
        directories: [
          {
            name: 'local',
            kind: 'local',
            users: [
              { name: 'alice' },
              { name: 'bob', credential: { kind: 'ntHash', secret: { keyVault: 'bob' } }, enabled: false },
              { name: 'carol', credential: { kind: 'clear', secret: { keyVault: 'carol' } } },
            ],
          },
        ],
        connectionRequestPolicies: [
          connectionRequestPolicy({ authentication: { acceptWithoutValidating: true } }),
        ],
        networkPolicies: [],
      }),
    );
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const rows = out.split('\n').map((line) => line.trim().replace(/ +/g, ' '));
    expect(rows).toEqual(
      expect.arrayContaining([
        'rdg-1',
        'profile rd-gateway',
        'addresses 192.0.2.1, 10.1.0.0/24',
        'relays site-1',
        'waits 60 s (from the profile)',
        'Message-Authenticator required',
        'old (not enabled: packets are discarded)',
        'waits 9 s',
        'Message-Authenticator optional',
        'alice no password unauthenticated',
        'bob ntHash unauthenticated, pap, eap-gtc, mschapv2 (not enabled)',
        'carol clear unauthenticated, pap, eap-gtc, mschapv2, chap',
      ]),
    );
    const warnings = rows.filter((row) => row.startsWith('WARNING'));
    expect(warnings).toHaveLength(4);
    expect(warnings.join()).toMatch(/BlastRADIUS.*16 octets.*no network policy.*accepts everybody/);
  });

  /** What check prints for a document with MFA, without indentation and runs of spaces. */
  async function rowsOf(over: Record<string, unknown>): Promise<string[]> {
    const { code, out } = await check(document({ tenant: TENANT, mfa: mfa(), ...over }));
    expect(code).toBe(0);
    return out.split('\n').map((line) => line.trim().replace(/ +/g, ' '));
  }
  const unauthenticated = { authenticationMethods: ['unauthenticated', 'pap'] };

  test('says of each policy that grants access whether MFA is required, and warns where it is not', async () => {
    const rows = await rowsOf({
      networkPolicies: [
        networkPolicy({ name: 'proven', mfa: undefined }),
        networkPolicy({ name: 'password', mfa: 'none' }),
        networkPolicy({ name: 'nothing', mfa: 'none', constraints: unauthenticated }),
        networkPolicy({ name: 'denied', permission: 'deny' }),
        networkPolicy({ name: 'off', enabled: false }),
      ],
    });
    const start = rows.indexOf('Network policies that grant access');
    expect(rows.slice(start + 1, rows.indexOf('', start))).toEqual([
      'proven MFA required',
      'password no MFA',
      'WARNING: a password alone is enough',
      'nothing no MFA',
      expect.stringMatching(/^WARNING: NOTHING IS PROVEN: neither a password nor a second factor/),
    ]);
  });

  test('says first how many warnings there are', async () => {
    const firstLine = async (text: object) => (await check(text)).out.split('\n')[0];
    const warned = document({ networkPolicies: [networkPolicy({ mfa: 'none' })] });
    expect(await firstLine(warned)).toMatch(/is valid, with (one warning|\d+ warnings) \(WARNING below\)\.$/);
    const { out } = await check(warned);
    const told = Number(/with (\d+) warnings/.exec(out)?.[1] ?? 1);
    expect(out.match(/^\s*WARNING: /gm)).toHaveLength(told);
  });

  test('says whether the certificate is pinned, and warns where it is not', async () => {
    const version = '0123456789abcdef0123456789abcdef';
    const pinned = mfa({
      providers: [{ kind: 'connector', certificate: { keyVault: 'nps-mfa', version } }],
    });
    const rows = await rowsOf({ mfa: pinned, cloud: 'china' });
    expect(rows).toEqual(
      expect.arrayContaining([
        `tenant ${TENANT} (cloud: china)`,
        `certificate nps-mfa, pinned to version ${version}, signs PS256`,
      ]),
    );
    expect(rows.join()).not.toContain('not pinned');
    const unpinned = await rowsOf({});
    expect(unpinned).toContain('certificate nps-mfa, newest version, signs PS256');
    expect(unpinned.join()).toMatch(/WARNING: the version is not pinned: the newest one .* registered/);
  });

  test('names the users and clients that cannot get through where MFA is required, and only there', async () => {
    const objectId = '3d9b1c52-7a40-4e86-9d27-5f0c8e6a1b34';
    const others = Array.from({ length: 12 }, (_, index) => ({ name: `user-${index}` }));
    const users = [
      { name: 'alice', upn: 'alice@contoso.example', entra: { objectId } },
      { name: 'left', enabled: false },
      ...others,
    ];
    const over = {
      clients: [client({ patience: 20 }), client({ name: 'b', addresses: ['::1'], patience: 21 })],
      directories: [{ name: 'local', kind: 'local', users }],
    };
    const rows = await rowsOf({ ...over, networkPolicies: [networkPolicy({ mfa: 'required' })] });
    const names = others.slice(0, 10).map(({ name }) => name);
    const told = `WARNING: no policy that requires MFA lets in users without "entra": ${names.join(', ')} and 2 more`;
    const hasty = 'WARNING: no prompt can begin for "vpn-1", which waits only 20 s';
    expect(rows).toEqual(expect.arrayContaining([told, hasty]));
    expect(rows.join()).not.toContain('for "b"');
    const open = await rowsOf({ ...over, networkPolicies: [networkPolicy({ mfa: 'none' })] });
    expect(open).not.toEqual(expect.arrayContaining([told]));
    expect(open).not.toEqual(expect.arrayContaining([hasty]));
  });

  test('warns of a client that waits for longer than a call can last', async () => {
    expect(LONGEST_CALL * 1000).toBe(PLATFORM_LIMITS.time);
    const told = 'WARNING: Azure ends every call after 230 s';
    expect((await rowsOf({ clients: [client({ patience: 230 })] })).join()).not.toContain(told);
    const rows = await rowsOf({ clients: [client({ patience: 231 })] });
    expect(rows[rows.indexOf('waits 231 s') + 1]).toContain(told);
  });

  test('an invalid file: exit code 2, each problem with path, finding and expectation', async () => {
    const { code, out, err } = await check(document({ clients: [client({ profile: 'x', patience: 0 })] }));
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain('2 problems');
    expect(err).toContain('clients[0].profile: The value is none of those');
    expect(err).toContain('[value-unknown]');
    expect(err).toContain('found:    "x"');
    expect(err).toContain('expected: "rd-gateway" or');
    expect(err).toMatch(/\n\nReferences and policies are looked at once these are mended\.\n$/);
  });

  test('problems of policies and directories are found too', async () => {
    const hash = '$scrypt$ln=99,r=8,p=1$AAAA$AAAA';
    const { code, err } = await check(
      document({
        directories: [
          { name: 'local', kind: 'local', users: [{ name: 'a', credential: { kind: 'scrypt', hash } }] },
        ],
        networkPolicies: [networkPolicy({ attributes: { Nonsense: 1 } })],
      }),
    );
    expect(code).toBe(2);
    expect(err).toContain(
      'networkPolicies[0].attributes.Nonsense: The dictionary has no attribute of this name.',
    );
    expect(err).toContain('directories[0].users[0].credential.hash');
    expect(err).not.toContain(hash);
    expect(err).not.toContain('looked at');
  });

  test('a file beside it is none of its business', async () => {
    const beside = join(folder, 'bridge.secrets.json');
    await writeFile(beside, 'nonsense');
    expect((await check(document())).out).not.toContain('secrets.json');
    await rm(beside);
  });

  test('JSON that is none', async () => {
    const { code, err } = await check('{"secrets": xyzzy}');
    expect(code).toBe(2);
    expect(err).toContain('line 1, column 13');
    expect(err).not.toContain('xyzzy');
  });

  test('control characters do not reach the terminal', async () => {
    const { err } = await check(document({ 'a\u001b[2J\u009b2J': 1 }));
    expect(err).toContain('key-unknown');
    expect(err.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
  });

  test('file-unreadable', async () => {
    const { code, err } = await carryOut(['check', join(folder, 'none.json')]);
    expect(code).toBe(2);
    expect(err).toMatch(/none\.json: ENOENT \[file-unreadable\]/);
    expect((await carryOut(['check', folder])).err).toContain('EISDIR');
  });

  test('file-is-relay-json names the command that checks it', async () => {
    const { code, err } = await check({
      url: 'https://bridge.example',
      keyId: 'site-1',
      listen: [],
      clients: [],
    });
    expect(code).toBe(2);
    expect(err).toContain('[file-is-relay-json]');
    expect(err).toMatch(/Try: node edge-relay\.mjs check --config \S+bridge\.json \[/);
  });

  test.each([
    { secrets: { vpn: 'hunter2' } },
    { users: [{ name: 'alice', password: 'hunter2' }] },
    { $schema: 'x', entra: { users: [] } },
  ])('file-is-secrets-file: %j, of which nothing is repeated', async (content) => {
    const { code, out, err } = await check(content);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(/bridge\.secrets\.json.*\[file-is-secrets-file\]\n$/);
    expect(err).not.toContain('hunter2');
  });

  test.each([
    { relays: [], secrets: {} },
    { clients: [], users: [] },
    { clients: [], relays: [], listen: [] },
    {},
    [],
    'secrets',
  ])('%j is taken for a bridge.json with mistakes', async (content) => {
    const { err } = await check(JSON.stringify(content));
    expect(err).not.toContain('file-is');
    expect(err).toMatch(/has .* problems?:/);
  });

  test('a private key in the place of a public one is not repeated', async () => {
    const key = generateKeyPairSync('ed25519')
      .privateKey.export({ format: 'der', type: 'pkcs8' })
      .toString('base64');
    const { err } = await check(document({ relays: [{ name: 'r', keyId: 'r', publicKey: key }] }));
    expect(err).toContain('private-key-written');
    expect(err).not.toContain(key);
  });
});

describe('password-hash', () => {
  async function matches(out: string, password: string): Promise<boolean> {
    const hash = readScryptHash(out.trim());
    return hash !== undefined && (await matchesScryptHash(Buffer.from(password), hash));
  }

  test('reads its input, less one line end', async () => {
    const { code, out, err } = await carryOut(
      ['password-hash'],
      Readable.from([Buffer.from('pass '), Buffer.from('wörd\r\n')]),
    );
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(await matches(out, 'pass wörd')).toBe(true);
  });

  test('password-missing', async () => {
    expect((await carryOut(['password-hash'], Readable.from(['\n']))).err).toContain('[password-missing]');
  });

  test('password-too-long', async () => {
    expect((await carryOut(['password-hash'], Readable.from(['x'.repeat(128)]))).code).toBe(0);
    const { code, out, err } = await carryOut(['password-hash'], Readable.from(['ö'.repeat(65)]));
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain('This one has 130. [password-too-long]');
  });

  /** A terminal at which somebody types. */
  function terminal(...typed: string[]) {
    const input = Object.assign(new PassThrough(), { isTTY: true });
    let err = '';
    let out = '';
    const code = run(['password-hash'], {
      input,
      out: (text) => {
        out += text;
      },
      err: (text) => {
        err += text;
        if (text.endsWith(': ')) input.write(typed.shift() ?? '\u0003');
      },
    });
    return code.then((value) => ({ code: value, out, err }));
  }

  test('asks twice at a terminal and shows nothing of it', async () => {
    const { code, out, err } = await terminal('gehein\u007fm\r', 'geheim\r');
    expect(code).toBe(0);
    expect(err).toBe('Password: \nOnce more: \n');
    expect(await matches(out, 'geheim')).toBe(true);
  });

  test('passwords-differ', async () => {
    const { code, err } = await terminal('one\r', 'two\r');
    expect(code).toBe(2);
    expect(err).toContain('[passwords-differ]');
    expect(err).not.toMatch(/one\b.*two/);
  });

  test('Ctrl-C ends it without a hash', async () => {
    expect(await terminal()).toMatchObject({ code: 2, out: '' });
  });
});

test('--help prints every command', async () => {
  for (const args of [['--help'], ['check', '--help']]) {
    const { code, out } = await carryOut(args);
    expect(code).toBe(0);
    expect(out).toContain('npm run check -- FILE');
    expect(out).toContain('npm run password-hash');
  }
});

test.each([[[]], [['chekc']], [['check']], [['check', 'a', 'b']], [['password-hash', 'geheim']]])(
  'usage-wrong: %j',
  async (args) => {
    const { code, err } = await carryOut(args);
    expect(code).toBe(2);
    expect(err).toContain('[usage-wrong]');
    expect(err).not.toContain('geheim');
  },
);

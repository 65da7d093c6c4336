import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { access, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { setStage } from '../../local/demo/stage.ts';
import type { RunFile } from '../../local/run-file.ts';
import type { BridgeAddresses } from '../../local/running-bridge.ts';
import { bridgeConsole } from '../../local/sign-in/bridge-console.ts';
import { afterTimeout, openClient } from '../../local/sign-in/client.ts';
import { encodeAccessRequest } from '../../local/sign-in/request.ts';
import { systemClock } from '../../relay-call/clock.ts';

interface Ready {
  readonly ready: true;
  readonly addresses: BridgeAddresses;
  readonly ports: Readonly<Record<string, number>>;
  readonly pids: {
    main: number;
    relay: number;
    frontEnd: number;
    functions: number[];
    standIns: number;
    store?: number;
  };
  readonly runDirectory: string;
  readonly runFile: string;
  readonly console: string;
  readonly phone: string;
}

interface Started {
  readonly child: ChildProcess;
  readonly out: () => string;
  readonly complaint: () => string;
  /** The exit code, or the signal that ended it. */
  readonly exit: Promise<number | string>;
}

const main = fileURLToPath(new URL('../../local/main.ts', import.meta.url));
const freePorts = ['--auth-port', '0', '--acct-port', '0'];
const shared = ['--store', 'azurite', '--hosts', '2'];
const children: ChildProcess[] = [];
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'start-'));
});
afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGTERM');
    await once(child, 'exit');
  }
  await rm(folder, { recursive: true });
});

function start(...flags: string[]): Started {
  const child = spawn(process.execPath, [main, '--json', ...flags], { stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  const said = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream]?.on('data', (chunk) => {
      said[stream] += chunk;
    });
  }
  const exit = once(child, 'close').then(([code, signal]) => code ?? signal);
  return { child, exit, out: () => said.stdout, complaint: () => said.stderr };
}

async function whenReady({ child, out, complaint, exit }: Started): Promise<Ready> {
  while (!out().includes('\n')) {
    const end = await Promise.race([exit, once(child.stdout ?? child, 'data')]);
    if (!Array.isArray(end)) throw new Error(`ended with ${end}: ${complaint()}`);
  }
  return JSON.parse(out());
}

interface SignIn {
  readonly user?: string;
  readonly password?: string;
  readonly secret?: string;
  readonly from?: string;
  /** Milliseconds until silence is silence. */
  readonly patience?: number;
}

/** Signs in by PAP, as the default's VPN client unless told otherwise. */
async function signIn(ready: Ready, x: SignIn = {}): Promise<string> {
  const surroundings = { clock: systemClock, random: Math.random, after: afterTimeout };
  const client = await openClient({ address: x.from ?? '127.0.0.1', port: 0 }, surroundings);
  const request = encodeAccessRequest({
    identifier: randomInt(256),
    authenticator: randomBytes(16),
    secret: Buffer.from(x.secret ?? 'only-for-this-machine-vpn'),
    password: x.password ?? 'correct horse',
    attributes: [{ name: 'User-Name', value: x.user ?? 'alice' }],
  });
  const [server] = ready.addresses.auth;
  if (!server) throw new Error('the bridge listens nowhere');
  const plan = { initial: 60_000, longest: 60_000, count: 0, duration: x.patience ?? 20_000 };
  try {
    const exchange = await client.send(request, server, plan);
    return exchange.kind === 'reply' ? exchange.reply.outcome : 'silence';
  } finally {
    await client.close();
  }
}

/** Signs in by RD Gateway and says what came of it, with the reason, and how often a phone rang. */
/** @param ringFor milliseconds for which the phone rings without an answer; without it the phone is left as it is */
async function signInByRdGateway(ready: Ready, ringFor?: number): Promise<string> {
  const run: RunFile = JSON.parse(await readFile(ready.runFile, 'utf8'));
  const surroundings = { clock: systemClock, random: Math.random, after: afterTimeout };
  const stage = await setStage(bridgeConsole(run), surroundings);
  if (ringFor !== undefined) await stage.setPhone('ring', ringFor);
  const outcome = await stage.signIn({ client: 'rd-gateway', user: 'alice' });
  return `${outcome}, ${(await stage.used()).prompts}`;
}

async function console(ready: Ready, line: string): Promise<Record<string, unknown>> {
  const { token }: RunFile = JSON.parse(await readFile(ready.runFile, 'utf8'));
  const [method = '', path = ''] = line.split(' ');
  const answer = await fetch(`${ready.console}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}` },
  });
  expect(answer.status).toBe(200);
  return JSON.parse(await answer.text());
}

function pidsOf({ pids }: Ready): number[] {
  return [pids.main, pids.relay, pids.frontEnd, ...pids.functions, pids.standIns, pids.store ?? []].flat();
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

const noneLeft = (ready: Ready) =>
  expect.poll(() => pidsOf(ready).filter(isAlive), { timeout: 20_000, interval: 50 }).toEqual([]);
const isGone = (path: string) =>
  access(path).then(
    () => false,
    () => true,
  );

test.skipIf(process.platform === 'win32')(
  'a signal to npm alone ends the bridge, though npm does not hand it on (not on Windows)',
  async () => {
    const npm = spawn('npm', ['start', '--silent', '--', '--json', ...freePorts], {
      cwd: fileURLToPath(new URL('../..', import.meta.url)),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.push(npm);
    let out = '';
    npm.stdout.on('data', (chunk) => {
      out += chunk;
    });
    while (!out.includes('\n')) await once(npm.stdout, 'data');
    const ready: Ready = JSON.parse(out);
    npm.kill('SIGTERM');
    await once(npm, 'exit');
    await noneLeft(ready);
    expect(await isGone(ready.runDirectory)).toBe(true);
    expect(await isGone(ready.runFile)).toBe(true);
  },
);

describe('npm start', () => {
  test('signs in, tells what it decided, and leaves nothing behind', async () => {
    const decisions = join(folder, 'decisions.jsonl');
    const bridge = start(...freePorts, '--decisions', decisions);
    const ready = await whenReady(bridge);
    expect(ready).toMatchObject({ ready: true, console: ready.addresses.console });
    expect(ready.ports['auth']).toBe(ready.addresses.auth[0]?.port);
    expect(ready.phone).toBe(`${ready.console}/`);
    expect(ready.addresses).toMatchObject({
      phone: ready.phone,
      entra: expect.stringMatching(/^https:/),
      graph: expect.stringMatching(/^https:.*\/v1\.0$/),
      applicationInsights: expect.stringMatching(/^https:\/\/127\.0\.0\.1:\d+$/),
    });
    expect(ready.addresses.store).toBeUndefined();
    for (const port of Object.values(ready.ports)) expect(port).toBeGreaterThan(0);
    expect(pidsOf(ready).every(isAlive)).toBe(true);

    expect(await signIn(ready)).toBe('Access-Accept');
    expect(await signIn(ready, { password: 'wrong' })).toBe('Access-Reject');
    expect(await signIn(ready, { user: 'nobody' })).toBe('Access-Reject');
    expect(await signIn(ready, { user: 'bob', password: 'battery staple' })).toBe('Access-Reject');
    expect(await signIn(ready, { user: 'carol', password: 'purple monkey' })).toBe('Access-Reject');
    expect(await signIn(ready, { user: 'erin', password: 'dishwasher moon' })).toBe('Access-Accept');

    const lines = (await readFile(decisions, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map(({ userName, outcome }) => `${userName} ${outcome}`)).toEqual([
      'alice accept',
      'alice reject',
      'nobody reject',
      'bob reject',
      'carol reject',
      'erin accept',
    ]);
    expect((await console(ready, 'GET /decisions'))['decisions']).toEqual(lines);
    const told = async () => JSON.stringify(await console(ready, 'GET /telemetry'));
    await expect.poll(told, { timeout: 40_000 }).toContain('decision');
    // One token for Key Vault and one for Application Insights.
    expect(await console(ready, 'GET /counts')).toMatchObject({
      decisions: 6,
      relay: { relay: { called: 6 } },
      standIns: { managedIdentity: { issued: 2 } },
    });
    const state = await console(ready, 'GET /state');
    expect(state['clients']).toContainEqual({
      name: 'vpn',
      profile: 'generic',
      addresses: ['127.0.0.1'],
      secret: 'only-for-this-machine-vpn',
    });

    bridge.child.kill('SIGINT');
    expect(await bridge.exit).toBe(0);
    expect(bridge.out().split('\n')).toHaveLength(2);
    await noneLeft(ready);
    expect(await isGone(ready.runDirectory)).toBe(true);
    expect(await isGone(ready.runFile)).toBe(true);
  });

  test('names of Contoso go to Entra: each checked once, none of it in the local directory', async () => {
    const ready = await whenReady(start(...freePorts));
    const alice = 'alice@contoso.example';
    expect(await signIn(ready, { user: alice })).toBe('Access-Accept');
    expect(await signIn(ready, { user: 'CONTOSO\\alice' })).toBe('Access-Accept');
    expect(await signIn(ready, { user: alice, password: 'wrong' })).toBe('Access-Reject');
    expect(await signIn(ready, { user: 'bob@contoso.example', password: 'battery staple' })).toBe(
      'Access-Reject',
    );
    expect(await signIn(ready, { user: 'dora@contoso.example', password: 'paper lantern' })).toBe(
      'Access-Accept',
    );
    expect(await signIn(ready, { user: 'erin@contoso.example', password: 'dishwasher moon' })).toBe(
      'Access-Reject',
    );
    // The second name is the same person, who had just been asked about.
    expect(await console(ready, 'GET /counts')).toMatchObject({
      standIns: { entra: { passwordRight: 1, passwordWrong: 1, passwordRefused: 2 } },
    });
    const { decisions } = await console(ready, 'GET /decisions');
    expect(JSON.stringify(decisions)).not.toMatch(/correct horse|battery staple|paper lantern/);
  });

  test.each([
    ['approve', 'Access-Accept, accepted, 1'],
    ['deny', 'Access-Reject, mfa-denied, 1'],
  ])('--mfa %s', async (mode, outcome) => {
    const bridge = start(...freePorts, '--mfa', mode);
    const ready = await whenReady(bridge);
    expect(await signInByRdGateway(ready)).toBe(outcome);
    expect(await console(ready, 'GET /phone')).toEqual({ mode, ringFor: 60_000, prompts: [] });
    expect(bridge.complaint()).not.toContain('--mfa');
  });

  test('--mfa ring: nobody answers', async () => {
    const ready = await whenReady(start(...freePorts, '--mfa', 'ring'));
    expect(await console(ready, 'GET /phone')).toEqual({ mode: 'ring', ringFor: 60_000, prompts: [] });
    expect(await signInByRdGateway(ready, 1_000)).toBe('Access-Reject, mfa-no-answer, 1');
  });

  test('a client that the functions do not know and one with another secret meet silence', async () => {
    const ready = await whenReady(start(...freePorts, '--bind', '127.0.0.1'));
    expect(ready.addresses.auth).toHaveLength(1);
    expect(await signIn(ready, { secret: 'another-secret-of-length', patience: 1500 })).toBe('silence');
    expect(await signIn(ready)).toBe('Access-Accept');
    const { relay } = await console(ready, 'GET /counts');
    expect(relay).toMatchObject({ drops: { 'answer-discard': 1 } });
  });

  test('functions stopped: silence; started again: answered', async () => {
    const ready = await whenReady(start(...freePorts));
    const [before] = ready.pids.functions;
    expect(await console(ready, 'POST /functions/stop')).toEqual({ functions: 'stopped' });
    expect(isAlive(before ?? 0)).toBe(false);
    expect(await signIn(ready, { patience: 1500 })).toBe('silence');
    expect(await console(ready, 'POST /functions/start')).toEqual({ functions: 'running' });
    expect(await signIn(ready)).toBe('Access-Accept');
  });

  test('--store azurite --hosts 2: stopped, sign-ins meet silence; started again, they are answered', async () => {
    const ready = await whenReady(start(...freePorts, ...shared));
    expect(new Set(ready.pids.functions).size).toBe(2);
    expect(ready.addresses.store).toBe(`https://127.0.0.1:${ready.ports['store']}/devstoreaccount1`);
    expect(await signIn(ready)).toBe('Access-Accept');
    expect(await console(ready, 'POST /store/stop')).toEqual({ store: 'stopped' });
    expect(await signIn(ready, { patience: 1500 })).toBe('silence');
    expect(await console(ready, 'POST /store/start')).toEqual({ store: 'running' });
    expect(await signIn(ready)).toBe('Access-Accept');
  });

  test('two bridges run side by side', async () => {
    const both = await Promise.all([start(...freePorts), start(...freePorts)].map(whenReady));
    expect(new Set(both.map(({ ports }) => ports['auth'])).size).toBe(2);
    expect(await Promise.all(both.map((ready) => signIn(ready)))).toEqual(['Access-Accept', 'Access-Accept']);
  });

  test('an ordinary bridge.json with its bridge.secrets.json: a user of every kind, and an own policy', async () => {
    const config = join(folder, 'bridge.json');
    const document = {
      relays: [],
      clients: [
        {
          name: 'any',
          addresses: ['127.0.0.0/8', '::1'],
          profile: 'generic',
          secrets: [{ keyVault: 'any' }],
        },
      ],
      connectionRequestPolicies: [
        { name: 'all', conditions: [{ always: true }], authentication: { directory: 'local' } },
      ],
      networkPolicies: [
        {
          name: 'all',
          conditions: [{ userGroup: ['in'] }],
          permission: 'grant',
          mfa: 'none',
          constraints: { authenticationMethods: ['pap'] },
        },
      ],
      directories: [{ name: 'local', kind: 'local' }],
    };
    const kinds = ['clear', 'scrypt', 'ntHash'];
    const users = [
      ...kinds.map((kind) => ({ name: `u-${kind}`, password: `password of ${kind}`, kind, groups: ['in'] })),
      { name: 'off', password: 'off', groups: ['in'], enabled: false },
    ];
    await writeFile(config, JSON.stringify(document));
    const secrets = { any: 'a-secret-of-this-test' };
    await writeFile(join(folder, 'bridge.secrets.json'), JSON.stringify({ secrets, users }));
    const bridge = start(...freePorts, '--config', config, '--mfa', 'approve');
    const ready = await whenReady(bridge);
    expect(bridge.complaint().match(/^--mfa has no effect: .*$/gm)).toHaveLength(1);
    for (const { name, password, enabled } of users.map((user) => ({ enabled: true, ...user }))) {
      const as = { user: name, password, secret: secrets.any };
      expect([name, await signIn(ready, as)]).toEqual([name, enabled ? 'Access-Accept' : 'Access-Reject']);
    }
  });
});

describe('the end of a bridge', () => {
  test('a supervisor that is killed leaves no orphan, and the next one clears up after it', async () => {
    const killed = start(...freePorts, ...shared);
    const ready = await whenReady(killed);
    killed.child.kill('SIGKILL');
    await noneLeft(ready);
    expect(await isGone(ready.runFile)).toBe(false);
    await whenReady(start(...freePorts));
    expect(await isGone(ready.runFile)).toBe(true);
    expect(await isGone(ready.runDirectory)).toBe(true);
  });

  test.each(['relay', 'frontEnd', 'standIns', 'functions', 'store'] as const)(
    'program-ended: %s dies, everything ends with exit code 1',
    async (name) => {
      const bridge = start(...freePorts, ...(name === 'store' || name === 'functions' ? shared : []));
      const ready = await whenReady(bridge);
      process.kill([ready.pids[name]].flat()[0] ?? 0, 'SIGKILL');
      expect(await bridge.exit).toBe(1);
      expect(bridge.complaint()).toMatch(
        /program of the bridge ended unexpectedly.*SIGKILL.*\(program-ended\)/,
      );
      await noneLeft(ready);
      expect(await isGone(ready.runDirectory)).toBe(true);
      expect(await isGone(ready.runFile)).toBe(true);
    },
  );
});

describe('nothing is started', () => {
  const refused = async (...flags: string[]) => {
    const bridge = start(...flags);
    const exit = await bridge.exit;
    expect(bridge.out()).toBe('');
    return { exit, complaint: bridge.complaint() };
  };

  test('configuration-invalid: path, what was found, what was expected, exit code 2', async () => {
    const config = join(folder, 'bridge.json');
    await writeFile(config, '{"relays": [], "clients": [], "colour": "blue"}');
    const { exit, complaint } = await refused(...freePorts, '--config', config);
    expect(exit).toBe(2);
    expect(complaint).toMatch(/bridge\.json: colour: found .*; expected .*/);
  });

  test('secrets-file-invalid: a mistake among the people of the tenant, told without a value, exit code 2', async () => {
    const config = join(folder, 'bridge.json');
    const tenant = '11111111-2222-4333-8444-555555555555';
    await writeFile(config, JSON.stringify({ tenant, relays: [], clients: [] }));
    for (const [user, complained] of [
      [{ userPrincipalName: 'hunter2' }, /entra\.users\[0\]\.userPrincipalName: found .*; expected .*name@/],
      [{ userPrincipalName: 'z@b', groups: ['hunter2'] }, /entra\.users\[0\]\.groups\[0\]: found a group/],
    ] as const) {
      await writeFile(join(folder, 'bridge.secrets.json'), JSON.stringify({ entra: { users: [user] } }));
      const { exit, complaint } = await refused(...freePorts, '--config', config);
      expect(exit).toBe(2);
      expect(complaint).toMatch(complained);
      expect(complaint).not.toContain('hunter2');
    }
  });

  test('configuration-unreadable: exit code 2', async () => {
    const { exit, complaint } = await refused('--config', join(folder, 'none.json'));
    expect(exit).toBe(2);
    expect(complaint).toContain('none.json: ENOENT');
  });

  test('flag-wrong: exit code 2', async () => {
    expect((await refused('--colour')).exit).toBe(2);
    const { exit, complaint } = await refused('--mfa', 'fraud');
    expect(exit).toBe(2);
    expect(complaint).toContain('approve, deny, ring, phone');
    expect((await refused('--decisions', join(folder, 'none', 'd'))).exit).toBe(2);
    const alone = await refused('--hosts', '2');
    expect(alone.exit).toBe(2);
    expect(alone.complaint).toContain('--store azurite');
  });

  test('port-taken: exit code 1 and the way out', async () => {
    const holder = createSocket('udp4').bind(0, '127.0.0.1');
    await once(holder, 'listening');
    const { exit, complaint } = await refused(
      '--auth-port',
      String(holder.address().port),
      '--acct-port',
      '0',
    );
    holder.close();
    expect(exit).toBe(1);
    expect(complaint).toContain('--auth-port 0');
  });

  test('address-not-here: exit code 1', async () => {
    const { exit, complaint } = await refused(...freePorts, '--bind', '192.0.2.1');
    expect(exit).toBe(1);
    expect(complaint).toContain('--bind 192.0.2.1');
  });
});

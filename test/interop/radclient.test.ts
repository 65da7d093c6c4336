import { spawn, spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startBridge } from '../../local/bridge.ts';
import type { Bridge } from '../../local/running-bridge.ts';
import { endpointText } from '../../local/sign-in/show.ts';
import { serverFor } from '../../local/sign-in/target.ts';

const present = spawnSync('radclient', ['-v']).error === undefined;
const title = present
  ? 'FreeRADIUS radclient'
  : 'FreeRADIUS radclient: skipped, the program is not installed (Debian: apt-get install freeradius-utils)';

// In CI a missing program is a failure, so that its tests cannot be skipped unseen.
describe.skipIf(!present && process.env['REQUIRE_INTEROP'] === undefined)(title, () => {
  let bridge: Bridge;
  let server: string;

  beforeAll(async () => {
    bridge = await startBridge({ authPort: 0, acctPort: 0, consolePort: 0, mfa: 'approve' });
    const socket = serverFor(bridge.addresses.auth, '127.0.0.1');
    if (socket === undefined) throw new Error('The bridge does not listen on 127.0.0.1');
    server = endpointText(socket);
  });
  afterAll(async () => {
    await bridge?.close();
  });

  function secretOf(name: string): string {
    const client = bridge.clients.find((each) => each.name === name);
    if (client === undefined) throw new Error(`The bridge has no client ${name}`);
    return client.secret;
  }

  /** What radclient prints about one request, sent once. It ends by itself, after a reply or after 3 seconds. */
  async function radclient(attributes: readonly string[], secret = secretOf('vpn')): Promise<string> {
    const child = spawn('radclient', ['-x', '-r', '1', '-t', '3', server, 'auth', secret]);
    let printed = '';
    child.stdout.on('data', (text) => {
      printed += text;
    });
    child.stderr.on('data', (text) => {
      printed += text;
    });
    child.stdin.end(`${attributes.join('\n')}\n`);
    await new Promise((resolve) => child.once('close', resolve));
    return printed;
  }

  /** The lines about the reply, in their order. */
  function replyOf(printed: string): string[] {
    const lines = printed.split('\n').map((line) => line.trim());
    const start = lines.findIndex((line) => line.startsWith('Received '));
    return start < 0 ? [] : lines.slice(start).filter((line) => line !== '');
  }

  const proof = 'Message-Authenticator = 0x00';
  const alice = ['User-Name = "alice"', 'User-Password = "correct horse"', proof];

  test('PAP with a right password is accepted, with the attributes of the policy behind Message-Authenticator', async () => {
    const [received, ...attributes] = replyOf(await radclient(alice));
    expect(received).toMatch(/^Received Access-Accept /);
    expect(attributes.slice(0, 3)).toEqual([
      expect.stringMatching(/^Message-Authenticator = 0x[0-9a-f]{32}$/),
      'Session-Timeout = 28800',
      'Filter-Id = "staff"',
    ]);
  });

  test('PAP with a wrong password is rejected, and nothing is granted', async () => {
    const wrong = ['User-Name = "alice"', 'User-Password = "correct house"', proof];
    const [received, ...attributes] = replyOf(await radclient(wrong));
    expect(received).toMatch(/^Received Access-Reject /);
    expect(attributes.join('\n')).not.toMatch(/Session-Timeout|Filter-Id/);
  });

  test('PAP with the password that Entra knows', async () => {
    for (const name of ['alice@contoso.example', 'CONTOSO\\\\alice']) {
      const right = [`User-Name = "${name}"`, 'User-Password = "correct horse"', proof];
      expect(replyOf(await radclient(right))[0]).toMatch(/^Received Access-Accept /);
    }
    const wrong = ['User-Name = "alice@contoso.example"', 'User-Password = "correct house"', proof];
    expect(replyOf(await radclient(wrong))[0]).toMatch(/^Received Access-Reject /);
  });

  test('a password of several blocks, and text in a reply', async () => {
    const erin = ['User-Name = "erin"', 'User-Password = "dishwasher moon"', proof];
    const printed = (await radclient(erin)).split('\n').map((line) => line.trim());
    expect(printed).toContain('Reply-Message = "This session ends in one hour."');
    const long = ['User-Name = "erin"', `User-Password = "${'x'.repeat(128)}"`, proof];
    expect(replyOf(await radclient(long))[0]).toMatch(/^Received Access-Reject /);
  });

  test('Proxy-State comes back whole and in its order', async () => {
    const states = [
      'Proxy-State = 0x0102',
      'Proxy-State = 0xff',
      'Proxy-State = 0x0102',
      'Proxy-State = 0x00',
    ];
    const reply = replyOf(await radclient([...alice, ...states]));
    expect(reply[0]).toMatch(/^Received Access-Accept /);
    expect(reply.filter((line) => line.startsWith('Proxy-State'))).toEqual(states);
  });

  test('a wrong shared secret is met with silence', async () => {
    const printed = await radclient(alice, 'not the secret of this client');
    expect(replyOf(printed)).toEqual([]);
    expect(printed).toMatch(/No reply from server/);
  });

  test('a request without Message-Authenticator is met with silence', async () => {
    const printed = await radclient(alice.slice(0, 2));
    expect(replyOf(printed)).toEqual([]);
    expect(printed).toMatch(/No reply from server/);
  });

  const other = process.platform === 'linux' ? '' : ': skipped, this system has no 127.0.0.2 to send from';
  test.skipIf(other !== '')(`a request as RD Gateway sends it, without a password${other}`, async () => {
    const gateway = [
      'Packet-Src-IP-Address = 127.0.0.2',
      'User-Name = "CONTOSO\\\\alice"',
      'Called-Station-Id = "UserAuthType:PW"',
      'NAS-Port-Type = Virtual',
      'MS-Machine-Name = "PC7"',
      'MS-Network-Access-Server-Type = 1',
      proof,
    ];
    const reply = replyOf(await radclient(gateway, secretOf('rd-gateway')));
    expect(reply[0]).toMatch(/^Received Access-Accept /);
  });
});

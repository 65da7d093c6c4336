import { expect, test } from 'vitest';
import { StartRefused } from '../../local/faults.ts';
import { decisionWords, readyWords, refusalWords } from '../../local/words.ts';

const bridge: Parameters<typeof readyWords>[0] = {
  addresses: {
    auth: [
      { address: '::1', port: 1812 },
      { address: '127.0.0.1', port: 1812 },
    ],
    acct: [{ address: '127.0.0.1', port: 1813 }],
    functions: 'https://127.0.0.1:1',
    keyVault: 'https://127.0.0.1:2',
    managedIdentity: 'http://127.0.0.1:3/msi/token',
    entra: 'https://127.0.0.1:5',
    mfaConnector: 'https://127.0.0.1:6/Connector',
    graph: 'https://127.0.0.1:7/v1.0',
    applicationInsights: 'https://127.0.0.1:8',
    console: 'http://127.0.0.1:4',
    phone: 'http://127.0.0.1:4/',
  },
  clients: [
    { name: 'vpn', profile: 'generic', addresses: ['127.0.0.1'], secret: "it's a secret" },
    { name: 'Front door', profile: 'rd-gateway', addresses: ['127.0.0.2'], secret: 'x' },
  ],
  example: { user: 'alice', password: 'say "please"' },
  exampleInEntra: { user: 'alice@contoso.example', password: 'open sesame' },
  embedded: true,
  ringing: { user: 'alice', client: 'Front door' },
  mfa: 'phone',
  pids: () => ({ relay: 11, frontEnd: 12, functions: [13, 14], standIns: 15 }),
};

test('what runs where, and a line to try for our client and for radclient', () => {
  const words = readyWords(bridge);
  for (const part of [
    '[::1]:1812 sign-ins',
    '127.0.0.1:1813 accounting',
    'https://127.0.0.1:1, 2 hosts',
    '12, 13, 14',
    'https://127.0.0.1:5 (stand-in)',
    'https://127.0.0.1:6/Connector (stand-in)',
    'https://127.0.0.1:7/v1.0 (stand-in)',
    'https://127.0.0.1:8 (stand-in)',
  ]) {
    expect(words).toContain(part);
  }
  expect(words).toContain(`npm run sign-in -- alice --password 'say "please"'`);
  expect(words).toContain(
    `npm run sign-in -- alice@contoso.example --password 'open sesame'   # Entra checks the password`,
  );
  expect(words).toContain(
    String.raw`echo 'User-Name = "alice", User-Password = "say \"please\"", Message-Authenticator = 0x00' | radclient -x 127.0.0.1:1812 auth 'it'\''s a secret'`,
  );
});

test('where the store is, and that it is nowhere while it is in memory', () => {
  const pids = bridge.pids();
  const alone = { ...bridge, pids: () => ({ ...pids, functions: [13] }) };
  expect(readyWords(alone)).toMatch(
    /\bfunctions app +https:\/\/127\.0\.0\.1:1, 1 host {2}\[process 12, 13\]/,
  );
  expect(readyWords(alone)).toMatch(/\bstore +in memory {2}\[process 13\]/);
  const store = 'https://127.0.0.1:9/devstoreaccount1';
  const shared = {
    ...bridge,
    addresses: { ...bridge.addresses, store },
    pids: () => ({ ...pids, store: 16 }),
  };
  expect(readyWords(shared)).toMatch(/\bstore +https:\S+:9\/devstoreaccount1 \(Azurite\) {2}\[process 16\]/);
});

test('of a configuration of one’s own neither password nor secret is printed', () => {
  const words = readyWords({ ...bridge, embedded: false });
  expect(words).toContain('npm run sign-in -- alice\n');
  expect(words).toContain('npm run sign-in -- alice@contoso.example   # Entra');
  expect(words).toContain('User-Password = "PASSWORD"');
  expect(words).toContain('radclient -x 127.0.0.1:1812 auth SECRET');
  expect(words).not.toMatch(/please|sesame/);
  expect(words).not.toContain('secret');
});

test('a name cannot turn round or break the line that tells of a decision', () => {
  const words = decisionWords({ userName: 'alice\u202e\u009b\u2028\n', outcome: 'reject' });
  expect(words).toContain('"alice\\u{202e}\\u{9b}\\u{2028}\\n"');
});

test('without a client of this machine or a known password there is nothing to try', () => {
  const nothing = { ...bridge, example: undefined, exampleInEntra: undefined, ringing: undefined };
  expect(readyWords(nothing)).not.toContain('Try:');
  const elsewhere = readyWords({ ...bridge, clients: [] });
  expect(elsewhere).not.toContain('Try:');
  const noClient = 'No RADIUS client of this configuration has an address of this machine';
  expect(elsewhere).toContain(noClient);
  const [client] = bridge.clients;
  if (client === undefined) throw new Error('no client');
  const at = (...addresses: string[]) => readyWords({ ...nothing, clients: [{ ...client, addresses }] });
  expect(at('192.0.2.10')).toContain(noClient);
  expect(at('127.0.0.0/8')).not.toContain(noClient);
});

test('where only Entra knows somebody, radclient is that person', () => {
  const words = readyWords({ ...bridge, example: undefined });
  expect(words).toContain('User-Name = "alice@contoso.example", User-Password = "open sesame"');
});

test('a page with a phone, what prompts do by themselves, and a line that rings it', () => {
  expect(readyWords(bridge)).toContain('http://127.0.0.1:4/ (a page: approve, deny');
  expect(readyWords({ ...bridge, mfa: 'deny' })).toContain('every prompt is denied by itself');
  expect(readyWords(bridge)).toContain(`npm run sign-in -- alice --client 'Front door'   # rings the phone`);
});

test('no phone where nothing prompts, no line to ring it by a client that is not here', () => {
  const silent = readyWords({ ...bridge, mfa: undefined, ringing: undefined });
  expect(silent).not.toMatch(/phone|page/);
  const elsewhere = { name: 'Front door', profile: 'rd-gateway', addresses: ['192.0.2.7'], secret: 'x' };
  expect(readyWords({ ...bridge, clients: [elsewhere] })).not.toContain('Front door');
});

test('a refusal is a sentence, its code, and for each problem where it is, what was found and what it means', () => {
  const problems = [
    { file: 'bridge.json', path: 'clients[0]', code: 'key-missing', found: 'nothing', expected: 'an object' },
    { file: 'bridge.json', path: '', found: 'x', expected: 'y' },
  ];
  expect(refusalWords(new StartRefused('configuration-invalid', '', problems)).split('\n')).toEqual([
    'The configuration is not valid. (configuration-invalid)',
    '  bridge.json: clients[0]: found nothing; expected an object',
    '    Something that is needed is not there. [key-missing]',
    '  bridge.json: found x; expected y',
  ]);
});

test('a name from a packet cannot write a line of its own', () => {
  const record = { time: 't', outcome: 'reject', userName: 'x\ny\u001b[31m', client: 'vpn', sentence: 'No.' };
  expect(decisionWords(record)).toBe('t reject  "x\\ny\\u001b[31m" from vpn: No. (no reason)');
  const told = { ...record, reason: 'directory-unavailable', detail: 'graph-failing HTTP 503' };
  expect(decisionWords(told)).toMatch(/: No\. \(directory-unavailable, graph-failing HTTP 503\)$/);
  expect(decisionWords({})).toContain('(no name)');
  expect(decisionWords(null)).toContain('unknown');
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileClients } from '../../../functions/clients/clients.ts';
import { PROFILES } from '../../../functions/clients/profiles.ts';
import { type ClientEntry, PROFILE_NAMES } from '../../../functions/config/schema.ts';
import { parseNetwork } from '../../../relay-call/address.ts';

function entry(name: string, addresses: string[], over: Partial<ClientEntry> = {}): ClientEntry {
  return {
    name,
    addresses,
    profile: 'generic',
    secrets: [{ keyVault: `${name}-secret` }],
    messageAuthenticator: 'required',
    allowWeakSecret: false,
    enabled: true,
    ...over,
  };
}

function found(entries: ClientEntry[], relay: string, address: string): string | undefined {
  return compileClients({ clients: entries }).find(relay, address)?.name;
}

test('a client is what its entry and its profile say', () => {
  const clients = compileClients({
    clients: [
      entry('rdg', ['192.0.2.10'], {
        profile: 'rd-gateway',
        secrets: [{ keyVault: 'new' }, { keyVault: 'old' }],
        messageAuthenticator: 'optional',
        allowWeakSecret: true,
      }),
      entry('vpn', ['10.1.0.0/16'], { patience: 7 }),
    ],
  });
  expect(clients.find('site-1', '192.0.2.10')).toEqual({
    name: 'rdg',
    profileName: 'rd-gateway',
    profile: PROFILES['rd-gateway'],
    secretNames: ['new', 'old'],
    messageAuthenticator: 'optional',
    patience: 60_000,
    allowWeakSecret: true,
    network: '192.0.2.10',
  });
  expect(clients.find('site-1', '10.1.255.255')).toMatchObject({ patience: 7000, network: '10.1.0.0/16' });
});

test('the longest prefix wins, whatever the order', () => {
  const entries = [
    entry('all', ['0.0.0.0/0', '::/0']),
    entry('host', ['10.1.2.3', '2001:db8::1']),
    entry('net', ['10.1.0.0/16', '2001:db8::/32']),
  ];
  for (const order of [entries, [...entries].reverse()]) {
    expect(found(order, 'r', '10.1.2.3')).toBe('host');
    expect(found(order, 'r', '10.1.2.4')).toBe('net');
    expect(found(order, 'r', '10.2.0.0')).toBe('all');
    expect(found(order, 'r', '2001:db8::1')).toBe('host');
    expect(found(order, 'r', '2001:db8::2')).toBe('net');
    expect(found(order, 'r', '2001:db9::')).toBe('all');
  }
});

test('an unknown address, or another family, is nobody', () => {
  expect(found([entry('a', ['192.0.2.1'])], 'r', '192.0.2.2')).toBeUndefined();
  expect(found([entry('a', ['0.0.0.0/0'])], 'r', '::1')).toBeUndefined();
  expect(found([], 'r', '192.0.2.2')).toBeUndefined();
});

test('an IPv4-mapped network is the IPv4 one', () => {
  expect(found([entry('a', ['::ffff:192.0.2.0/120'])], 'r', '192.0.2.7')).toBe('a');
});

test('a relay finds its own clients and those of every relay', () => {
  const entries = [
    entry('one', ['192.0.2.1'], { relays: ['site-1'] }),
    entry('two', ['192.0.2.1'], { relays: ['site-2'] }),
    entry('wide', ['192.0.2.0/24']),
    entry('three', ['192.0.0.0/16'], { relays: ['site-3'] }),
  ];
  expect(found(entries, 'site-1', '192.0.2.1')).toBe('one');
  expect(found(entries, 'site-2', '192.0.2.1')).toBe('two');
  expect(found(entries, 'site-3', '192.0.2.1')).toBe('wide');
  expect(found(entries, 'site-3', '192.0.3.1')).toBe('three');
  expect(found(entries, 'site-1', '192.0.3.1')).toBeUndefined();
});

test('a client that is not enabled keeps its addresses from a wider network', () => {
  const off = entry('off', ['192.0.2.1'], { enabled: false });
  const wide = entry('wide', ['192.0.2.0/24']);
  expect(found([wide, off], 'r', '192.0.2.1')).toBeUndefined();
  expect(found([wide, off], 'r', '192.0.2.2')).toBe('wide');
});

test('a client that is not enabled gives way to one at the same address', () => {
  const off = entry('off', ['192.0.2.1'], { enabled: false });
  const on = entry('on', ['192.0.2.1']);
  const onHere = entry('on', ['192.0.2.1'], { relays: ['r'] });
  for (const entries of [
    [off, on],
    [on, off],
    [off, onHere],
    [{ ...off, relays: ['r'] }, on],
  ]) {
    expect(found(entries, 'r', '192.0.2.1')).toBe('on');
  }
});

test('agrees with looking at every network', () => {
  const network = fc
    .tuple(fc.integer({ min: 0, max: 7 }), fc.integer({ min: 28, max: 32 }))
    .map(([last, prefix]) => `192.0.2.${last - (last % 2 ** (32 - prefix))}/${prefix}`);
  const networks = fc.uniqueArray(network, { maxLength: 12 });
  fc.assert(
    fc.property(networks, fc.integer({ min: 0, max: 20 }), (texts, last) => {
      const address = `192.0.2.${last}`;
      const longest = texts
        .map((text) => ({ text, parsed: parseNetwork(text) }))
        .filter(({ parsed }) => parsed?.contains(address))
        .sort((one, other) => (other.parsed?.prefix ?? 0) - (one.parsed?.prefix ?? 0))[0];
      const entries = texts.map((text) => entry(text, [text]));
      expect(found(entries, 'r', address)).toBe(longest?.text);
    }),
  );
});

test('every profile waits some seconds, and only those with a password can show a challenge', () => {
  for (const name of PROFILE_NAMES) {
    const profile = PROFILES[name];
    expect(profile.patience).toBeGreaterThanOrEqual(30);
    expect(profile.patience).toBeLessThanOrEqual(60);
    expect(profile.authorizeOnly).toBe(!profile.sendsPassword);
    if (profile.showsChallenge) expect(profile.sendsPassword).toBe(true);
  }
});

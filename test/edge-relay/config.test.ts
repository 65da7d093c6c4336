import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { checkRelayDocument, readRelayConfiguration, relayJsonSchema } from '../../edge-relay/config.ts';
import { generateKey } from '../../edge-relay/key.ts';

const minimal = {
  url: 'https://bridge.example',
  keyId: 'site-1',
  keyFile: 'site-1.key.pem',
  listen: [{ address: '*', port: 1812, serves: 'auth' }],
  clients: [{ network: '192.0.2.0/24' }],
};

const faults = (json: unknown) => {
  const checked = checkRelayDocument(json);
  return 'faults' in checked ? checked.faults : [];
};

describe('relay.json', () => {
  test('has defaults for what may be left out', () => {
    expect(checkRelayDocument(minimal)).toEqual({
      ...minimal,
      clients: [
        { network: '192.0.2.0/24', rate: { perSecond: 50, burst: 100 }, patience: 60, rejectDelay: 1 },
      ],
      limits: { pending: 100_000, remembered: 100_000, drain: 10 },
    });
  });

  test('may say everything', () => {
    const full = {
      $schema: './relay.schema.json',
      ...minimal,
      url: 'https://bridge.example:8443/',
      ca: 'ca.pem',
      listen: [
        { address: '192.0.2.1', port: 1812, serves: 'auth' },
        { address: '2001:DB8::1', port: 1812, serves: 'auth' },
        { address: 'fe80::1%eth0', port: 1812, serves: 'auth' },
        { address: 'fe80::1%eth1', port: 1812, serves: 'auth' },
        { address: '192.0.2.1', port: 0, serves: 'acct' },
        { address: '192.0.2.1', port: 0, serves: 'acct' },
      ],
      clients: [
        { network: '192.0.2.10', rate: { perSecond: 0.5, burst: 1 }, patience: 1, rejectDelay: 0 },
        { network: '2001:db8::/32' },
      ],
      limits: { pending: 1, remembered: 1, drain: 0 },
    };
    expect(faults(full)).toEqual([]);
  });

  test.each([
    ['url', { url: 'http://bridge.example' }],
    ['url', { url: 'https://bridge.example/path' }],
    ['url', { url: 'https://bridge.example?query' }],
    ['url', { url: 'https://bridge.example#fragment' }],
    ['url', { url: 'https://user@bridge.example' }],
    ['url', { url: 'bridge.example' }],
    ['keyId', { keyId: 'site 1' }],
    ['keyId', { keyId: '' }],
    ['keyFile', { keyFile: '' }],
    ['listen', { listen: [] }],
    ['listen[0].address', { listen: [{ address: '0.0.0.0', port: 1812, serves: 'auth' }] }],
    ['listen[0].address', { listen: [{ address: '::', port: 1812, serves: 'auth' }] }],
    ['listen[0].address', { listen: [{ address: '::ffff:192.0.2.1', port: 1812, serves: 'auth' }] }],
    ['listen[0].address', { listen: [{ address: 'gateway', port: 1812, serves: 'auth' }] }],
    ['listen[0].port', { listen: [{ address: '*', port: 65_536, serves: 'auth' }] }],
    ['listen[0].port', { listen: [{ address: '*', port: '1812', serves: 'auth' }] }],
    ['listen[0].serves', { listen: [{ address: '*', port: 1812, serves: 'coa' }] }],
    ['clients', { clients: [] }],
    ['clients', { clients: {} }],
    ['clients[0].network', { clients: [{ network: '192.0.2.10/24' }] }],
    ['clients[0].network', { clients: [{ network: 'gateway' }] }],
    ['clients[0].rate.perSecond', { clients: [{ network: '::1', rate: { perSecond: 0, burst: 1 } }] }],
    ['clients[0].rate.burst', { clients: [{ network: '::1', rate: { perSecond: 1, burst: 0.5 } }] }],
    ['clients[0].patience', { clients: [{ network: '::1', patience: 601 }] }],
    ['clients[0].rejectDelay', { clients: [{ network: '::1', rejectDelay: 11 }] }],
    ['limits', { limits: 5 }],
    ['limits.pending', { limits: { pending: 0 } }],
  ])('wrong-value: %s', (path, change) => {
    const found = faults({ ...minimal, ...change });
    expect(found).toMatchObject([{ code: 'wrong-value', path }]);
    expect(found[0]?.expected).not.toBe('');
    expect(found[0]?.problem).toContain('it is ');
  });

  test('wrong-value: what is no object at all', () => {
    for (const json of [null, [], 'text', 5])
      expect(faults(json)).toMatchObject([
        { code: 'wrong-value', path: '', expected: 'an object in braces' },
      ]);
  });

  test.each(['url', 'keyId', 'keyFile', 'listen', 'clients'])('missing-key: %s', (path) => {
    expect(faults({ ...minimal, [path]: undefined })).toMatchObject([
      { code: 'missing-key', path, problem: 'it is missing' },
    ]);
  });

  test.each([
    ['patience', { patience: 5 }],
    ['clients[0].secret', { clients: [{ network: '::1', secret: 'x' }] }],
    ['["a b"]', { 'a b': 1 }],
    ['listen[0].__proto', { listen: [{ address: '*', port: 1, serves: 'auth', __proto: 1 }] }],
  ])('unknown-key: %s', (path, change) => {
    expect(faults({ ...minimal, ...change })).toMatchObject([{ code: 'unknown-key', path }]);
  });

  test('unknown-key: what may be a secret that was pasted there is not printed', () => {
    const pasted = 'MC4CAQAwBQYDK2VwBCIEIAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g';
    const [fault] = faults({ ...minimal, clients: [{ network: '::1', [pasted]: 1 }] });
    expect(fault).toMatchObject({ code: 'unknown-key', path: 'clients[0]' });
    expect(fault?.problem).toBe('key 2 (its name is not shown) does not exist here');
    expect(JSON.stringify(fault)).not.toContain(pasted.slice(0, 20));
  });

  test('unknown-key: says which keys there are', () => {
    const [fault] = faults({ ...minimal, clients: [{ network: '::1', ratio: 1 }] });
    expect(fault?.expected).toBe('one of network, rate, patience, rejectDelay');
  });

  test.each([
    ['192.0.2.1', '192.0.2.1'],
    ['*', '192.0.2.1'],
    ['192.0.2.1', '*'],
    ['2001:db8::1', '2001:DB8:0::1'],
  ])('listen-twice: %s and %s', (one, other) => {
    const listen = [one, other].map((address) => ({ address, port: 1812, serves: 'auth' }));
    expect(faults({ ...minimal, listen })).toMatchObject([{ code: 'listen-twice', path: 'listen[1]' }]);
  });

  test('network-twice: also when it is written in two ways', () => {
    const clients = [{ network: '2001:db8::1' }, { network: '2001:DB8:0::1/128' }];
    expect(faults({ ...minimal, clients })).toMatchObject([
      { code: 'network-twice', path: 'clients[1].network' },
    ]);
  });

  test('tells all that is wrong at once', () => {
    const paths = faults({ ...minimal, url: 1, keyId: 1, clients: [{}] }).map(({ path }) => path);
    expect(paths).toEqual(['url', 'keyId', 'clients[0].network']);
  });

  test('has a JSON Schema that explains every key', () => {
    const schema = JSON.parse(JSON.stringify(relayJsonSchema()));
    expect(schema.required).toEqual(['url', 'keyId', 'keyFile', 'listen', 'clients']);
    expect(schema.additionalProperties).toBe(false);
    for (const property of Object.values<{ description?: string }>(schema.properties)) {
      expect(property.description).toBeTruthy();
    }
  });
});

describe('the files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'edge-relay-config-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  generateKey(join(folder, 'site-1.key.pem'));
  writeFileSync(join(folder, 'text.pem'), 'text');
  writeFileSync(
    join(folder, 'rsa.pem'),
    '-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg\n-----END PRIVATE KEY-----\n',
  );

  const read = (text: string) => {
    const file = join(folder, 'relay.json');
    writeFileSync(file, text);
    const configuration = readRelayConfiguration(file);
    return 'faults' in configuration ? configuration.faults : configuration;
  };

  test.each([
    ['keyFile', 'MC4CAQAwBQYDK2VwBCIEIAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g'],
    ['keyFile', '-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIAECAwQF\n-----END PRIVATE KEY-----\n'],
    ['keyFile', ['-----BEGIN PRIVATE KEY-----']],
    ['keyId', 'MC4CAQAwBQYDK2VwBCIEIAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g'],
    ['keyId', '-----BEGIN PRIVATE KEY-----'],
    ['ca', 'MC4CAQAwBQYDK2VwBCIEIAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g'],
  ])('a private key that was pasted as %s is refused and told to nobody', (name, pasted) => {
    const found = [read(JSON.stringify({ ...minimal, [name]: pasted }))].flat();
    expect(found.some((fault) => 'path' in fault && fault.path === name)).toBe(true);
    expect(JSON.stringify(found)).not.toMatch(/MC4C|BEGIN/);
  });

  test('are read as seen from relay.json, with a byte order mark or without', () => {
    for (const mark of ['', '\uFEFF']) {
      expect(read(mark + JSON.stringify(minimal))).toMatchObject({
        key: { keyid: 'site-1' },
        keyFile: join(folder, 'site-1.key.pem'),
        keyExposed: false,
      });
    }
  });

  test('file-unreadable: relay.json, the key, the authorities', () => {
    expect(readRelayConfiguration(join(folder, 'none.json'))).toMatchObject({
      faults: [{ code: 'file-unreadable', path: '', expected: expect.stringContaining('relay-json.md') }],
    });
    expect(readRelayConfiguration(folder)).toMatchObject({
      faults: [{ code: 'file-unreadable', path: '', expected: 'a readable relay.json' }],
    });
    expect(read(JSON.stringify({ ...minimal, keyFile: 'none.pem', ca: 'none.pem' }))).toMatchObject([
      { code: 'file-unreadable', path: 'keyFile' },
      { code: 'file-unreadable', path: 'ca' },
    ]);
  });

  test('not-json: says the line, not the text', () => {
    const [fault] = [read('{\n "url": "https://x",\n oops\n}')].flat();
    expect(fault).toEqual({
      code: 'not-json',
      path: '',
      problem: 'found something else at line 3, column 2',
      expected: 'a key in quotation marks',
    });
  });

  test('key-twice: says which and where', () => {
    expect(read('{"url": "https://one.example",\n "listen": [],\n "url": "https://two.example"}')).toEqual([
      {
        code: 'key-twice',
        path: '',
        problem: 'found "url" again at line 3, column 2',
        expected: 'each key once',
      },
    ]);
    expect(read('{"clients": [{"patience": 60, "patience": 90}]}')).toMatchObject([
      { code: 'key-twice', path: 'clients[0]' },
    ]);
  });

  test('not-utf-8', () => {
    writeFileSync(join(folder, 'latin.json'), Buffer.from('{"keyFile": "schl\u00fcssel.pem"}', 'latin1'));
    expect(readRelayConfiguration(join(folder, 'latin.json'))).toMatchObject({
      faults: [{ code: 'not-utf-8' }],
    });
  });

  test('unknown-key: __proto__', () => {
    expect(read('{"__proto__": {}}')).toMatchObject([{ code: 'unknown-key' }]);
  });

  test('key-not-pem', () => {
    expect(read(JSON.stringify({ ...minimal, keyFile: 'text.pem' }))).toMatchObject([
      { code: 'key-not-pem', path: 'keyFile' },
    ]);
    expect(read(JSON.stringify({ ...minimal, keyFile: 'rsa.pem' }))).toMatchObject([
      { code: 'key-not-pem', path: 'keyFile' },
    ]);
  });

  test('ca-not-pem', () => {
    expect(read(JSON.stringify({ ...minimal, ca: 'text.pem' }))).toMatchObject([
      { code: 'ca-not-pem', path: 'ca' },
    ]);
  });
});

import { generateKeyPairSync, sign } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalAddress } from '../../relay-call/address.ts';
import { signatureBase } from '../../relay-call/base.ts';
import { contentDigest } from '../../relay-call/digest.ts';
import { CALL_PATH } from '../../relay-call/media.ts';
import {
  CALL_REFUSALS,
  type CallRefusal,
  REFUSAL_STATUS,
  type SignedHeaders,
  signBodilessCall,
  signCall,
} from '../../relay-call/signature.ts';
import {
  authority,
  body,
  created,
  key,
  privateKey,
  publicKey,
  read,
  received,
  signed,
  source,
} from './calls.ts';

const now = created * 1000;
const changed = (change: Record<string, string | undefined>) => received({ ...signed(), ...change });
const inputWith = (from: string | RegExp, to: string) =>
  received({ ...signed(), 'signature-input': signed()['signature-input']?.replace(from, to) });

/** Signs again after changing headers or parameters: only the rule in question is broken, the signature holds. */
function resigned(change: (headers: SignedHeaders) => SignedHeaders) {
  const headers = change(signed());
  const input = headers['signature-input'] ?? '';
  const names = [
    '@method',
    '@authority',
    '@path',
    'content-type',
    'content-digest',
    'radius-source',
    'radius-deadline',
  ];
  const derived: Record<string, string> = { '@method': 'POST', '@authority': authority, '@path': CALL_PATH };
  const base = signatureBase(
    names,
    names.map((name) => derived[name] ?? headers[name] ?? ''),
    input.replace('call=', ''),
  );
  return received({
    ...headers,
    signature: `call=:${sign(null, Buffer.from(base), privateKey).toString('base64')}:`,
  });
}
const withInput = (from: string | RegExp, to: string) =>
  resigned((headers) => ({
    ...headers,
    'signature-input': (headers['signature-input'] ?? '').replace(from, to),
  }));
const expiresAt = (seconds: number) => withInput(/expires=\d+/, `expires=${seconds}`);

describe('a right call', () => {
  test('is written as documented', () => {
    expect(signed()).toEqual({
      'content-type': 'application/vnd.radius-bridge.packet',
      'content-digest': contentDigest(body),
      'radius-source': 'from="192.0.2.10:49152", to="[2001:db8::1]:1812", serves=auth',
      'radius-deadline': '45000',
      'signature-input':
        'call=("@method" "@authority" "@path" "content-type" "content-digest" "radius-source" "radius-deadline")' +
        ';created=1700000000;expires=1700000060;nonce="AgICAgICAgICAgICAgICAg";keyid="site-1";alg="ed25519"' +
        ';tag="radius-bridge"',
      signature: expect.stringMatching(/^call=:[A-Za-z0-9+/]{86}==:$/),
    });
  });

  test('is read as it was meant', () => {
    expect(read(received(signed()))).toEqual({
      keyid: 'site-1',
      nonce: 'AgICAgICAgICAgICAgICAg',
      created,
      source,
      deadline: 45_000,
    });
  });

  test('whatever it says', () => {
    const address = fc.oneof(fc.ipV4(), fc.ipV6()).map((text) => canonicalAddress(text) ?? '::1');
    const endpoint = fc.record({ address, port: fc.integer({ min: 1, max: 65_535 }) });
    const call = fc.record({
      body: fc.uint8Array({ maxLength: 4096 }),
      source: fc.record({
        from: endpoint,
        to: endpoint,
        serves: fc.constantFrom('auth' as const, 'acct' as const),
      }),
      deadline: fc.nat(600_000),
      created: fc.integer({ min: 1, max: 9_999_999_999 }),
      nonce: fc.uint8Array({ minLength: 16, maxLength: 16 }),
    });
    fc.assert(
      fc.property(call, (x) => {
        const { nonce, body, ...said } = x;
        expect(read(received(signed(x), { body }), { now: x.created * 1000 })).toEqual({
          keyid: 'site-1',
          nonce: Buffer.from(nonce).toString('base64url'),
          created: said.created,
          source: said.source,
          deadline: said.deadline,
        });
      }),
    );
  });

  test('sign refuses a nonce of another length', () => {
    expect(() => signed({ nonce: Buffer.alloc(15) })).toThrow(RangeError);
  });
});

const other = generateKeyPairSync('ed25519');
/** Its signatures are as long as those of Ed25519. */
const rsa = generateKeyPairSync('rsa', { modulusLength: 512 });
const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' });

/** By refusal, calls that must get it. */
const wrong: Record<Exclude<CallRefusal, 'nonce-replayed'>, (() => unknown)[]> = {
  'method-wrong': [
    () => read(received(signed(), { method: 'GET' })),
    () => read(received(signed(), { method: 'post' })),
    () => read(received(signed(), { method: '' })),
  ],
  'path-wrong': [
    () => read(received(signed(), { path: '/' })),
    () => read(received(signed(), { path: '/api/radius/' })),
    () => read(received(signed(), { path: '/API/radius' })),
    () => read(received(signed({ path: '/api/other' }), { path: '/api/other' })),
  ],
  'query-present': [
    () => read(received(signed(), { query: '?code=1' })),
    () => read(received(signed(), { query: '?' })),
  ],
  'content-type-wrong': [
    () => read(changed({ 'content-type': undefined })),
    () => read(changed({ 'content-type': 'application/octet-stream' })),
    () => read(changed({ 'content-type': 'application/vnd.radius-bridge.packet; charset=utf-8' })),
    () => read(changed({ 'content-type': 'Application/vnd.radius-bridge.packet' })),
  ],
  'body-too-large': [
    () => read(received(signed({ body: Buffer.alloc(4097) }), { body: Buffer.alloc(4097) })),
  ],
  'signature-missing': [
    () => read(received({ 'content-type': signed()['content-type'] })),
    () => read(changed({ signature: undefined })),
    () => read(changed({ 'signature-input': undefined })),
  ],
  'signature-input-malformed': [
    () => read(changed({ 'signature-input': '' })),
    () => read(inputWith('call=', 'sig1=')),
    () => read(inputWith('"@path" ', '')),
    () => read(inputWith('"@method" "@authority"', '"@authority" "@method"')),
    () => read(inputWith(' "radius-deadline"', '')),
    () => read(inputWith('"radius-deadline"', '"radius-deadline" "host"')),
    () => read(inputWith(/created=\d+;/, '')),
    () => read(inputWith(/expires=\d+;/, '')),
    () => read(inputWith(/created=/, 'created=0')),
    () => read(inputWith(/created=/, 'created=-')),
    () => read(inputWith(/created=(\d+)/, 'created=$1.0')),
    () => read(inputWith(/created=\d+/, 'created=1000000000000')),
    () => read(inputWith(/nonce="[^"]*";/, '')),
    () => read(inputWith(/nonce="[^"]*"/, 'nonce=""')),
    () => read(inputWith(/nonce="[^"]*"/, 'nonce="AgICAgICAgICAgICAgICA"')),
    () => read(inputWith(/nonce="[^"]*"/, 'nonce="AgICAgICAgICAgICAgICAgA"')),
    () => read(inputWith(/nonce="[^"]*"/, 'nonce="AgICAgICAgICAgICAgICAh"')),
    () => read(inputWith('keyid="site-1"', 'keyid=""')),
    () => read(inputWith('keyid="site-1"', `keyid="${'a'.repeat(65)}"`)),
    () => read(inputWith('keyid="site-1"', 'keyid="site 1"')),
    () => read(inputWith('keyid="site-1"', 'keyid="site-1\\""')),
    () => read(inputWith('alg="ed25519"', 'alg="hmac-sha256"')),
    () => read(inputWith(';alg="ed25519"', '')),
    () => read(inputWith('tag="radius-bridge"', 'tag="other"')),
    () => read(inputWith(/$/, ';x=1')),
    () => read(inputWith(/$/, ' ')),
    () => read(inputWith(/$/, '\n')),
    () => read(inputWith(/;created/, '; created')),
    () =>
      read(
        changed({
          'signature-input': signBodilessCall({
            key,
            authority,
            path: CALL_PATH,
            created,
            nonce: Buffer.alloc(16),
          })['signature-input'],
        }),
      ),
  ],
  'signature-malformed': [
    () => read(changed({ signature: '' })),
    () => read(changed({ signature: 'call=::' })),
    () => read(changed({ signature: signed()['signature']?.replace('call', 'sig1') })),
    () => read(changed({ signature: signed()['signature']?.replace('==:', ':') })),
    () => read(changed({ signature: `${signed()['signature']};x` })),
    () => read(changed({ signature: `${signed()['signature']}, other=:AAAA:` })),
    // The same octets written with other unused bits: a second text for one signature.
    () => read(changed({ signature: signed()['signature']?.replace(/[AQgw]==:$/, 'B==:') })),
  ],
  'digest-missing': [() => read(changed({ 'content-digest': undefined }))],
  'digest-malformed': [
    () => read(changed({ 'content-digest': '' })),
    () => read(changed({ 'content-digest': 'md5=:Sd/dVLAcvNLSq16eXua5uQ==:' })),
    () => read(changed({ 'content-digest': `${contentDigest(body)}, ${contentDigest(body)}` })),
  ],
  'digest-mismatch': [
    () => read(received(signed(), { body: Buffer.concat([body, Buffer.alloc(1)]) })),
    () => read(received(signed(), { body: Buffer.alloc(0) })),
    () => read(changed({ 'content-digest': contentDigest(Buffer.alloc(1)) })),
  ],
  'source-malformed': [
    () => read(changed({ 'radius-source': undefined })),
    () => read(resigned((headers) => ({ ...headers, 'radius-source': 'from="192.0.2.10:1"' }))),
  ],
  'deadline-malformed': [
    () => read(changed({ 'radius-deadline': undefined })),
    () => read(resigned((headers) => ({ ...headers, 'radius-deadline': '600001' }))),
  ],
  'relay-unknown': [
    () => read(received(signed({ key: { ...key, keyid: 'site-2' } }))),
    () => read(received(signed()), { keyOf: () => undefined }),
  ],
  'relay-disabled': [() => read(received(signed()), { keyOf: () => 'disabled' })],
  'created-skewed': [
    () => read(received(signed()), { now: now + 30_001 }),
    () => read(received(signed()), { now: now - 30_001 }),
    () => read(received(signed()), { now: Number.NaN }),
  ],
  'expires-wrong': [
    () => read(expiresAt(created)),
    () => read(expiresAt(created - 1)),
    () => read(expiresAt(created + 61)),
  ],
  'call-expired': [() => read(expiresAt(created + 5), { now: now + 5001 })],
  'signature-wrong': [
    () => read(received(signed()), { authority: 'other.example' }),
    () => read(received(signed()), { keyOf: () => other.publicKey }),
    () => read(received(signed({ key: { keyid: 'site-1', privateKey: other.privateKey } }))),
    () => read(received(signed({ authority: 'BRIDGE.example' }))),
    () => read(received(signed({ path: '/api/other' }))),
    () => read(changed({ signature: `call=:${Buffer.alloc(64).toString('base64')}:` })),
    () => read(changed({ 'radius-deadline': '45001' })),
    () => read(changed({ 'radius-source': signed()['radius-source']?.replace('auth', 'acct') })),
    () => read(inputWith('expires=1700000060', 'expires=1700000059')),
    // A configured key of another kind must not decide by its own algorithm.
    () => read(received(signed()), { keyOf: () => p256.publicKey }),
    () =>
      read(received(signed({ key: { keyid: 'site-1', privateKey: rsa.privateKey } })), {
        keyOf: () => rsa.publicKey,
      }),
  ],
};

describe('readCall refuses', () => {
  describe.each(Object.keys(wrong) as (keyof typeof wrong)[])('%s', (code) => {
    test.each(wrong[code])('%#', (call) => {
      expect(call()).toBe(code);
    });
  });

  test('an empty query and the largest packet are right', () => {
    const large = Buffer.alloc(4096);
    expect(read(received(signed({ body: large }), { body: large }))).toMatchObject({ keyid: 'site-1' });
  });

  test('the edges of the times are right', () => {
    expect(read(received(signed()), { now: now + 30_000 })).toMatchObject({ created });
    expect(read(received(signed()), { now: now - 30_000 })).toMatchObject({ created });
    expect(read(expiresAt(created + 1))).toMatchObject({ created });
    expect(read(expiresAt(created + 5), { now: now + 5000 })).toMatchObject({ created });
  });

  test('nonce-replayed is left to whoever spends the nonce: the same call reads twice', () => {
    const call = received(signed());
    expect(read(call)).toEqual(read(call));
    expect(REFUSAL_STATUS['nonce-replayed']).toBe(401);
  });

  test.each(Object.keys(signed()))('%s left out, empty or sent twice', (name) => {
    const value = signed()[name];
    expect(read(changed({ [name]: undefined }))).toBeTypeOf('string');
    expect(read(changed({ [name]: '' }))).toBeTypeOf('string');
    expect(read(changed({ [name]: `${value}, ${value}` }))).toMatch(/-malformed$|^content-type-wrong$/);
  });

  test('every single bit changed in any header', () => {
    const accepted: string[] = [];
    for (const [name, value] of Object.entries(signed())) {
      for (let at = 0; at < value.length; at += 1) {
        for (let bit = 0; bit < 8; bit += 1) {
          const flipped = String.fromCharCode(value.charCodeAt(at) ^ (1 << bit));
          const text = value.slice(0, at) + flipped + value.slice(at + 1);
          const result = read(changed({ [name]: text }), { keyOf: () => publicKey });
          if (typeof result !== 'string') accepted.push(`${name}: ${text}`);
        }
      }
    }
    expect(accepted).toEqual([]);
  }, 30_000);

  test('every single bit changed in the body', () => {
    for (let bit = 0; bit < body.length * 8; bit += 1) {
      const other = Buffer.from(body);
      other.writeUInt8(other.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      expect(read(received(signed(), { body: other }))).toBe('digest-mismatch');
    }
  });

  test('never throws on any headers', () => {
    const name = fc.constantFrom(...Object.keys(signed()));
    fc.assert(
      fc.property(fc.dictionary(name, fc.string({ unit: 'binary' })), (headers) => {
        expect(read(received({ ...signed(), ...headers }))).toSatisfy(
          (result) => typeof result !== 'string' || Object.hasOwn(CALL_REFUSALS, result),
        );
      }),
    );
  });
});

test('every refusal about the signature is a 401, the others say what is wrong with the request', () => {
  const outward = {
    'method-wrong': 405,
    'path-wrong': 400,
    'query-present': 400,
    'content-type-wrong': 415,
    'body-too-large': 413,
  };
  const signature = Object.keys(CALL_REFUSALS).filter((code) => !Object.hasOwn(outward, code));
  expect(REFUSAL_STATUS).toEqual({ ...outward, ...Object.fromEntries(signature.map((code) => [code, 401])) });
});

test('a relay that signs with a key of another kind is refused, whatever key is configured', () => {
  const call = { authority, path: CALL_PATH, body, source, deadline: 1, created, nonce: Buffer.alloc(16) };
  const headers = signCall({ ...call, key: { keyid: 'site-1', privateKey: p256.privateKey } });
  expect(read(received(headers), { keyOf: () => p256.publicKey })).toBe('signature-malformed');
});

import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
  compileRelays,
  RELAY_FAULTS,
  type RelayEntry,
  RelaysRefused,
} from '../../../functions/relays/keys.ts';

const { publicKey } = generateKeyPairSync('ed25519');
const good = spki(publicKey);

function spki(key: KeyObject): string {
  return key.export({ format: 'der', type: 'spki' }).toString('base64');
}

function relay(x: Partial<RelayEntry> = {}): RelayEntry {
  return { name: 'Site one', keyId: 'site-1', publicKey: good, enabled: true, ...x };
}

function faultsOf(entries: readonly RelayEntry[]): unknown {
  try {
    compileRelays(entries);
  } catch (error) {
    if (error instanceof RelaysRefused) return error.faults.map(({ path, code }) => [path.join('.'), code]);
    throw error;
  }
  return [];
}

describe('relays', () => {
  test('are found by their keyid, exactly', () => {
    const relays = compileRelays([relay(), relay({ name: 'Two', keyId: 'SITE-1', enabled: false })]);
    const key = relays.keyOf('site-1');
    expect(key).toMatchObject({ asymmetricKeyType: 'ed25519' });
    expect(relays.relayOf('site-1')).toBe('Site one');
    expect(relays.keyOf('SITE-1')).toBe('disabled');
    expect(relays.relayOf('SITE-1')).toBe('Two');
    for (const unknown of ['site-2', '', 'Site-1', '__proto__', 'constructor']) {
      expect([relays.keyOf(unknown), relays.relayOf(unknown)]).toEqual([undefined, undefined]);
    }
  });

  test('may be none', () => {
    expect(compileRelays([]).keyOf('site-1')).toBeUndefined();
  });

  test.each(['', 'a b', 'ä', 'a"b', 'x'.repeat(65), 'a\n'])('relay-keyid-malformed: %j', (keyId) => {
    expect(faultsOf([relay({ keyId })])).toEqual([['relays.0.keyId', 'relay-keyid-malformed']]);
  });

  test('relay-keyid-twice', () => {
    expect(faultsOf([relay(), relay({ keyId: 'other' }), relay({ name: 'Again' })])).toEqual([
      ['relays.2.keyId', 'relay-keyid-twice'],
    ]);
  });

  const der = Buffer.from(good, 'base64');
  test.each([
    ['nothing', ''],
    ['no base64', '!!!'],
    ['base64 with a blank', ` ${good}`],
    ['base64 with a line end', `${good}\n`],
    ['base64url', Buffer.from([0xfb, 0xff, 0xfe]).toString('base64url')],
    ['base64 without padding', good.replace(/=+$/, '')],
    ['the key’s 32 octets alone', der.subarray(12).toString('base64')],
    ['octets after the key', Buffer.concat([der, Buffer.from([0])]).toString('base64')],
    ['half a key', der.subarray(0, 30).toString('base64')],
    ['PEM', publicKey.export({ format: 'pem', type: 'spki' }).toString()],
  ])('relay-key-malformed: %s', (_, text) => {
    expect(faultsOf([relay({ publicKey: text })])).toEqual([['relays.0.publicKey', 'relay-key-malformed']]);
  });

  test('relay-key-malformed: a private key, which is not repeated in the message', () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    const text = privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64');
    const compile = () => compileRelays([relay({ publicKey: text })]);
    expect(compile).toThrow(RELAY_FAULTS['relay-key-malformed']);
    expect(compile).not.toThrow(text);
  });

  test.each([
    ['RSA', generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey],
    ['P-256', generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey],
    ['X25519', generateKeyPairSync('x25519').publicKey],
    ['Ed448', generateKeyPairSync('ed448').publicKey],
  ])('relay-key-not-ed25519: %s', (_, key) => {
    expect(faultsOf([relay({ publicKey: spki(key) })])).toEqual([
      ['relays.0.publicKey', 'relay-key-not-ed25519'],
    ]);
  });

  test('a disabled relay’s key must be right too, and every fault is named', () => {
    expect(
      faultsOf([relay({ keyId: '', publicKey: 'x' }), relay({ enabled: false, publicKey: '' })]),
    ).toEqual([
      ['relays.0.keyId', 'relay-keyid-malformed'],
      ['relays.0.publicKey', 'relay-key-malformed'],
      ['relays.1.publicKey', 'relay-key-malformed'],
    ]);
  });
});

import { describe, expect, test } from 'vitest';
import { encodeAttribute, encodeAttributes } from '../../../functions/radius/attribute.ts';
import { hex } from './packets.ts';

const good: readonly (readonly [name: string, value: string | number | boolean, expected: object])[] = [
  ['Session-Timeout', 28800, { type: 27, value: hex('00007080') }],
  ['session-timeout', '28800', { type: 27, value: hex('00007080') }],
  ['Session-Timeout', 4294967295, { type: 27, value: hex('ffffffff') }],
  ['Service-Type', 'Framed-User', { type: 6, value: hex('00000002') }],
  ['Service-Type', 'framed-user', { type: 6, value: hex('00000002') }],
  ['Service-Type', 4711, { type: 6, value: hex('00001267') }],
  ['Prompt', true, { type: 76, value: hex('00000001') }],
  ['Prompt', false, { type: 76, value: hex('00000000') }],
  ['Filter-Id', 'vpn', { type: 11, value: Buffer.from('vpn') }],
  ['Filter-Id', 100, { type: 11, value: Buffer.from('100') }],
  ['Filter-Id', '0x41', { type: 11, value: Buffer.from('0x41') }],
  ['Reply-Message', 'Grüß Gott ✓', { type: 18, value: Buffer.from('Grüß Gott ✓') }],
  ['Class', '0x00ff', { type: 25, value: hex('00ff') }],
  ['Class', 'OU=vpn;', { type: 25, value: Buffer.from('OU=vpn;') }],
  ['Framed-IP-Address', '255.255.255.254', { type: 8, value: hex('fffffffe') }],
  ['Login-IPv6-Host', '2001:db8::1', { type: 98, value: hex('20010db8000000000000000000000001') }],
  ['Framed-IPv6-Address', '::1', { type: 168, value: hex('00000000000000000000000000000001') }],
  ['Framed-IPv6-Prefix', '2001:db8::/32', { type: 97, value: hex('0020 20010db8') }],
  ['Framed-IPv6-Prefix', '2001:db8:80::/41', { type: 97, value: hex('0029 20010db80080') }],
  ['Framed-IPv6-Prefix', '::/0', { type: 97, value: hex('0000') }],
  ['Framed-Interface-Id', '0000:0000:0000:0001', { type: 96, value: hex('0000000000000001') }],
  ['Event-Timestamp', '2026-05-01T08:00:00Z', { type: 55, value: hex('69f45d80') }],
  ['Event-Timestamp', '2026-05-01T10:00:00+02:00', { type: 55, value: hex('69f45d80') }],
  ['Event-Timestamp', 0x69f45d80, { type: 55, value: hex('69f45d80') }],
  ['PKM-SAID', 65535, { type: 141, value: hex('ffff') }],
  ['Tunnel-Type', 'L2TP', { type: 64, tag: 0, value: hex('000003') }],
  ['Tunnel-Type:1', 13, { type: 64, tag: 1, value: hex('00000d') }],
  ['Tunnel-Private-Group-ID', 100, { type: 81, value: Buffer.from('100') }],
  ['Tunnel-Private-Group-ID:31', '100', { type: 81, tag: 31, value: Buffer.from('100') }],
  ['Tunnel-Private-Group-ID', '\x01x', { type: 81, tag: 0, value: Buffer.from('\x01x') }],
  ['MS-TSG-Device-Redirection', '0x20000000', { vendor: 311, type: 63, value: hex('20000000') }],
  ['MS-MPPE-Encryption-Policy', 'Encryption-Required', { vendor: 311, type: 7, value: hex('00000002') }],
  ['MS-Primary-DNS-Server', '192.0.2.53', { vendor: 311, type: 28, value: hex('c0000235') }],
];

test.each(good)('%s = %j', (name, value, expected) => {
  expect(encodeAttribute(name, value)).toEqual(expected);
});

const bad: readonly (readonly [name: string, value: string | number | boolean, fault: string])[] = [
  ['Sesion-Timeout', 1, 'No attribute is called "Sesion-Timeout"'],
  ['', 1, 'No attribute is called ""'],
  ['Session-Timeout', -1, 'Session-Timeout takes a whole number'],
  ['Session-Timeout', 1.5, 'Session-Timeout takes a whole number'],
  ['Session-Timeout', Number.NaN, 'Session-Timeout takes a whole number'],
  ['Session-Timeout', 2 ** 32, 'Session-Timeout takes a whole number'],
  ['Session-Timeout', '', 'Session-Timeout takes a whole number'],
  ['Session-Timeout', '1e3', 'Session-Timeout takes a whole number'],
  ['Service-Type', 'Framed', 'Service-Type takes a whole number from 0 to 4294967295 or one of its names'],
  ['PKM-SAID', 65536, 'PKM-SAID takes a whole number from 0 to 65535'],
  ['Tunnel-Type', 2 ** 24, 'Tunnel-Type takes a whole number from 0 to 16777215'],
  ['Filter-Id', '', 'Filter-Id takes text of at least one character'],
  ['Filter-Id', true, 'Filter-Id takes text'],
  ['Filter-Id', '\ud800', 'Filter-Id takes text without half a surrogate pair'],
  ['Filter-Id', 'x'.repeat(254), 'The value of Filter-Id does not fit into one attribute'],
  ['Class', '0x', 'Class takes whole octets in hexadecimal after 0x'],
  ['Class', '0xabc', 'Class takes whole octets in hexadecimal after 0x'],
  ['Class', '0xzz', 'Class takes whole octets in hexadecimal after 0x'],
  ['Framed-IP-Address', '1.2.3.999', 'Framed-IP-Address takes an IPv4 address'],
  ['Framed-IP-Address', '1.2.3.x', 'Framed-IP-Address takes an IPv4 address'],
  ['Framed-IP-Address', '1.2.3', 'Framed-IP-Address takes an IPv4 address'],
  ['Framed-IP-Address', 16909060, 'Framed-IP-Address takes an IPv4 address'],
  ['Login-IPv6-Host', '192.0.2.1', 'Login-IPv6-Host takes an IPv6 address'],
  ['Login-IPv6-Host', 'fe80::1%eth0', 'Login-IPv6-Host takes an IPv6 address'],
  ['Framed-IPv6-Prefix', '2001:db8::', 'Framed-IPv6-Prefix takes an IPv6 prefix'],
  ['Framed-IPv6-Prefix', '2001:db8::/129', 'Framed-IPv6-Prefix takes an IPv6 prefix'],
  ['Framed-IPv6-Prefix', '2001:db8::/32/1', 'Framed-IPv6-Prefix takes an IPv6 prefix'],
  ['Framed-IPv6-Prefix', '2001:db8::1/32', 'Framed-IPv6-Prefix takes an IPv6 prefix'],
  ['Framed-Interface-Id', '1:2:3:4', 'Framed-Interface-Id takes an interface id'],
  ['Event-Timestamp', 'yesterday', 'Event-Timestamp takes a date'],
  ['Event-Timestamp', '1969-12-31', 'Event-Timestamp takes a date'],
  ['Event-Timestamp', true, 'Event-Timestamp takes a date'],
  ['Filter-Id:1', 'x', 'Filter-Id takes no tag'],
  ['Tunnel-Type:32', 'L2TP', 'The tag of Tunnel-Type is a number from 0 to 31'],
  ['Tunnel-Type:', 'L2TP', 'The tag of Tunnel-Type is a number from 0 to 31'],
  ['Tunnel-Type:-1', 'L2TP', 'The tag of Tunnel-Type is a number from 0 to 31'],
  ['Message-Authenticator', '0x00', 'Message-Authenticator is written by the bridge itself'],
  ['Proxy-State', 'x', 'Proxy-State is written by the bridge itself'],
];

test.each(bad)('%s = %j is a fault', (name, value, fault) => {
  expect(encodeAttribute(name, value)).toEqual({ fault: expect.stringContaining(fault) });
});

test.each([
  'User-Password',
  'Tunnel-Password',
  'Tunnel-Password:1',
  'MS-CHAP-MPPE-Keys',
  'MS-MPPE-Send-Key',
  'MS-MPPE-Recv-Key',
])('%s is never sent in clear', (name) => {
  const fault = encodeAttribute(name, 'secret');
  expect(fault).toEqual({ fault: expect.stringContaining('never sent in clear') });
  expect(JSON.stringify(fault)).not.toContain('secret');
});

describe('long values', () => {
  test('253 octets of text take one attribute, 254 two', () => {
    expect(encodeAttributes('Reply-Message', 'x'.repeat(253))).toHaveLength(1);
    expect(encodeAttributes('Reply-Message', 'x'.repeat(254))).toMatchObject([
      { value: Buffer.from('x'.repeat(253)) },
      { value: Buffer.from('x') },
    ]);
  });

  test('are split where a character ends', () => {
    const text = `${'x'.repeat(252)}✓${'é'.repeat(200)}`;
    const pieces = encodeAttributes('Reply-Message', text);
    if ('fault' in pieces) throw new Error(pieces.fault);
    expect(pieces.map(({ value }) => new TextDecoder('utf-8', { fatal: true }).decode(value)).join('')).toBe(
      text,
    );
    for (const { value } of pieces) expect(value.length).toBeLessThanOrEqual(253);
    expect(pieces[0]?.value).toHaveLength(252);
  });

  test('of a vendor have six octets less', () => {
    expect(encodeAttributes('MS-RAS-Correlation', 'x'.repeat(247))).toHaveLength(1);
    expect(encodeAttributes('MS-RAS-Correlation', 'x'.repeat(248))).toHaveLength(2);
  });

  test('of octets and of tagged text are a fault', () => {
    const fault = { fault: expect.stringContaining('does not fit') };
    expect(encodeAttributes('Class', `0x${'00'.repeat(254)}`)).toEqual(fault);
    expect(encodeAttributes('Tunnel-Private-Group-Id:1', 'x'.repeat(253))).toEqual(fault);
  });
});

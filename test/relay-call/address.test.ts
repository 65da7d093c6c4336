import { isIPv6 } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalAddress, parseNetwork } from '../../relay-call/address.ts';

describe('canonicalAddress', () => {
  test.each([
    ['192.0.2.10', '192.0.2.10'],
    ['0.0.0.0', '0.0.0.0'],
    ['::FFFF:192.0.2.10', '192.0.2.10'],
    ['::ffff:c000:20a', '192.0.2.10'],
    ['0:0:0:0:0:ffff:192.0.2.10', '192.0.2.10'],
    ['::ffff:192.0.2.10%eth0', '192.0.2.10'],
    ['fe80::1%eth0', 'fe80::1'],
    ['fe80::1%12', 'fe80::1'],
    ['FE80::A%eth0.100-x', 'fe80::a'],
    ['2001:0DB8::0001', '2001:db8::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['1:0:2:3:4:5:6:7', '1:0:2:3:4:5:6:7'],
    ['::', '::'],
    ['64:ff9b::192.0.2.1', '64:ff9b::c000:201'],
  ])('%s is %s', (text, canonical) => {
    expect(canonicalAddress(text)).toBe(canonical);
  });

  test('an IPv4-compatible address is not the IPv4 address', () => {
    expect(canonicalAddress('::192.0.2.10')).toBe('::c000:20a');
  });

  test.each([
    '',
    'localhost',
    '192.0.2',
    '192.0.2.256',
    '010.0.0.1',
    '192.0.2.01',
    '0x7f.0.0.1',
    '2130706433',
    '::ffff:010.0.0.1',
    '192.0.2.1%eth0',
    'fe80::1%',
    ' 192.0.2.1',
    '192.0.2.1\n',
    '192.0.2.1:80',
    '[::1]',
    '1::2::3',
    '12345::',
    '1:2:3:4:5:6:7:8:9',
    '192.0.2.1/32',
  ])('%j is no address', (text) => {
    expect(canonicalAddress(text)).toBeUndefined();
  });

  test('agrees with the URL standard on every IPv6 address, and is its own canonical text', () => {
    const hextet = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff }));
    fc.assert(
      fc.property(fc.array(hextet, { minLength: 8, maxLength: 8 }), (parts) => {
        const text = parts.map((part) => part.toString(16)).join(':');
        const canonical = canonicalAddress(text);
        const mapped = parts.slice(0, 5).every((part) => part === 0) && parts[5] === 0xffff;
        if (!mapped) expect(`[${canonical}]`).toBe(new URL(`https://[${text}]`).hostname);
        expect(canonicalAddress(canonical ?? '')).toBe(canonical);
      }),
    );
  });

  test('never throws', () => {
    const near = fc.string({ unit: fc.constantFrom(...'0123456789abcdef:.%/'), maxLength: 45 });
    fc.assert(fc.property(fc.oneof(near, fc.string()), (text) => void canonicalAddress(text)));
  });
});

describe('parseNetwork', () => {
  test.each([
    ['192.0.2.10', 4, 32, '192.0.2.10'],
    ['192.0.2.10/32', 4, 32, '192.0.2.10'],
    ['10.0.0.0/8', 4, 8, '10.0.0.0/8'],
    ['0.0.0.0/0', 4, 0, '0.0.0.0/0'],
    ['::1', 6, 128, '::1'],
    ['2001:DB8::/32', 6, 32, '2001:db8::/32'],
    ['::/0', 6, 0, '::/0'],
    ['::ffff:10.0.0.0/104', 4, 8, '10.0.0.0/8'],
    ['::ffff:192.0.2.10', 4, 32, '192.0.2.10'],
  ])('%s', (text, family, prefix, written) => {
    const network = parseNetwork(text);
    expect(network).toMatchObject({ family, prefix });
    expect(network?.toString()).toBe(written);
  });

  test.each([
    '10.0.0.1/8',
    '192.0.2.128/24',
    '255.255.255.255/31',
    '1.0.0.0/0',
    '2001:db8::1/32',
    '2001:db8:8000::/32',
    '::1/127',
    '::1/0',
    '::ffff:10.0.0.1/104',
    '::ffff:0.0.0.0/95',
  ])('%s has host bits set', (text) => {
    expect(parseNetwork(text)).toBeUndefined();
  });

  test.each([
    '',
    '/',
    '10.0.0.0/',
    '10.0.0.0/33',
    '::/129',
    '10.0.0.0/08',
    '10.0.0.0/+8',
    '10.0.0.0/-1',
    '10.0.0.0/8/8',
    '10.0.0.0/255.0.0.0',
    '10.0.0.0 /8',
    '10/8',
    '010.0.0.0/8',
    'fe80::1%eth0',
    'fe80::%eth0/64',
    '*',
  ])('%j is no network', (text) => {
    expect(parseNetwork(text)).toBeUndefined();
  });

  test.each([
    ['192.0.2.10', '192.0.2.10', true],
    ['192.0.2.10', '192.0.2.11', false],
    ['10.0.0.0/8', '10.255.255.255', true],
    ['10.0.0.0/8', '11.0.0.0', false],
    ['10.0.0.0/8', '9.255.255.255', false],
    ['224.0.0.0/3', '255.255.255.255', true],
    ['0.0.0.0/0', '203.0.113.7', true],
    ['0.0.0.0/0', '::1', false],
    ['2001:db8::/33', '2001:db8:7fff::1', true],
    ['2001:db8::/33', '2001:db8:8000::', false],
    ['::/0', '2001:db8::1', true],
    ['::/0', '192.0.2.1', false],
    ['::/0', '::ffff:192.0.2.1', false],
    ['::/0', 'fe80::1%eth0', false],
    ['::/0', '2001:DB8::1', false],
    ['::1', '::1', true],
    ['::1', '::2', false],
    ['0.0.0.0/0', 'nonsense', false],
    ['::/0', 'nonsense', false],
    ['::/0', '', false],
  ])('%s contains %s: %s', (network, address, inside) => {
    expect(parseNetwork(network)?.contains(address)).toBe(inside);
  });

  test('contains agrees with a comparison bit by bit', () => {
    const bitsOf = (octets: readonly number[]) =>
      octets.map((octet) => octet.toString(2).padStart(8, '0')).join('');
    const textOf = (octets: readonly number[]) =>
      octets.length === 4
        ? octets.join('.')
        : octets
            .map((octet) => octet.toString(16).padStart(2, '0'))
            .join('')
            .replace(/(.{4})(?!$)/g, '$1:');
    const pair = (length: number) =>
      fc
        .tuple(
          fc.uint8Array({ minLength: length, maxLength: length }),
          fc.integer({ min: 0, max: length * 8 }),
          fc.uint8Array({ minLength: length, maxLength: length }),
          fc.integer({ min: 0, max: length * 8 }),
        )
        // A random address is in no small network: this one shares its first bits.
        .map(([octets, prefix, other, shared]) => {
          const network = [...octets].map(
            (octet, at) => octet & (0xff00 >> Math.min(8, Math.max(0, prefix - at * 8))),
          );
          const address = [...octets].map((octet, at) => {
            const mask = 0xff & (0xff00 >> Math.min(8, Math.max(0, shared - at * 8)));
            return (octet & mask) | ((other[at] ?? 0) & ~mask & 0xff);
          });
          return { network: network.map((octet) => octet & 0xff), prefix, address };
        });
    fc.assert(
      fc.property(fc.oneof(pair(4), pair(16)), ({ network, prefix, address }) => {
        const canonical = canonicalAddress(textOf(address));
        if (canonical === undefined || isIPv6(canonical) !== (network.length === 16)) return;
        const expected = bitsOf(network).slice(0, prefix) === bitsOf(address).slice(0, prefix);
        expect(parseNetwork(`${textOf(network)}/${prefix}`)?.contains(canonical)).toBe(expected);
      }),
      { numRuns: 500 },
    );
  });
});

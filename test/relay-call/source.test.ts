import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalAddress } from '../../relay-call/address.ts';
import {
  formatDeadline,
  formatSource,
  parseDeadline,
  parseSource,
  type RadiusSource,
} from '../../relay-call/source.ts';

const four: RadiusSource = {
  from: { address: '192.0.2.10', port: 49_152 },
  to: { address: '192.0.2.1', port: 1812 },
  serves: 'auth',
};
const six: RadiusSource = {
  from: { address: '2001:db8::10', port: 1 },
  to: { address: '::1', port: 65_535 },
  serves: 'acct',
};

const address = fc.oneof(fc.ipV4(), fc.ipV6()).map((text) => canonicalAddress(text) ?? '192.0.2.1');
const endpoint = fc.record({ address, port: fc.integer({ min: 1, max: 65_535 }) });
const source = fc.record({
  from: endpoint,
  to: endpoint,
  serves: fc.constantFrom('auth' as const, 'acct' as const),
});

describe('radius-source', () => {
  test('is written as documented', () => {
    expect(formatSource(four)).toBe('from="192.0.2.10:49152", to="192.0.2.1:1812", serves=auth');
    expect(formatSource(six)).toBe('from="[2001:db8::10]:1", to="[::1]:65535", serves=acct');
  });

  test('comes back as it was', () => {
    fc.assert(
      fc.property(source, (x) => {
        expect(parseSource(formatSource(x))).toEqual(x);
      }),
    );
  });

  test('takes nothing that would not be written: one character changed, left out or added', () => {
    const character = fc.constantFrom(...'0123456789abcdef.:[]", =toservmTFr%\t');
    fc.assert(
      fc.property(source, fc.nat(100), character, fc.nat(2), (x, place, other, how) => {
        const text = formatSource(x);
        const at = place % (text.length + 1);
        const kept = how === 2 ? at : at + 1;
        const changed = text.slice(0, at) + (how === 0 ? '' : other) + text.slice(kept);
        const read = parseSource(changed);
        if (read !== undefined) expect(formatSource(read)).toBe(changed);
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    '',
    'from="192.0.2.10:49152", to="192.0.2.1:1812"',
    'from="192.0.2.10:49152", to="192.0.2.1:1812", serves=both',
    'from="192.0.2.10:49152", to="192.0.2.1:1812", serves="auth"',
    'from="192.0.2.10:49152",to="192.0.2.1:1812", serves=auth',
    'to="192.0.2.1:1812", from="192.0.2.10:49152", serves=auth',
    'from="192.0.2.10:0", to="192.0.2.1:1812", serves=auth',
    'from="192.0.2.10:65536", to="192.0.2.1:1812", serves=auth',
    'from="192.0.2.10:01812", to="192.0.2.1:1812", serves=auth',
    'from="192.0.2.10", to="192.0.2.1:1812", serves=auth',
    'from="192.0.2.010:1812", to="192.0.2.1:1812", serves=auth',
    'from="192.0.2.256:1812", to="192.0.2.1:1812", serves=auth',
    'from="[192.0.2.10]:1812", to="192.0.2.1:1812", serves=auth',
    'from="2001:db8::10:1812", to="192.0.2.1:1812", serves=auth',
    'from="[2001:DB8::10]:1812", to="192.0.2.1:1812", serves=auth',
    'from="[2001:db8:0::10]:1812", to="192.0.2.1:1812", serves=auth',
    'from="[::ffff:c000:20a]:1812", to="192.0.2.1:1812", serves=auth',
    'from="[fe80::1%eth0]:1812", to="192.0.2.1:1812", serves=auth',
    'from="192.0.2.10:49152", to="192.0.2.1:1812", serves=auth, serves=acct',
    'from="192.0.2.10:49152", to="192.0.2.1:1812", serves=auth\n',
    ' from="192.0.2.10:49152", to="192.0.2.1:1812", serves=auth',
  ])('%j is refused', (text) => {
    expect(parseSource(text)).toBeUndefined();
  });

  test('sent twice it is refused', () => {
    expect(parseSource(`${formatSource(four)}, ${formatSource(four)}`)).toBeUndefined();
  });

  test('never throws', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(parseSource(text)).toBeUndefined();
      }),
    );
  });
});

describe('radius-deadline', () => {
  test.each([
    [0, '0'],
    [1, '1'],
    [59_999.9, '59999'],
    [600_000, '600000'],
    [600_001, '600000'],
    [Number.POSITIVE_INFINITY, '600000'],
    [-1, '0'],
    [0.4, '0'],
    [Number.NaN, '0'],
  ])('%d is written %s', (ms, text) => {
    expect(formatDeadline(ms)).toBe(text);
  });

  test('comes back as it was', () => {
    fc.assert(
      fc.property(fc.nat(600_000), (ms) => {
        expect(parseDeadline(formatDeadline(ms))).toBe(ms);
      }),
    );
  });

  test.each([
    '',
    '-1',
    '+1',
    '01',
    '1.0',
    '1e3',
    '0x10',
    ' 1',
    '1 ',
    '1\n',
    '600001',
    '999999',
    '1000000',
    '1, 1',
    'a',
  ])('%j is refused', (text) => {
    expect(parseDeadline(text)).toBeUndefined();
  });
});

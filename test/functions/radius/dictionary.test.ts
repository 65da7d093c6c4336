import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { generateTable } from '../../../functions/radius/dictionary/generate.ts';
import {
  attributeByName,
  attributeByNumber,
  type DictionaryAttribute,
  valueName,
  valueNumber,
  vendorName,
} from '../../../functions/radius/dictionary/lookup.ts';

function known(name: string): DictionaryAttribute {
  const attribute = attributeByName(name);
  if (attribute === undefined) throw new Error(name);
  return attribute;
}

test('the committed table is what generate.ts writes', () => {
  const committed = new URL('../../../functions/radius/dictionary/table.ts', import.meta.url);
  expect(readFileSync(committed, 'utf8')).toBe(generateTable());
});

describe('lookup', () => {
  test('by name in whatever case', () => {
    expect(attributeByName('NAS-ip-ADDRESS')).toMatchObject({
      name: 'NAS-IP-Address',
      type: 4,
      kind: 'ipaddr',
    });
    expect(attributeByName('__proto__')).toBeUndefined();
    expect(attributeByName('')).toBeUndefined();
  });

  test('by number, the spaces of vendors apart', () => {
    expect(attributeByNumber(undefined, 50)?.name).toBe('Acct-Multi-Session-Id');
    expect(attributeByNumber(311, 50)?.name).toBe('MS-Machine-Name');
    expect(attributeByNumber(3561, 129)?.name).toBe('Actual-Data-Rate-Upstream');
    expect(attributeByNumber(undefined, 129)?.name).toBe('Basic-Location-Policy-Rules');
    expect(attributeByNumber(9, 1)).toBeUndefined();
    expect(attributeByNumber(undefined, 255)).toBeUndefined();
  });

  test.each([
    [168, 'Framed-IPv6-Address', 'ipv6addr'],
    [169, 'DNS-Server-IPv6-Address', 'ipv6addr'],
    [170, 'Route-IPv6-Information', 'ipv6prefix'],
    [171, 'Delegated-IPv6-Prefix-Pool', 'string'],
    [172, 'Stateful-IPv6-Address-Pool', 'string'],
  ] as const)('RFC 6911: %i is %s', (type, name, kind) => {
    expect(attributeByNumber(undefined, type)).toMatchObject({ name, kind });
  });

  test.each([
    [34, 'MS-RAS-Client-Name'],
    [35, 'MS-RAS-Client-Version'],
    [45, 'MS-Quarantine-State'],
    [47, 'MS-Network-Access-Server-Type'],
    [50, 'MS-Machine-Name'],
    [56, 'MS-RAS-Correlation'],
    [61, 'MS-User-IPv4-Address'],
    [62, 'MS-User-IPv6-Address'],
    [63, 'MS-TSG-Device-Redirection'],
  ] as const)('Microsoft: %i is %s', (type, name) => {
    expect(attributeByName(name)).toMatchObject({ vendor: 311, type });
  });

  test('flags', () => {
    expect(known('Tunnel-Password')).toMatchObject({ tagged: true, encryption: 2 });
    expect(known('User-Password')).toMatchObject({ tagged: false, encryption: 1 });
    expect(known('MS-MPPE-Send-Key')).toMatchObject({ tagged: false, encryption: 2 });
    expect(known('Tunnel-Type')).toMatchObject({ tagged: true, encryption: undefined });
  });

  test('vendors', () => {
    expect(vendorName(311)).toBe('Microsoft');
    expect(vendorName(9)).toBeUndefined();
  });
});

describe('named values', () => {
  test('both ways', () => {
    const type = known('NAS-Port-Type');
    expect(valueName(type, 5)).toBe('Virtual');
    expect(valueNumber(type, 'virtual')).toBe(5);
    expect(valueName(type, 4711)).toBeUndefined();
    expect(valueNumber(type, 'constructor')).toBeUndefined();
    expect(valueNumber(known('Session-Timeout'), '')).toBeUndefined();
  });

  test('a number with two names is shown by the first and understood by both', () => {
    const medium = known('Tunnel-Medium-Type');
    expect(valueNumber(medium, 'IP')).toBe(1);
    expect(valueNumber(medium, 'IPv4')).toBe(1);
    expect(valueName(medium, 1)).toBe('IP');
  });

  test('of RD Gateway', () => {
    expect(valueNumber(known('MS-Network-Access-Server-Type'), 'Terminal-Server-Gateway')).toBe(1);
  });
});

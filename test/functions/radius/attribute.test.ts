import { describe, expect, test } from 'vitest';
import * as attributes from '../../../functions/radius/attribute.ts';
import { attribute, draft, framed, hex, microsoft, requestOf } from './packets.ts';
import { VECTOR } from './vectors.ts';

const packet = (...list: Buffer[]) => framed(draft({ attributes: list }));

describe('text', () => {
  test('is the first of that name, in whatever case the name is written', () => {
    const two = packet(attribute(18, 'first'), attribute(18, 'second'));
    expect(attributes.text(two, 'reply-message')).toBe('first');
  });

  test('is undefined where the attribute is absent', () => {
    expect(attributes.text(packet(), 'User-Name')).toBeUndefined();
  });

  test('is undefined where the octets are no UTF-8, never a replacement character', () => {
    expect(attributes.text(packet(attribute(1, hex('70e47373'))), 'User-Name')).toBeUndefined();
    expect(attributes.text(packet(attribute(1, hex('eda080'))), 'User-Name')).toBeUndefined();
  });

  test('keeps NUL, line breaks and a byte order mark', () => {
    const odd = '\ufeffa\0b\r\nc\0';
    expect(attributes.text(packet(attribute(1, odd)), 'User-Name')).toBe(odd);
  });

  test("strips the one NUL that ends Microsoft's strings", () => {
    const named = (name: string) => packet(microsoft(attribute(50, name)));
    expect(attributes.text(named('CLIENT-PC01\0'), 'MS-Machine-Name')).toBe('CLIENT-PC01');
    expect(attributes.text(named('CLIENT-PC01'), 'MS-Machine-Name')).toBe('CLIENT-PC01');
    expect(attributes.text(named('PC\0\0'), 'MS-Machine-Name')).toBe('PC\0');
  });

  test('is an address in its usual writing', () => {
    expect(attributes.text(packet(attribute(4, [192, 0, 2, 10])), 'NAS-IP-Address')).toBe('192.0.2.10');
    const v6 = packet(attribute(95, hex('20010db8000000000000000000000001')));
    expect(attributes.text(v6, 'NAS-IPv6-Address')).toBe('2001:db8::1');
    expect(attributes.text(packet(attribute(97, hex('0020 20010db8'))), 'Framed-IPv6-Prefix')).toBe(
      '2001:db8::/32',
    );
    expect(attributes.text(packet(attribute(97, hex('0000'))), 'Framed-IPv6-Prefix')).toBe('::/0');
    expect(attributes.text(packet(attribute(96, hex('0000000000000001'))), 'Framed-Interface-Id')).toBe(
      '0000:0000:0000:0001',
    );
  });

  test.each(['0020 20010d', '0081 20', '00', `0010${'00'.repeat(17)}`])(
    'is undefined for the prefix %s',
    (value) => {
      const text = attributes.text(packet(attribute(97, hex(value))), 'Framed-IPv6-Prefix');
      expect(text ?? '').not.toContain('/');
    },
  );
});

describe('integer', () => {
  test('is unsigned', () => {
    expect(attributes.integer(packet(attribute(27, hex('ffffffff'))), 'Session-Timeout')).toBe(4294967295);
  });

  test('is undefined where the length is another one or the attribute is no number', () => {
    expect(attributes.integer(packet(attribute(27, [1])), 'Session-Timeout')).toBeUndefined();
    expect(attributes.integer(packet(attribute(1, '1234')), 'User-Name')).toBeUndefined();
    expect(attributes.integer(packet(), 'Session-Timeout')).toBeUndefined();
  });

  test('of a date is seconds since 1970', () => {
    expect(attributes.integer(packet(attribute(55, hex('65000000'))), 'Event-Timestamp')).toBe(0x65000000);
  });

  test('of a tagged attribute leaves the tag out', () => {
    expect(attributes.integer(packet(attribute(64, hex('0100000d'))), 'Tunnel-Type')).toBe(13);
  });

  test('of two octets', () => {
    expect(attributes.integer(packet(attribute(141, hex('0102'))), 'PKM-SAID')).toBe(258);
  });
});

describe('tags', () => {
  test('are split from text only when they are 1 to 31 or zero', () => {
    const groups = packet(
      attribute(81, '\x01100'),
      attribute(81, '200'),
      attribute(81, '\x1f300'),
      attribute(81, ''),
    );
    expect(attributes.tagged(groups, 'Tunnel-Private-Group-Id')).toEqual([
      { tag: 1, value: Buffer.from('100') },
      { tag: undefined, value: Buffer.from('200') },
      { tag: 31, value: Buffer.from('300') },
      { tag: undefined, value: Buffer.alloc(0) },
    ]);
    expect(attributes.text(groups, 'Tunnel-Private-Group-Id')).toBe('100');
  });

  test('are always split from integers', () => {
    expect(attributes.tagged(packet(attribute(64, hex('ff00000d'))), 'Tunnel-Type')).toEqual([
      { tag: 255, value: hex('00000d') },
    ]);
  });
});

describe('all and octets', () => {
  test('give every instance in order, from one Vendor-Specific or several', () => {
    const p = packet(
      microsoft(attribute(50, 'one'), attribute(47, [0, 0, 0, 1]), attribute(50, 'two')),
      attribute(50, 'not of Microsoft'),
      microsoft(attribute(50, 'three')),
    );
    expect(attributes.all(p, 'MS-Machine-Name').map(String)).toEqual(['one', 'two', 'three']);
    expect(attributes.octets(p, 'MS-Machine-Name')).toEqual(Buffer.from('one'));
    expect(attributes.integer(p, 'MS-Network-Access-Server-Type')).toBe(1);
    expect(attributes.all(p, 'Class')).toEqual([]);
  });

  test('a name that no dictionary has is a mistake, not an absent attribute', () => {
    for (const get of [attributes.text, attributes.integer, attributes.octets, attributes.all]) {
      expect(() => get(packet(), 'Usre-Name')).toThrow(RangeError);
    }
  });
});

const vendorSpecific = {
  'shorter than a vendor number': '000137',
  'a vendor number and nothing else': '00000137',
  'a vendor number above 24 bits': '01000137 3206 61626364',
  'an inner length of 0': '00000137 3200 61626364',
  'an inner length of 1': '00000137 3201 61626364',
  'an inner attribute that overruns': '00000137 3207 61626364',
  'a good one and an octet too many': '00000137 3206 61626364 32',
};

describe('a Vendor-Specific attribute of another shape', () => {
  test.each(Object.entries(vendorSpecific))('%s is kept as a whole and gives no values', (_name, value) => {
    const p = packet(attribute(26, hex(value)));
    expect(attributes.all(p, 'MS-Machine-Name')).toEqual([]);
    expect(attributes.octets(p, 'Vendor-Specific')).toEqual(hex(value));
    // One of Microsoft might hold a response.
    const shown = value.startsWith('00000137') ? attributes.HIDDEN : `0x${value.replaceAll(' ', '')}`;
    expect(attributes.describe(p)).toEqual([{ name: 'Vendor-Specific', value: shown }]);
  });
});

describe('describe', () => {
  test('names attributes and values, and keeps their order', () => {
    expect(attributes.describe(requestOf(VECTOR.C2))).toEqual([
      { name: 'User-Name', value: 'CONTOSO\\alice' },
      { name: 'Called-Station-Id', value: 'UserAuthType:PW' },
      { name: 'NAS-Port-Type', value: 'Virtual' },
      { name: 'MS-Network-Access-Server-Type', value: 'Terminal-Server-Gateway' },
      { name: 'MS-Machine-Name', value: 'CLIENT-PC01' },
      { name: 'Proxy-State', value: '0xfe80000000000000aabb00000001' },
      { name: 'Message-Authenticator', value: '<hidden>' },
    ]);
  });

  test('shows unknown attributes by number, unknown values as numbers, and what is no text in hexadecimal', () => {
    const p = packet(
      attribute(250, 'x'),
      attribute(26, hex('00003039 0104 abcd')),
      microsoft(attribute(200, 'x')),
      attribute(61, hex('000000fa')),
      attribute(61, hex('fa')),
      attribute(1, hex('ff')),
      attribute(55, hex('00000000')),
      attribute(64, hex('0200000d')),
    );
    expect(attributes.describe(p)).toEqual([
      { name: 'Attribute-250', value: '0x78' },
      { name: 'Vendor-12345-Attribute-1', value: '0xabcd' },
      { name: 'Microsoft-Attribute-200', value: '0x78' },
      { name: 'NAS-Port-Type', value: '250' },
      { name: 'NAS-Port-Type', value: '0xfa' },
      { name: 'User-Name', value: '0xff' },
      { name: 'Event-Timestamp', value: '1970-01-01T00:00:00.000Z' },
      { name: 'Tunnel-Type:2', value: 'VLAN' },
    ]);
  });

  test('hides passwords, responses, keys and tokens', () => {
    const secret = Buffer.alloc(16, 'S');
    const p = packet(
      ...[2, 3, 24, 69, 70, 79, 80, 103].map((type) => attribute(type, secret)),
      ...[1, 3, 4, 5, 6, 12, 16, 17, 19, 20, 25, 26, 27].map((type) => microsoft(attribute(type, secret))),
    );
    const shown = attributes.describe(p);
    expect(shown).toHaveLength(21);
    for (const { value } of shown) expect(value).toBe(attributes.HIDDEN);
    expect(shown.some(({ name }) => name.includes('Attribute-'))).toBe(false);
  });
});

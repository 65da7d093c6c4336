import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  attributesOf,
  FRAMING_FAULTS,
  type Frame,
  type FramingFault,
  readFrame,
  servesCode,
} from '../../relay-call/framing.ts';
import { packetOf } from './packets.ts';

const framed = (datagram: Uint8Array): Frame => {
  const frame = readFrame(datagram);
  if (typeof frame === 'string') throw new Error(frame);
  return frame;
};
const repeated = (count: number, octets: readonly number[]) =>
  Array.from({ length: count }, () => octets).flat();
const withLength = (packet: Buffer, length: number) => {
  packet.writeUInt16BE(length, 2);
  return packet;
};
const authenticator = [80, 18, ...new Array<number>(16).fill(7)];

/** A wrong datagram for each fault, and its neighbour that is right. */
const cases: Record<FramingFault, { wrong: Buffer[]; right: Buffer[] }> = {
  'datagram-too-short': {
    wrong: [Buffer.alloc(0), Buffer.alloc(1), packetOf({}).subarray(0, 19)],
    right: [packetOf({})],
  },
  'length-out-of-range': {
    wrong: [
      withLength(packetOf({}), 19),
      withLength(packetOf({}), 0),
      withLength(Buffer.alloc(5000, packetOf({})), 4097),
      withLength(Buffer.alloc(65_535), 65_535),
    ],
    right: [
      packetOf({
        attributes: [
          ...repeated(15, [26, 255, ...new Array<number>(253).fill(1)]),
          26,
          251,
          ...new Array<number>(249).fill(1),
        ],
      }),
    ],
  },
  'datagram-truncated': {
    wrong: [withLength(packetOf({}), 21), packetOf({ attributes: [1, 3, 97] }).subarray(0, 22)],
    right: [packetOf({ attributes: [1, 3, 97] })],
  },
  'attribute-type-zero': {
    wrong: [
      packetOf({ attributes: [0, 3, 97] }),
      packetOf({ attributes: [1, 3, 97, 0, 2] }),
      packetOf({ attributes: [0] }),
    ],
    right: [packetOf({ attributes: [255, 3, 0] })],
  },
  'attribute-too-short': {
    wrong: [packetOf({ attributes: [1, 0] }), packetOf({ attributes: [1, 1, 97] })],
    right: [packetOf({ attributes: [1, 2] })],
  },
  'attribute-overrun': {
    wrong: [
      packetOf({ attributes: [1] }),
      packetOf({ attributes: [1, 3, 97, 1] }),
      packetOf({ attributes: [1, 4, 97] }),
      packetOf({ attributes: [1, 255, 97] }),
    ],
    right: [packetOf({ attributes: [1, 3, 97, 1, 2] })],
  },
  'too-many-attributes': {
    wrong: [packetOf({ attributes: repeated(201, [1, 3, 97]) })],
    right: [packetOf({ attributes: repeated(200, [1, 3, 97]) })],
  },
  'message-authenticator-length': {
    wrong: [
      packetOf({ attributes: [80, 17, ...new Array<number>(15).fill(7)] }),
      packetOf({ attributes: [80, 2] }),
    ],
    right: [packetOf({ attributes: authenticator })],
  },
  'message-authenticator-repeated': {
    wrong: [packetOf({ attributes: [...authenticator, 1, 3, 97, ...authenticator] })],
    right: [packetOf({ attributes: [1, 3, 97, ...authenticator] })],
  },
};

describe('readFrame', () => {
  describe.each(Object.keys(FRAMING_FAULTS) as FramingFault[])('%s', (code) => {
    test.each(cases[code].wrong)('wrong %#', (datagram) => {
      expect(readFrame(datagram)).toBe(code);
    });
    test.each(cases[code].right)('its neighbour is right %#', (datagram) => {
      expect(readFrame(datagram)).toMatchObject({ length: datagram.length });
    });
  });

  test('gives the header and cuts padding off', () => {
    const packet = packetOf({ code: 4, identifier: 200, authenticator: 9, attributes: [1, 3, 97] });
    const frame = framed(Buffer.concat([packet, Buffer.from([1, 0, 0])]));
    expect(frame).toMatchObject({ code: 4, identifier: 200, length: 23 });
    expect(frame.packet).toEqual(packet);
    expect(frame.authenticator).toEqual(Buffer.alloc(16, 9));
  });

  test('copies nothing, also from a Uint8Array inside another buffer', () => {
    const around = new Uint8Array(100);
    around.set(packetOf({ attributes: [1, 3, 97] }), 10);
    const frame = framed(around.subarray(10, 60));
    around[32] = 98;
    expect(attributesOf(frame)[0]?.value.toString()).toBe('b');
    expect(frame.packet.buffer).toBe(around.buffer);
    expect(frame.packet.byteOffset).toBe(10);
  });

  test('states the faults in the order of the checklist', () => {
    const many = repeated(201, [1, 3, 97]);
    expect(readFrame(packetOf({ attributes: [...many, 80, 2, 0, 2] }))).toBe('attribute-type-zero');
    expect(readFrame(packetOf({ attributes: [...many, 80, 2] }))).toBe('too-many-attributes');
    expect(readFrame(packetOf({ attributes: [...authenticator, 80, 2] }))).toBe(
      'message-authenticator-length',
    );
  });

  test('agrees with a slow reading of the rules on any octets, and never throws', () => {
    const attribute = fc
      .tuple(fc.oneof(fc.constant(80), fc.constant(1), fc.nat(255)), fc.oneof(fc.constant(18), fc.nat(255)))
      .map(([type, size]) => [type, size, ...new Array<number>(Math.max(0, size - 2)).fill(5)]);
    const nearlyRight = fc
      .tuple(
        fc.array(attribute, { maxLength: 20 }),
        fc.integer({ min: -2, max: 2 }),
        fc.uint8Array({ maxLength: 3 }),
      )
      .map(([attributes, shift, tail]) => {
        const packet = packetOf({ attributes: attributes.flat() });
        return Buffer.concat([withLength(packet, Math.max(0, packet.length + shift)), tail]);
      });
    const octets = fc.oneof(
      fc.uint8Array({ maxLength: 64 }),
      nearlyRight,
      fc
        .integer({ min: 198, max: 203 })
        .map((count) => packetOf({ attributes: repeated(count, [1, 3, 97]) })),
    );
    fc.assert(
      fc.property(octets, (datagram) => {
        const frame = readFrame(datagram);
        expect(
          typeof frame === 'string' ? frame : attributesOf(frame).map((a) => [a.type, a.offset, ...a.value]),
        ).toEqual(slowly([...datagram]));
      }),
      { numRuns: 2000 },
    );
  });
});

/** The checklist read plainly: each rule looks at the whole again. */
function slowly(datagram: number[]): string | number[][] {
  if (datagram.length < 20) return 'datagram-too-short';
  const length = (datagram[2] ?? 0) * 256 + (datagram[3] ?? 0);
  if (length < 20 || length > 4096) return 'length-out-of-range';
  if (datagram.length < length) return 'datagram-truncated';
  const attributes: number[][] = [];
  for (let rest = datagram.slice(20, length); rest.length > 0; ) {
    const [type, size] = rest;
    if (type === 0) return 'attribute-type-zero';
    if (type === undefined || size === undefined) return 'attribute-overrun';
    if (size < 2) return 'attribute-too-short';
    if (size > rest.length) return 'attribute-overrun';
    attributes.push([type, length - rest.length, ...rest.slice(2, size)]);
    rest = rest.slice(size);
  }
  const authenticators = attributes.filter(([type]) => type === 80);
  if (attributes.length > 200) return 'too-many-attributes';
  if (authenticators.some((attribute) => attribute.length !== 2 + 16)) return 'message-authenticator-length';
  return authenticators.length > 1 ? 'message-authenticator-repeated' : attributes;
}

describe('attributesOf', () => {
  test('gives type, value and place, in order', () => {
    const frame = framed(packetOf({ attributes: [1, 3, 97, 79, 2, 1, 4, 98, 99] }));
    expect(attributesOf(frame)).toEqual([
      { type: 1, value: Buffer.from('a'), offset: 20 },
      { type: 79, value: Buffer.alloc(0), offset: 23 },
      { type: 1, value: Buffer.from('bc'), offset: 25 },
    ]);
  });

  test('a packet may have none', () => {
    expect(attributesOf(framed(packetOf({})))).toEqual([]);
  });
});

test('servesCode: authentication takes 1 and 12, accounting 4 and 12', () => {
  const codes = Array.from({ length: 256 }, (_, code) => code);
  expect(codes.filter((code) => servesCode('auth', code))).toEqual([1, 12]);
  expect(codes.filter((code) => servesCode('acct', code))).toEqual([4, 12]);
});

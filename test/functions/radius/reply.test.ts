import { describe, expect, test } from 'vitest';
import { buildReply, REPLY_FAULTS, type ReplyFault } from '../../../functions/radius/reply.ts';
import type { ReplyAttribute } from '../../../functions/radius/reply-attribute.ts';
import { oracle } from './oracle.ts';
import {
  accounting,
  attribute,
  attributesIn,
  draft,
  hex,
  OTHER_SECRET,
  requestOf,
  SECRET,
  SECRET_TEXT,
  signed,
  USER_NAME,
  USER_PASSWORD,
} from './packets.ts';
import { VECTOR } from './vectors.ts';

const access = requestOf(VECTOR.A1);
const bookkeeping = requestOf(accounting([attribute(40, [0, 0, 0, 1])]), { serves: 'acct' });
const status = requestOf(VECTOR.G1);

const of = (type: number, value: string | readonly number[]): ReplyAttribute => ({
  type,
  value: typeof value === 'string' ? Buffer.from(value) : Buffer.from(value),
});
const microsoftOf = (type: number): ReplyAttribute => ({ vendor: 311, type, value: Buffer.alloc(4) });

function built(
  request: typeof access,
  code: number,
  attributes: readonly ReplyAttribute[] = [],
  secret = SECRET,
): Buffer {
  const reply = buildReply(request, { code, attributes, secret });
  if (typeof reply === 'string') throw new Error(reply);
  return reply;
}

const FAULTS: Record<
  ReplyFault,
  readonly [request: typeof access, code: number, attributes: readonly ReplyAttribute[]]
> = {
  'reply-code-wrong': [access, 5, []],
  'reply-too-long': [access, 2, new Array<ReplyAttribute>(17).fill(of(25, 'x'.repeat(253)))],
  'attribute-too-long': [access, 2, [of(25, 'x'.repeat(254))]],
  'attribute-malformed': [access, 2, [of(0, 'x')]],
  'attribute-not-allowed': [access, 3, [of(27, [0, 0, 0, 1])]],
  'attribute-repeated': [access, 11, [of(24, 'a'), of(24, 'b')]],
  'reply-message-with-eap': [access, 3, [of(18, 'no'), of(79, [4, 1, 0, 4])]],
};

describe('faults', () => {
  test.each(Object.entries(FAULTS))('%s', (fault, [request, code, attributes]) => {
    expect(buildReply(request, { code, attributes, secret: SECRET })).toBe(fault);
  });

  test('every code has a sentence', () => {
    for (const sentence of Object.values(REPLY_FAULTS)) expect(sentence).toMatch(/^[A-Z].*\.$/);
  });

  test.each([
    [access, 4],
    [access, 1],
    [access, 12],
    [bookkeeping, 2],
    [bookkeeping, 3],
    [status, 3],
    [status, 11],
  ] as const)('reply-code-wrong: nothing answers what it must not (%#)', (request, code) => {
    expect(buildReply(request, { code, attributes: [], secret: SECRET })).toBe('reply-code-wrong');
  });

  test.each([
    { type: 256, value: Buffer.from('x') },
    { type: 1.5, value: Buffer.from('x') },
    { type: 1, vendor: 0, value: Buffer.from('x') },
    { type: 1, vendor: 2 ** 24, value: Buffer.from('x') },
    { type: 64, tag: 32, value: Buffer.alloc(3) },
    { type: 11, value: Buffer.alloc(0) },
  ])('attribute-malformed: %o', (wrong) => {
    expect(buildReply(access, { code: 2, attributes: [wrong], secret: SECRET })).toBe('attribute-malformed');
  });

  test('attribute-too-long counts a vendor header and a tag', () => {
    const value = Buffer.alloc(247, 1);
    const fits = { vendor: 9, type: 1, value };
    expect(built(access, 2, [fits])).toHaveLength(20 + 18 + 255);
    expect(buildReply(access, { code: 2, attributes: [{ ...fits, tag: 1 }], secret: SECRET })).toBe(
      'attribute-too-long',
    );
  });
});

describe('length', () => {
  test('4096 octets are sent, 4097 are reply-too-long, with Proxy-State counted', () => {
    const full = new Array<ReplyAttribute>(15).fill(of(25, 'x'.repeat(253)));
    const rest = 4096 - 20 - 18 - 15 * 255;
    expect(built(access, 2, [...full, of(25, 'y'.repeat(rest - 2))])).toHaveLength(4096);
    expect(
      buildReply(access, { code: 2, attributes: [...full, of(25, 'y'.repeat(rest - 1))], secret: SECRET }),
    ).toBe('reply-too-long');
    const proxied = requestOf(signed({ attributes: [USER_NAME, USER_PASSWORD, attribute(33, 'p')] }));
    expect(
      buildReply(proxied, { code: 2, attributes: [...full, of(25, 'y'.repeat(rest - 2))], secret: SECRET }),
    ).toBe('reply-too-long');
  });
});

describe('Message-Authenticator', () => {
  test.each([2, 3, 11])('comes first in code %i, also when the request had none', (code) => {
    const unsigned = requestOf(draft({ attributes: [USER_NAME, USER_PASSWORD] }), {
      messageAuthenticator: 'optional',
    });
    for (const request of [access, unsigned]) {
      const [first, ...others] = attributesIn(built(request, code, [of(18, 'text')]));
      expect(first?.subarray(0, 2)).toEqual(hex('5012'));
      expect(others.some((other) => other[0] === 80)).toBe(false);
    }
  });

  test('comes first in the answer to Status-Server', () => {
    expect(attributesIn(built(status, 2))[0]?.[0]).toBe(80);
  });

  test('never stands in an Accounting-Response', () => {
    expect(built(bookkeeping, 5)).toHaveLength(20);
    expect(built(status, 5)).toHaveLength(20);
  });
});

describe('Proxy-State', () => {
  const states = ['one', 'two', 'two'].map((value) => attribute(33, value));

  test.each([2, 3, 11])('all are echoed in order in code %i, equal ones too', (code) => {
    const request = requestOf(
      signed({
        attributes: [states[0], USER_NAME, states[1], USER_PASSWORD, states[2]].flatMap((x) => x ?? []),
      }),
    );
    expect(attributesIn(built(request, code)).slice(1)).toEqual(states);
  });

  test('all are echoed in an Accounting-Response', () => {
    const request = requestOf(accounting(states), { serves: 'acct' });
    expect(attributesIn(built(request, 5))).toEqual(states);
  });

  test('any octets are echoed unchanged', () => {
    const odd = attribute(33, Buffer.from([0, 255, 80, 18, 0]));
    const request = requestOf(signed({ attributes: [USER_NAME, USER_PASSWORD, odd] }));
    expect(attributesIn(built(request, 2)).at(-1)).toEqual(odd);
  });
});

describe('what may stand in which reply', () => {
  const allowed = (code: number, attribute: ReplyAttribute, request = access) =>
    typeof buildReply(request, { code, attributes: [attribute], secret: SECRET }) !== 'string';

  test('an Access-Reject gives nothing away', () => {
    for (const type of [18, 79, 101]) expect(allowed(3, of(type, 'xxxx'))).toBe(true);
    for (const type of [1, 6, 8, 11, 24, 25, 26, 27, 28, 64, 76, 81])
      expect(allowed(3, of(type, 'xxxx'))).toBe(false);
    expect(allowed(3, microsoftOf(2))).toBe(true);
    expect(allowed(3, microsoftOf(63))).toBe(false);
    expect(allowed(3, { vendor: 9, type: 2, value: Buffer.alloc(4) })).toBe(false);
  });

  test('an Access-Challenge asks and nothing else', () => {
    for (const type of [18, 24, 26, 27, 28, 76, 79]) expect(allowed(11, of(type, 'xxxx'))).toBe(true);
    for (const type of [1, 6, 8, 11, 25, 29, 64, 101]) expect(allowed(11, of(type, 'xxxx'))).toBe(false);
    expect(allowed(11, microsoftOf(63))).toBe(true);
  });

  test('an Access-Accept configures, and never repeats what only a request says', () => {
    for (const type of [1, 6, 8, 11, 18, 25, 27, 28, 64, 81, 97, 168])
      expect(allowed(2, of(type, 'xxxx'))).toBe(true);
    for (const type of [2, 3, 4, 5, 30, 31, 32, 40, 44, 60, 61, 70, 76, 77, 87, 95, 101]) {
      expect(allowed(2, of(type, 'xxxx'))).toBe(false);
    }
  });

  test('State stands in an Access-Accept only with Termination-Action = RADIUS-Request', () => {
    const state = of(24, 'state');
    expect(buildReply(access, { code: 2, attributes: [state], secret: SECRET })).toBe(
      'attribute-not-allowed',
    );
    expect(buildReply(access, { code: 2, attributes: [state, of(29, [0, 0, 0, 0])], secret: SECRET })).toBe(
      'attribute-not-allowed',
    );
    expect(built(access, 2, [state, of(29, [0, 0, 0, 1])])).toBeInstanceOf(Buffer);
  });

  test('an Accounting-Response carries vendor attributes at most', () => {
    expect(allowed(5, microsoftOf(63), bookkeeping)).toBe(true);
    expect(allowed(5, of(18, 'text'), bookkeeping)).toBe(false);
  });

  test('the answer to Status-Server carries Reply-Message at most', () => {
    expect(allowed(2, of(18, 'up 2 days'), status)).toBe(true);
    expect(allowed(2, of(27, [0, 0, 0, 1]), status)).toBe(false);
    expect(allowed(2, microsoftOf(63), status)).toBe(false);
    expect(allowed(5, microsoftOf(63), status)).toBe(false);
  });

  test.each([2, 3, 11])(
    'nobody but the codec writes Message-Authenticator and Proxy-State (code %i)',
    (code) => {
      expect(allowed(code, { type: 80, value: Buffer.alloc(16) })).toBe(false);
      expect(allowed(code, of(33, 'proxy'))).toBe(false);
    },
  );
});

describe('the wire', () => {
  test('a tag stands before the value', () => {
    const reply = built(access, 2, [{ type: 64, tag: 1, value: hex('00000d') }]);
    expect(attributesIn(reply)[1]).toEqual(hex('4006 01 00000d'));
  });

  test('each vendor attribute has a Vendor-Specific of its own', () => {
    const reply = built(access, 2, [microsoftOf(7), microsoftOf(8)]);
    expect(attributesIn(reply).slice(1)).toEqual([
      hex('1a0c 00000137 0706 00000000'),
      hex('1a0c 00000137 0806 00000000'),
    ]);
  });

  test.each([2, 3, 11])(
    'a client with the secret accepts code %i, one with another secret does not',
    (code) => {
      const response = built(access, code, [of(18, 'text')]);
      const request = Buffer.from(VECTOR.A1);
      expect(oracle.verify_response({ request, response, secret: SECRET_TEXT })).toBe(true);
      const stranger = built(access, code, [of(18, 'text')], OTHER_SECRET);
      expect(oracle.verify_response({ request, response: stranger, secret: SECRET_TEXT })).toBe(false);
    },
  );
});

import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { octets } from '../../../../functions/radius/attribute.ts';
import { classify } from '../../../../functions/radius/methods/method.ts';
import {
  attribute,
  CHAP_PASSWORD,
  draft,
  framed,
  hex,
  microsoft,
  requestOf,
  signed,
  USER_NAME,
  USER_PASSWORD,
} from '../packets.ts';

const of = (...attributes: Buffer[]) => classify(framed(draft({ attributes })));
const response = (type: number) => attribute(type, Buffer.alloc(50));

describe('classify', () => {
  test('User-Password is PAP', () => {
    expect(of(USER_NAME, USER_PASSWORD)).toBe('pap');
  });

  test('CHAP-Password is CHAP', () => {
    expect(of(USER_NAME, CHAP_PASSWORD)).toBe('chap');
  });

  test('D1: CHAP with a challenge of its own', () => {
    const value = hex('2a9d137ce69e2d9f8d8f0cd8e57f11aae1');
    const challenge = hex('101112131415161718191a1b1c1d1e1f');
    const packet = requestOf(
      signed({ attributes: [USER_NAME, attribute(3, value), attribute(60, challenge)] }),
    );
    expect(classify(packet)).toBe('chap');
    const digest = createHash('md5')
      .update(hex('2a'))
      .update('hello')
      .update(octets(packet, 'CHAP-Challenge') ?? '')
      .digest();
    expect(octets(packet, 'CHAP-Password')?.subarray(1)).toEqual(digest);
  });

  test.each([1, 3, 4])('311/%i is MS-CHAP', (type) => {
    expect(of(USER_NAME, microsoft(attribute(11, Buffer.alloc(8)), response(type)))).toBe('mschap');
  });

  test.each([25, 27])('311/%i is MS-CHAP v2', (type) => {
    expect(of(USER_NAME, microsoft(attribute(11, Buffer.alloc(16))), microsoft(response(type)))).toBe(
      'mschapv2',
    );
  });

  test('EAP-Message is EAP, an empty one too', () => {
    expect(of(USER_NAME, attribute(79, ''))).toBe('eap');
    expect(of(USER_PASSWORD, attribute(79, 'x'))).toBe('eap');
  });

  test('none of them is unauthenticated, as RD Gateway is', () => {
    expect(of(USER_NAME)).toBe('unauthenticated');
    expect(of()).toBe('unauthenticated');
    expect(of(microsoft(attribute(11, Buffer.alloc(16))))).toBe('unauthenticated');
  });

  test('numbers of another vendor mean nothing', () => {
    expect(of(attribute(26, Buffer.concat([hex('00000009'), response(25)])))).toBe('unauthenticated');
    expect(of(attribute(25, 'x'))).toBe('unauthenticated');
  });

  test('the order of attributes does not matter', () => {
    const v2 = microsoft(response(25));
    const v1 = microsoft(response(1));
    expect(of(v1, v2)).toBe('mschapv2');
    expect(of(v2, v1)).toBe('mschapv2');
    expect(of(v2, USER_PASSWORD)).toBe('pap');
    expect(of(USER_PASSWORD, v2)).toBe('pap');
  });
});

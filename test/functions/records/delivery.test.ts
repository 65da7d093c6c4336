import { describe, expect, test } from 'vitest';
import { deliveryOf, faultOf } from '../../../functions/records/delivery.ts';

function answer(status: number, body: unknown = '', retryAfter?: string) {
  return { status, body: typeof body === 'string' ? body : JSON.stringify(body), retryAfter };
}

describe('what became of a batch', () => {
  test('all of it went', () => {
    expect(deliveryOf(answer(200, 'not even JSON'), 3)).toEqual({ again: [], refused: 0 });
  });

  test.each([401, 402, 403, 408, 429, 439, 500, 502, 503, 504])('%i: all of it may go later', (status) => {
    expect(deliveryOf(answer(status), 2)).toEqual({ again: [0, 1], refused: 0, detail: String(status) });
  });

  test.each([400, 404, 405, 413, 204, 302])('%i: none of it will go', (status) => {
    expect(deliveryOf(answer(status, '', '5'), 2)).toEqual({ again: [], refused: 2, detail: String(status) });
  });

  test.each([
    ['3', 3000],
    ['86400', 900_000],
    ['0', undefined],
    ['-1', undefined],
    ['soon', undefined],
    ['Wed, 21 Oct 2026 07:28:00 GMT', undefined],
    [undefined, undefined],
  ])('the service is left alone as long as it says, within reason: %s', (retryAfter, pause) => {
    expect(deliveryOf(answer(429, '', retryAfter), 1).pause).toBe(pause);
  });

  test('a part went: what is temporary may go later', () => {
    const errors = [
      { index: 3, statusCode: 500, message: 'x' },
      { index: 0, statusCode: 429, message: 'x' },
      { index: 1, statusCode: 400, message: 'x' },
    ];
    expect(deliveryOf(answer(206, { itemsReceived: 4, itemsAccepted: 1, errors }), 4)).toEqual({
      again: [0, 3],
      refused: 1,
      detail: '206 500',
    });
  });

  test.each([
    ['no JSON', '{'],
    ['null', 'null'],
    ['no errors', {}],
    ['errors that are no list', { errors: 5 }],
    ['errors that are none', { errors: [null, 5, {}, { index: '0' }] }],
    ['places outside the batch', { errors: [-1, 4, 1.5, 1e99].map((index) => ({ index, statusCode: 500 })) }],
  ])('a part went, and what did not is not told: %s', (_, body) => {
    expect(deliveryOf(answer(206, body), 4)).toEqual({ again: [], refused: 0 });
  });

  test('the same place twice counts once', () => {
    const errors = [
      { index: 1, statusCode: 400 },
      { index: 1, statusCode: 400 },
    ];
    expect(deliveryOf(answer(206, { errors }), 4).refused).toBe(1);
  });
});

describe('a failure’s name', () => {
  test.each([
    [Object.assign(new Error('https://secret'), { code: 'ECONNREFUSED' }), 'ECONNREFUSED'],
    [Object.assign(new Error('x'), { name: 'AbortError' }), 'timeout'],
    [Object.assign(new Error('x'), { name: 'CredentialUnavailableError' }), 'CredentialUnavailableError'],
    [Object.assign(new Error('x'), { code: 'https://secret' }), 'unknown'],
    ['https://secret', 'unknown'],
    [undefined, 'unknown'],
  ])('%o', (error, name) => {
    expect(faultOf(error)).toBe(name);
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { problem, readProblem } from '../../relay-call/problem.ts';

const octets = (value: unknown) => Buffer.from(JSON.stringify(value));
const right = problem(401, 'created-skewed', 'The clock is wrong.', { serverTime: 1_700_000_000_000 });

describe('readProblem', () => {
  test('is made as documented', () => {
    expect(right).toEqual({
      type: 'urn:radius-bridge:problem:created-skewed',
      title: 'The clock is wrong.',
      status: 401,
      code: 'created-skewed',
      serverTime: 1_700_000_000_000,
    });
  });

  test.each([right, problem(503, 'vault-unreachable', 'x', { begun: false }), problem(429, 'busy', '')])(
    '$code comes back as it was',
    (made) => {
      expect(readProblem(octets(made))).toEqual(made);
    },
  );

  test('leaves out members that it does not know', () => {
    expect(readProblem(octets({ ...right, detail: 'x', constructor: 1 }))).toEqual(right);
  });

  test.each([
    ['no JSON', Buffer.from('<html>')],
    ['nothing', Buffer.alloc(0)],
    ['no object', octets('x')],
    ['null', octets(null)],
    ['an array', octets([right])],
    ['a foreign type', octets({ ...right, type: 'about:blank' })],
    ['a type of another code', octets({ ...right, code: 'other' })],
    ['no code', octets({ ...right, code: undefined })],
    ['an empty code', octets({ ...right, code: '', type: 'urn:radius-bridge:problem:' })],
    ['a code with other characters', octets(problem(401, 'a\nb', 'x'))],
    ['a code that is too long', octets(problem(401, 'a'.repeat(65), 'x'))],
    ['no title', octets({ ...right, title: undefined })],
    ['a status in text', octets({ ...right, status: '401' })],
    ['a time in text', octets({ ...right, serverTime: '1' })],
    ['a time that is no whole number', octets({ ...right, serverTime: 1.5 })],
    ['begun in text', octets({ ...right, begun: 'false' })],
    ['too much', octets({ ...right, title: 'x'.repeat(4096) })],
    ['no UTF-8', Buffer.concat([octets(right).subarray(0, -2), Buffer.from([0xff, 0x22, 0x7d])])],
  ])('%s is none of ours', (_what, body) => {
    expect(readProblem(body)).toBeUndefined();
  });

  test('never throws', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array(),
          fc.json().map((text) => Buffer.from(text)),
        ),
        (body) => {
          expect(readProblem(body)).toBeUndefined();
        },
      ),
    );
  });
});

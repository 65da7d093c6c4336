import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ANSWER_FAULTS, type AnswerFault, type CallResponse, readAnswer } from '../../relay-call/answer.ts';
import { type Frame, readFrame, type Service } from '../../relay-call/framing.ts';
import { PACKET_TYPE, PROBLEM_TYPE } from '../../relay-call/media.ts';
import { type Problem, problem } from '../../relay-call/problem.ts';
import { packetOf } from './packets.ts';

const requestOf = (code: number): Frame => {
  const frame = readFrame(packetOf({ code, identifier: 7 }));
  if (typeof frame === 'string') throw new Error(frame);
  return frame;
};
const request = requestOf(1);
const accept = packetOf({ code: 2, identifier: 7, attributes: [1, 3, 97] });

const answer = (change: Partial<CallResponse> = {}, asked = request, serves: Service = 'auth') =>
  readAnswer(asked, serves, {
    status: 200,
    contentType: PACKET_TYPE,
    retryAfter: undefined,
    body: accept,
    ...change,
  });
const told = (status: number, body: Problem, change: Partial<CallResponse> = {}) =>
  answer({ status, contentType: PROBLEM_TYPE, body: Buffer.from(JSON.stringify(body)), ...change });
const page = {
  contentType: 'text/html',
  body: Buffer.from('<html><title>Sign in to the proxy</title></html>'),
};

test('a 200 with the packet for this request is the reply', () => {
  const result = answer();
  expect(result).toEqual({ kind: 'reply', packet: accept });
});

test.each<[Service, number, number[]]>([
  ['auth', 1, [2, 3, 11]],
  ['auth', 4, []],
  ['auth', 12, [2]],
  ['auth', 40, []],
  ['acct', 1, []],
  ['acct', 4, [5]],
  ['acct', 12, [5]],
  ['acct', 40, []],
])('at a port for %s a request of code %d is answered by %j alone', (serves, code, codes) => {
  const replies = Array.from({ length: 256 }, (_, reply) => reply).filter(
    (reply) => answer({ body: packetOf({ code: reply }) }, requestOf(code), serves).kind === 'reply',
  );
  expect(replies).toEqual(codes);
});

test('204 is a discard', () => {
  expect(answer({ status: 204, contentType: undefined, body: Buffer.alloc(0) })).toEqual({ kind: 'discard' });
});

/** By fault, responses that must get it. */
const wrong: Record<AnswerFault, Partial<CallResponse>[]> = {
  'content-type-wrong': [
    page,
    { contentType: undefined },
    { contentType: '' },
    { contentType: 'application/octet-stream' },
    { contentType: `${PACKET_TYPE}; charset=utf-8` },
    { contentType: `${PACKET_TYPE};` },
    { contentType: PACKET_TYPE.toUpperCase() },
    { contentType: `${PACKET_TYPE}, ${PACKET_TYPE}` },
    { contentType: PROBLEM_TYPE },
    { contentType: 'text/html', body: accept },
  ],
  'answer-too-large': [{ body: Buffer.concat([accept, Buffer.alloc(4096)]) }],
  'packet-malformed': [
    { body: Buffer.alloc(0) },
    { body: page.body },
    { body: accept.subarray(0, 19) },
    { body: packetOf({ code: 2, attributes: [1, 1] }) },
    { body: packetOf({ code: 2, attributes: [0, 2] }) },
  ],
  'packet-truncated': [{ body: accept.subarray(0, accept.length - 1) }, { body: accept.subarray(0, 20) }],
  'trailing-octets': [
    { body: Buffer.concat([accept, Buffer.alloc(1)]) },
    { body: Buffer.concat([accept, Buffer.from('\r\n')]) },
    { body: Buffer.concat([accept, accept]) },
  ],
  'identifier-other': [{ body: packetOf({ code: 2, identifier: 8 }) }],
  'code-other': [1, 4, 5, 12, 0, 255].map((code) => ({ body: packetOf({ code }) })),
  'refusal-foreign': [400, 401, 405, 413, 415].flatMap((status) => [
    { status, ...page },
    { status, contentType: PROBLEM_TYPE, body: Buffer.from('{"title":"x","status":401}') },
  ]),
  redirected: [
    { status: 301, ...page },
    { status: 302, ...page },
    { status: 304, contentType: undefined, body: Buffer.alloc(0) },
    { status: 307, body: accept },
  ],
  'server-failed': [
    { status: 500, ...page },
    { status: 502, ...page },
    { status: 504, contentType: undefined, body: Buffer.alloc(0) },
    { status: 500, body: accept },
  ],
  'status-unexpected': [
    { status: 201 },
    { status: 202, contentType: undefined, body: Buffer.alloc(0) },
    { status: 206 },
    { status: 403, ...page },
    { status: 404, ...page },
    { status: 407, ...page },
    { status: 0 },
  ],
};

describe.each(Object.keys(ANSWER_FAULTS) as AnswerFault[])('fault %s', (code) => {
  test.each(wrong[code])('%#', (change) => {
    expect(answer(change)).toEqual({ kind: 'fault', code });
  });
});

describe('503', () => {
  test.each([false, true])('ours says begun %s', (begun) => {
    const said = problem(503, 'store-unreachable', 'x', { begun });
    expect(told(503, said, { retryAfter: '2' })).toEqual({
      kind: 'unavailable',
      code: 'store-unreachable',
      begun,
      retryAfter: 2,
    });
  });

  test('ours that does not say has begun', () => {
    expect(told(503, problem(503, 'store-unreachable', 'x'))).toMatchObject({ begun: true, retryAfter: 0 });
  });

  test('of something between is foreign and may have begun', () => {
    const foreign = { kind: 'unavailable', code: 'foreign', begun: true };
    const said = problem(503, 'store-unreachable', 'x', { begun: false });
    expect(answer({ status: 503, ...page, retryAfter: '9' })).toEqual({ ...foreign, retryAfter: 9 });
    expect(answer({ status: 503, body: accept })).toMatchObject(foreign);
    expect(told(503, { ...said, type: 'about:blank' })).toMatchObject(foreign);
    expect(told(503, { ...said, status: 500 })).toMatchObject(foreign);
    expect(told(503, said, { contentType: 'application/json' })).toMatchObject(foreign);
    expect(told(503, said, { contentType: `${PROBLEM_TYPE}; charset=utf-8` })).toMatchObject(foreign);
  });
});

describe('429', () => {
  test('ours', () => {
    expect(told(429, problem(429, 'too-many-calls', 'x'), { retryAfter: '1' })).toEqual({
      kind: 'busy',
      ours: true,
      retryAfter: 1,
    });
  });

  test('of something between', () => {
    expect(answer({ status: 429, ...page })).toEqual({ kind: 'busy', ours: false, retryAfter: 0 });
  });
});

describe('a refusal of ours', () => {
  test.each([400, 401, 405, 413, 415])('%d', (status) => {
    expect(told(status, problem(status, 'some-code', 'x'))).toEqual({ kind: 'refused', code: 'some-code' });
  });

  test('carries the time of the server', () => {
    const said = problem(401, 'created-skewed', 'x', { serverTime: 1_700_000_000_000 });
    expect(told(401, said)).toEqual({
      kind: 'refused',
      code: 'created-skewed',
      serverTime: 1_700_000_000_000,
    });
  });

  test('never comes with another status', () => {
    expect(told(403, problem(403, 'some-code', 'x'))).toEqual({ kind: 'fault', code: 'status-unexpected' });
    expect(told(401, problem(400, 'some-code', 'x'))).toEqual({ kind: 'fault', code: 'refusal-foreign' });
    expect(told(500, problem(500, 'some-code', 'x'))).toEqual({ kind: 'fault', code: 'server-failed' });
  });
});

test.each([
  ['0', 0],
  ['5', 5],
  ['600', 600],
  ['601', 600],
  ['999999999', 600],
  ['9999999999', 0],
  ['-1', 0],
  ['1.5', 0],
  ['5, 5', 0],
  ['', 0],
  ['Wed, 21 Oct 2026 07:28:00 GMT', 0],
])('Retry-After %j is %d s', (retryAfter, seconds) => {
  expect(answer({ status: 429, ...page, retryAfter })).toMatchObject({ retryAfter: seconds });
});

test('whatever comes, only a whole packet for this request becomes a reply', () => {
  const type = fc.constantFrom(PACKET_TYPE, PROBLEM_TYPE, 'text/html', undefined);
  const near = fc
    .tuple(fc.nat(accept.length - 1), fc.nat(255), fc.uint8Array({ maxLength: 2 }))
    .map(([at, octet, tail]) => {
      const changed = Buffer.from(accept);
      changed[at] = octet;
      return Buffer.concat([changed, tail]);
    });
  const response = fc.record({
    status: fc.oneof(fc.constantFrom(200, 204, 401, 429, 503), fc.integer({ min: 100, max: 599 })),
    contentType: type,
    retryAfter: fc.option(fc.string(), { nil: undefined }),
    body: fc.oneof(near, fc.uint8Array()),
  });
  fc.assert(
    fc.property(response, (x) => {
      const result = readAnswer(request, 'auth', x);
      const whole = x.body.length >= 20 && x.body[2] === 0 && x.body[3] === x.body.length;
      const answers = x.body[1] === 7 && [2, 3, 11].includes(x.body[0] ?? 0);
      if (result.kind === 'reply') {
        expect([x.status, x.contentType, whole, answers]).toEqual([200, PACKET_TYPE, true, true]);
        expect(Buffer.compare(result.packet, x.body)).toBe(0);
      }
    }),
    { numRuns: 1000 },
  );
});

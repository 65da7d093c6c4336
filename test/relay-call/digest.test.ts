import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkContentDigest, contentDigest } from '../../relay-call/digest.ts';

interface Vectors {
  digests: { rfc9530: string; title: string; alg: string; body_hex: string; value: string; valid: boolean }[];
  fields: { header: string; body_hex: string; accept: boolean; why: string }[];
}
const file = new URL('../fixtures/httpsig/rfc9530-vectors.json', import.meta.url);
const vectors = JSON.parse(readFileSync(file, 'utf8')) as Vectors;
const body = Buffer.from('{"hello": "world"}');
const right = contentDigest(body);

describe('vectors of RFC 9530', () => {
  const strong = vectors.digests.filter(({ alg }) => alg === 'sha-256' || alg === 'sha-512');
  const weak = vectors.digests.filter((row) => !strong.includes(row));

  test.each(strong)('$rfc9530 $title', ({ body_hex, value, valid }) => {
    expect(checkContentDigest(value, Buffer.from(body_hex, 'hex'))).toBe(
      valid ? undefined : 'digest-mismatch',
    );
  });

  test.each(weak)('$rfc9530 $title: $alg is not relied on', ({ body_hex, value }) => {
    expect(checkContentDigest(value, Buffer.from(body_hex, 'hex'))).toBe('digest-malformed');
  });

  test.each(strong.filter(({ alg, valid }) => valid && alg === 'sha-256'))(
    '$rfc9530 $title: ours is the same',
    ({ body_hex, value }) => {
      expect(contentDigest(Buffer.from(body_hex, 'hex'))).toBe(value);
    },
  );

  test.each(vectors.fields)('field accepted $accept: $why', ({ header, body_hex, accept }) => {
    expect(checkContentDigest(header, Buffer.from(body_hex, 'hex')) === undefined).toBe(accept);
  });
});

describe('checkContentDigest', () => {
  test.each([
    '',
    'sha-256',
    'sha-256=',
    'sha-256=::',
    right.slice(0, -1),
    ` ${right}`,
    `${right} `,
    `${right}\n`,
    `${right};q=1`,
    `${right},`,
    `${right}, ${right}`,
    `${right}, md5=:Sd/dVLAcvNLSq16eXua5uQ==:`,
    `${right}, sha-1024=:AAAA:`,
    right.replace('sha-256', 'sha-512'),
    right.replace('=:', '=: '),
  ])('digest-malformed: %j', (header) => {
    expect(checkContentDigest(header, body)).toBe('digest-malformed');
  });

  test('digest-mismatch: the same digest written with other unused bits', () => {
    // The last character before the padding carries two bits that belong to no octet.
    const last = right.charAt(right.length - 3);
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
    const other = alphabet.charAt(alphabet.indexOf(last) ^ 1);
    expect(checkContentDigest(`${right.slice(0, -3)}${other}=:`, body)).toBe('digest-mismatch');
  });

  test('digest-mismatch: any other body', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array(), (one, two) => {
        const same = Buffer.compare(one, two) === 0;
        expect(checkContentDigest(contentDigest(one), two)).toBe(same ? undefined : 'digest-mismatch');
      }),
    );
  });
});

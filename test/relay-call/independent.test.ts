import { sign, verify } from 'node:crypto';
import { createSignatureSync, type RequestDescriptor, verifySignature } from 'http-message-sig';
import { describe, expect, test } from 'vitest';
import { contentDigest } from '../../relay-call/digest.ts';
import { CALL_PATH, PACKET_TYPE } from '../../relay-call/media.ts';
import { type SignedHeaders, signBodilessCall } from '../../relay-call/signature.ts';
import { formatDeadline, formatSource } from '../../relay-call/source.ts';
import {
  authority,
  body,
  created,
  key,
  privateKey,
  publicKey,
  read,
  received,
  signed,
  source,
} from './calls.ts';

const covered = [
  '@method',
  '@authority',
  '@path',
  'content-type',
  'content-digest',
  'radius-source',
  'radius-deadline',
];
const algorithm = 'ed25519';
const verifier = {
  algorithm,
  verify: (data: Uint8Array, signature: Uint8Array) => verify(null, data, publicKey, signature),
};
const signer = { algorithm, sign: (data: Uint8Array) => sign(null, data, privateKey) };

const request = (headers: SignedHeaders, method = 'POST', path = CALL_PATH): RequestDescriptor => ({
  kind: 'request',
  method,
  targetUri: `https://${authority}${path}`,
  fields: Object.entries(headers).map(([name, value]) => ({ name, value })),
});
const verified = (message: RequestDescriptor, requiredComponents: string[]) =>
  verifySignature(message, {
    label: 'call',
    policy: {
      algorithms: [algorithm],
      requiredComponents,
      requiredParameters: ['created', 'expires', 'nonce', 'keyid', 'alg', 'tag'],
      maxAge: 60,
      clockSkew: 30,
      now: created,
    },
    resolveVerifier: () => verifier,
  });

describe('http-message-sig, an independent implementation of RFC 9421', () => {
  test('verifies our calls', async () => {
    const result = await verified(request(signed()), covered);
    expect(result.parameters).toEqual({
      created,
      expires: created + 60,
      nonce: 'AgICAgICAgICAgICAgICAg',
      keyid: 'site-1',
      alg: 'ed25519',
      tag: 'radius-bridge',
    });
    expect(result.components.map(({ name }) => name)).toEqual(covered);
  });

  test('verifies our calls without a body', async () => {
    const nonce = Buffer.alloc(16, 3);
    const headers = signBodilessCall({ key, authority, path: '/api/relay', created, nonce });
    const message = request(headers, 'GET', '/api/relay');
    await expect(verified(message, ['@method', '@authority', '@path'])).resolves.toMatchObject({
      label: 'call',
    });
    await expect(verified(request(headers, 'GET', '/api/other'), ['@method'])).rejects.toThrow();
  });

  test.each(Object.keys(signed()))('refuses as we do when %s is another', async (name) => {
    const headers = { ...signed(), [name]: `${signed()[name]}x` };
    await expect(verified(request(headers), covered)).rejects.toThrow();
    expect(read(received(headers))).toBeTypeOf('string');
  });

  test('signs calls that we verify', () => {
    const headers: SignedHeaders = {
      'content-type': PACKET_TYPE,
      'content-digest': contentDigest(body),
      'radius-source': formatSource(source),
      'radius-deadline': formatDeadline(30_000),
    };
    const nonce = Buffer.alloc(16, 4).toString('base64url');
    const fields = createSignatureSync(request(headers), {
      label: 'call',
      components: covered,
      parameters: {
        created,
        expires: created + 60,
        nonce,
        keyid: 'site-1',
        alg: algorithm,
        tag: 'radius-bridge',
      },
      signer,
    });
    const call = received({
      ...headers,
      'signature-input': fields.signatureInput,
      signature: fields.signature,
    });
    expect(read(call)).toEqual({ keyid: 'site-1', nonce, created, source, deadline: 30_000 });
  });

  test('makes the same octets as we do', () => {
    const { 'signature-input': input, signature, ...headers } = signed();
    const fields = createSignatureSync(request(headers), {
      label: 'call',
      components: covered,
      parameters: {
        created,
        expires: created + 60,
        nonce: 'AgICAgICAgICAgICAgICAg',
        keyid: 'site-1',
        alg: algorithm,
        tag: 'radius-bridge',
      },
      signer,
    });
    expect({ input: fields.signatureInput, signature: fields.signature }).toEqual({ input, signature });
  });
});

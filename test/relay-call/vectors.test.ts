import { createHmac, createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { coveredComponents, signatureBase } from '../../relay-call/base.ts';

interface Message {
  headers: [string, string][];
  method?: string;
  target?: string;
  status?: number;
}
interface Vector {
  id: string;
  rfc9421: string;
  label: string;
  alg: string;
  message: string;
  signature_base?: string;
  signature_input: string;
  signature: string;
  valid: boolean;
}
interface Vectors {
  keys: {
    'test-key-ed25519': { private_pem: string; public_pem: string };
    'test-shared-secret': { base64: string };
  };
  messages: Record<string, Message>;
  vectors: Vector[];
}
const file = new URL('../fixtures/httpsig/rfc9421-vectors.json', import.meta.url);
const { keys, messages, vectors } = JSON.parse(readFileSync(file, 'utf8')) as Vectors;
const privateKey = createPrivateKey(keys['test-key-ed25519'].private_pem);
const publicKey = createPublicKey(keys['test-key-ed25519'].public_pem);

/** The components of a message that carry no parameters, by name. */
function component(message: Message, name: string): string {
  const fields = message.headers
    .filter(([field]) => field.toLowerCase() === name)
    .map(([, value]) => value.trim());
  const host = message.headers.find(([field]) => field === 'Host')?.[1];
  const [path = '', query] = (message.target ?? '').split('?');
  const derived: Record<string, string | undefined> = {
    '@method': message.method,
    '@authority': host,
    '@path': path,
    '@query': `?${query ?? ''}`,
    '@status': String(message.status),
  };
  return derived[name] ?? fields.join(', ');
}

/** One signature that covers components without parameters, the only ones that a call has. */
const plain = vectors.flatMap((vector) => {
  const match = /^[a-z0-9-]+=(\(((?:"[^"]+" ?)*)\)[^,]*)$/.exec(vector.signature_input);
  const message = messages[vector.message];
  if (match === null || message === undefined) return [];
  const names = [...(match[2] ?? '').matchAll(/"([^"]+)"/g)].map(([, name]) => name ?? '');
  return [{ ...vector, sent: message, names, parameters: match[1] ?? '' }];
});
const octetsOf = (signature: string) => Buffer.from(/:(.*):/.exec(signature)?.[1] ?? '', 'base64');

describe('vectors of RFC 9421', () => {
  test('those that a call can be compared with are there', () => {
    expect(plain.map(({ rfc9421 }) => rfc9421)).toEqual(
      expect.arrayContaining(['B.2.4', 'B.2.5', 'B.2.6', 'B.4']),
    );
  });

  test.each(plain.filter(({ signature_base }) => signature_base !== undefined))(
    '$rfc9421 $id: the base of $message',
    (vector) => {
      const values = vector.names.map((name) => component(vector.sent, name));
      expect(signatureBase(vector.names, values, vector.parameters)).toBe(vector.signature_base);
      expect(vector.parameters.startsWith(coveredComponents(vector.names))).toBe(true);
    },
  );

  test.each(plain.filter(({ alg }) => alg === 'ed25519'))('$rfc9421 $id: valid $valid', (vector) => {
    const values = vector.names.map((name) => component(vector.sent, name));
    const base = Buffer.from(signatureBase(vector.names, values, vector.parameters), 'latin1');
    const octets = octetsOf(vector.signature);
    expect(verify(null, base, publicKey, octets)).toBe(vector.valid);
    expect(sign(null, base, privateKey).equals(octets)).toBe(vector.valid);
  });

  test('B.2.5: the same base under HMAC', () => {
    const vector = plain.find(({ rfc9421 }) => rfc9421 === 'B.2.5');
    if (vector === undefined) throw new Error('B.2.5 is missing');
    const values = vector.names.map((name) => component(vector.sent, name));
    const base = signatureBase(vector.names, values, vector.parameters);
    const secret = Buffer.from(keys['test-shared-secret'].base64, 'base64');
    expect(createHmac('sha256', secret).update(base).digest()).toEqual(octetsOf(vector.signature));
  });
});

import { type KeyObject, randomBytes } from 'node:crypto';
import type { Clock } from '../../relay-call/clock.ts';
import type { Certificates, CertificateVersion } from './certificates.ts';
import {
  attributesOf,
  type Collection,
  type Counted,
  counted,
  methodNotAllowed,
  notFound,
  refusal,
} from './key-vault-answers.ts';
import { signPs256, signRs256 } from './signatures.ts';

type Sign = (key: KeyObject, digest: Buffer) => Buffer;

const algorithms: ReadonlyMap<unknown, Sign> = new Map<unknown, Sign>([
  ['RS256', signRs256],
  ['PS256', (key, digest) => signPs256(key, digest, randomBytes(32))],
]);

/** The keys of the vault's certificates: the public part is read, the private part only used (entra.md 2.2, 5.5). */
export function vaultKeys(certificates: Certificates, vaultUrl: () => string, clock: Clock): Collection {
  const kid = ({ name, version }: CertificateVersion) => `${vaultUrl()}/keys/${name}/${version}`;

  function read(one: CertificateVersion): Counted {
    const { n, e } = one.publicKey.export({ format: 'jwk' });
    const key = { kid: kid(one), kty: 'RSA', key_ops: one.operations, n, e };
    return counted('keyRead', { status: 200, body: { key, attributes: attributesOf(one), managed: true } });
  }

  function sign(one: CertificateVersion, contentType: string, body: Buffer): Counted {
    const unusable = whyUnusable(one, clock.now());
    if (unusable !== undefined) return unusable;
    if (!/^application\/json\s*(;|$)/i.test(contentType)) {
      return counted('wrong', refusal(415, 'UnsupportedMediaType', 'The body must be application/json.'));
    }
    const { alg, value } = read256(body);
    const algorithm = algorithms.get(alg);
    if (algorithm === undefined) return badParameter('The algorithm is not one of RS256, PS256.');
    if (value === undefined) return badParameter('The value is not 32 octets in base64url.');
    const signature = algorithm(one.privateKey, value).toString('base64url');
    return counted('signed', { status: 200, body: { kid: kid(one), value: signature } });
  }

  return ({ method, name, version, operation, contentType, body }) => {
    if (operation !== undefined && (operation !== 'sign' || version === undefined)) return notFound();
    const allowed = operation === undefined ? 'GET' : 'POST';
    if (method !== allowed) return methodNotAllowed(allowed, `This path of this stand-in takes ${allowed}.`);
    const one = certificates.find(name, version);
    if (one === undefined) {
      const message = `A key with (name/id) ${name} was not found in this key vault.`;
      return counted('missing', refusal(404, 'KeyNotFound', message));
    }
    return operation === undefined ? read(one) : sign(one, contentType, body);
  };
}

function whyUnusable(one: CertificateVersion, now: number): Counted | undefined {
  if (!one.enabled) {
    const message = 'Operation sign is not allowed on a disabled key.';
    return counted('disabled', refusal(403, 'Forbidden', message, 'KeyDisabled'));
  }
  if (now >= one.expires) {
    const message = 'Operation sign is not allowed on an expired key.';
    return counted('outdated', refusal(403, 'Forbidden', message, 'KeyExpired'));
  }
  if (now < one.notBefore) {
    const message = 'Operation sign is not allowed on a key that is not yet valid.';
    return counted('outdated', refusal(403, 'Forbidden', message, 'KeyNotYetValid'));
  }
  if (one.operations.includes('sign')) return undefined;
  const message = 'Operation sign is not permitted on this key.';
  return counted('wrong', refusal(403, 'Forbidden', message, 'KeyOperationForbidden'));
}

/** `alg` as it stands there; `value` when it is the SHA-256 of something. */
function read256(body: Buffer): { alg?: unknown; value?: Buffer } {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body.toString('utf8'));
  } catch {
    return {};
  }
  if (typeof parsed !== 'object' || parsed === null) return {};
  const alg = 'alg' in parsed ? parsed.alg : undefined;
  const value = 'value' in parsed ? parsed.value : undefined;
  const digest = typeof value === 'string' ? Buffer.from(value, 'base64url') : Buffer.alloc(0);
  // Node skips what is not base64url; the vault does not.
  return digest.length === 32 && digest.toString('base64url') === value ? { alg, value: digest } : { alg };
}

function badParameter(message: string): Counted {
  return counted('wrong', refusal(400, 'BadParameter', message));
}

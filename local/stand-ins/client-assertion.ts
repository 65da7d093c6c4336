import { constants, createHash, verify } from 'node:crypto';
import type { Refused } from './aadsts.ts';
import type { CertificateVersion } from './certificates.ts';

/** How the certificate is named and the signature made, by `alg` (entra.md 2.1). */
const algorithms = {
  PS256: { thumbprint: 'x5t#S256', hash: 'sha256', padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 },
  RS256: { thumbprint: 'x5t', hash: 'sha1', padding: constants.RSA_PKCS1_PADDING },
} as const;

/**
 * Checks a client assertion (RFC 7523) as Entra does: form, algorithm, certificate, signature, client, audience, time.
 *
 * @param registered the client's certificates
 * @param audience the token endpoint
 * @param now milliseconds since the epoch
 * @returns undefined when it is good
 */
export function checkAssertion(x: {
  readonly assertion: string;
  readonly clientId: string;
  readonly audience: string;
  readonly registered: readonly CertificateVersion[];
  readonly now: number;
}): Refused | undefined {
  const parts = /^([\w-]+)\.([\w-]+)\.([\w-]+)$/.exec(x.assertion);
  const [, head = '', body = '', signature = ''] = parts ?? [];
  const [header, claims] = [decode(head), decode(body)];
  if (header === undefined || claims === undefined) return { code: 50027 };
  return checkSignature(x, header, `${head}.${body}`, signature) ?? checkClaims(x, claims);
}

function checkSignature(
  x: { readonly registered: readonly CertificateVersion[]; readonly now: number },
  header: Record<string, unknown>,
  signed: string,
  signature: string,
): Refused | undefined {
  const { alg } = header;
  if (alg !== 'PS256' && alg !== 'RS256') return { code: 50012, detail: 'The algorithm is not accepted.' };
  const { thumbprint, hash, ...padding } = algorithms[alg];
  const named = header[thumbprint];
  if (named === undefined) return { code: 700027, detail: `The header has no ${thumbprint}.` };
  const certificate = x.registered.find(
    ({ der }) => createHash(hash).update(der).digest('base64url') === named,
  );
  if (certificate === undefined) return { code: 700027, detail: 'The key was not found.' };
  if (x.now >= certificate.expires) return { code: 700027, detail: 'The key used is expired.' };
  if (x.now < certificate.notBefore) return { code: 700027, detail: 'The key used is not yet valid.' };
  const key = { key: certificate.publicKey, ...padding };
  if (verify('sha256', Buffer.from(signed), key, Buffer.from(signature, 'base64url'))) return undefined;
  return { code: 700027, detail: 'The provided signature value did not match the expected signature value.' };
}

function checkClaims(
  x: { readonly clientId: string; readonly audience: string; readonly now: number },
  { iss, sub, aud, nbf, exp }: Record<string, unknown>,
): Refused | undefined {
  if (iss !== x.clientId || sub !== x.clientId) return { code: 700021 };
  if (aud !== x.audience) return { code: 700023 };
  const seconds = x.now / 1000;
  if (typeof exp !== 'number' || exp <= seconds) return { code: 700024, detail: 'It has expired.' };
  return typeof nbf === 'number' && nbf <= seconds
    ? undefined
    : { code: 700024, detail: 'It is not valid yet.' };
}

function decode(part: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

import { constants, createHash, randomUUID, sign } from 'node:crypto';
import type { CertificateVersion } from '../../../local/stand-ins/certificates.ts';

const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');

/** A client assertion made by hand: good with PS256 unless changed. */
export function assertionOf(x: {
  readonly by: CertificateVersion;
  readonly clientId: string;
  readonly audience: string;
  readonly alg?: string;
  readonly thumbprint?: object;
  readonly claims?: object;
}): string {
  const { by, clientId, audience, alg = 'PS256' } = x;
  const now = Math.floor(Date.now() / 1000);
  const hash = alg === 'RS256' ? 'sha1' : 'sha256';
  const thumbprint = createHash(hash).update(by.der).digest('base64url');
  const header = {
    alg,
    typ: 'JWT',
    ...(x.thumbprint ?? { [alg === 'RS256' ? 'x5t' : 'x5t#S256']: thumbprint }),
  };
  const claims = {
    aud: audience,
    iss: clientId,
    sub: clientId,
    jti: randomUUID(),
    nbf: now,
    iat: now,
    exp: now + 600,
    ...x.claims,
  };
  const signed = `${encode(header)}.${encode(claims)}`;
  const padding = alg === 'RS256' ? {} : { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
  const signature = sign('sha256', Buffer.from(signed), { key: by.privateKey, ...padding });
  return `${signed}.${signature.toString('base64url')}`;
}

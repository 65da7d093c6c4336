import { createHash } from 'node:crypto';
import type { Clock } from '../../relay-call/clock.ts';
import type { CertificateName, CertificateReader, SigningCertificate } from '../keyvault/certificate.ts';
import type { SignDigest, SigningAlgorithm } from '../keyvault/sign.ts';

/** Makes the assertions by which one client proves to Entra who it is. */
export interface Assertions {
  /**
   * A JWT for this token endpoint, valid for five minutes at least.
   *
   * @throws VaultUnreachable temporary
   * @throws CertificateUnusable until an administrator acts
   */
  assertion(tokenEndpoint: string): Promise<string>;
  /** Entra did not accept the last one: the next is made anew, with a newer certificate if there is one. */
  assertionRefused(): void;
}

/** Seconds. What Microsoft's own library takes, and recommends at most. */
const LIFETIME = 600;
/** Milliseconds: half a lifetime, so that the other half is left for clocks that differ. */
const KEPT_FOR = 300_000;

interface Kept {
  readonly made: number;
  readonly jwt: Promise<string>;
}

/**
 * Keeps the last assertion for each token endpoint: the SDK asks for one whenever it may need it, and each costs a
 * signature in the vault.
 */
export function assertions(x: {
  readonly clientId: string;
  readonly certificate: CertificateName;
  readonly algorithm: SigningAlgorithm;
  readonly certificates: CertificateReader;
  readonly sign: SignDigest;
  readonly clock: Clock;
  /** A fresh UUID. */
  readonly newId: () => string;
}): Assertions {
  const { clock } = x;
  const kept = new Map<string, Kept>();

  async function make(tokenEndpoint: string): Promise<string> {
    const certificate = await x.certificates.read(x.certificate);
    const now = Math.floor(clock.now() / 1000);
    const claims = {
      aud: tokenEndpoint,
      iss: x.clientId,
      sub: x.clientId,
      jti: x.newId(),
      nbf: now,
      iat: now,
      exp: now + LIFETIME,
    };
    const signed = `${encode(headerOf(certificate, x.algorithm))}.${encode(claims)}`;
    const digest = createHash('sha256').update(signed, 'ascii').digest();
    const signature = await x.sign({ keyId: certificate.keyId, algorithm: x.algorithm, digest });
    return `${signed}.${signature.toString('base64url')}`;
  }

  return {
    assertion(tokenEndpoint) {
      const now = clock.now();
      const before = kept.get(tokenEndpoint);
      // A clock that was set back would find the assertion not valid yet.
      if (before !== undefined && now >= before.made && now - before.made < KEPT_FOR) return before.jwt;
      const next = { made: now, jwt: make(tokenEndpoint) };
      kept.set(tokenEndpoint, next);
      next.jwt.catch(() => {
        if (kept.get(tokenEndpoint) === next) kept.delete(tokenEndpoint);
      });
      return next.jwt;
    },
    assertionRefused() {
      kept.clear();
      x.certificates.doubt(x.certificate);
    },
  };
}

/**
 * RFC 7515 §4.1.8; the pairs of algorithm and thumbprint are those that Entra takes
 * (https://learn.microsoft.com/entra/identity-platform/certificate-credentials).
 */
function headerOf({ der }: SigningCertificate, algorithm: SigningAlgorithm): object {
  const thumbprint = (hash: string) => createHash(hash).update(der).digest('base64url');
  return algorithm === 'PS256'
    ? { alg: algorithm, typ: 'JWT', 'x5t#S256': thumbprint('sha256') }
    : { alg: algorithm, typ: 'JWT', x5t: thumbprint('sha1') };
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}

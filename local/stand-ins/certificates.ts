import { createPrivateKey, type KeyObject, randomBytes, X509Certificate } from 'node:crypto';
import { generate } from 'selfsigned';
import type { Clock } from '../../relay-call/clock.ts';

/** A version of a certificate to make. Dates in milliseconds since the epoch, cut to whole seconds. */
export interface CertificateSeed {
  readonly name: string;
  /** 32 hexadecimal digits; default random ones. */
  readonly version?: string;
  /** Default true; false makes the vault refuse to sign with its key. */
  readonly enabled?: boolean;
  /** Default a minute ago. */
  readonly notBefore?: number;
  /** Default in two years. */
  readonly expires?: number;
  /** What its key may be used for in the vault. Default sign and verify. */
  readonly operations?: readonly string[];
  /** Default true; false leaves Entra without it, as after a renewal that nobody told Entra of. */
  readonly registered?: boolean;
}

export interface CertificateVersion extends Required<CertificateSeed> {
  readonly created: number;
  readonly der: Buffer;
  /** As the vault writes it. */
  readonly subject: string;
  readonly publicKey: KeyObject;
  /** Only the vault uses it. */
  readonly privateKey: KeyObject;
}

/** The certificates of the tenant: in the key vault, and registered for the MFA client. */
export interface Certificates {
  /** A new version, which is the newest then. Throws when there is one of this name and version. */
  add(seed: CertificateSeed): Promise<CertificateVersion>;
  /** The newest version unless one is named. Names are case-insensitive. */
  find(name: string, version: string | undefined): CertificateVersion | undefined;
  /** Those that Entra knows. */
  registered(): readonly CertificateVersion[];
}

const minute = 60_000;
const twoYears = 730 * 86_400_000;

/** Makes certificates as the set-up of the NPS extension does (entra.md 2.4). */
export function certificatesOf(tenant: string, clock: Clock): Certificates {
  const versions: CertificateVersion[] = [];
  const same = (one: string, other: string) => one.toLowerCase() === other.toLowerCase();

  function find(name: string, version: string | undefined): CertificateVersion | undefined {
    return versions.findLast(
      (one) => same(one.name, name) && (version === undefined || one.version === version),
    );
  }

  return {
    async add(seed) {
      const { name, version = randomBytes(16).toString('hex') } = seed;
      if (!/^[0-9a-f]{32}$/.test(version)) throw new Error(`${version} is no version of a certificate.`);
      const made = await make(tenant, { ...seed, version }, clock.now());
      // Looked at only now, since another may have been added meanwhile.
      if (find(name, version) !== undefined)
        throw new Error(`There is a version ${version} of ${name} already.`);
      versions.push(made);
      return made;
    },
    find,
    registered: () => versions.filter((one) => one.registered),
  };
}

async function make(
  tenant: string,
  seed: CertificateSeed & { readonly version: string },
  now: number,
): Promise<CertificateVersion> {
  const { notBefore = now - minute, expires = now + twoYears } = seed;
  const made = await generate(
    [
      { name: 'commonName', value: tenant },
      { shortName: 'OU', value: 'Microsoft NPS Extension' },
    ],
    {
      keyType: 'rsa',
      keySize: 2048,
      algorithm: 'sha256',
      notBeforeDate: wholeSecond(notBefore),
      notAfterDate: wholeSecond(expires),
      extensions: [
        { name: 'keyUsage', digitalSignature: true, critical: true },
        { name: 'extKeyUsage', clientAuth: true },
      ],
    },
  );
  const certificate = new X509Certificate(made.cert);
  return {
    enabled: true,
    operations: ['sign', 'verify'],
    registered: true,
    ...seed,
    notBefore: certificate.validFromDate.getTime(),
    expires: certificate.validToDate.getTime(),
    created: now,
    der: certificate.raw,
    subject: `CN=${tenant}, OU=Microsoft NPS Extension`,
    publicKey: certificate.publicKey,
    privateKey: createPrivateKey(made.private),
  };
}

function wholeSecond(ms: number): Date {
  return new Date(Math.floor(ms / 1000) * 1000);
}

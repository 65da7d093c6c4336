import type { Clock } from '../../relay-call/clock.ts';
import { CertificateUnusable, type VaultUnreachable } from './faults.ts';
import { type KeptEvent, keeper } from './kept.ts';

/** A certificate in the vault whose key stays there. */
export interface SigningCertificate {
  readonly name: string;
  /** 32 hexadecimal digits. */
  readonly version: string;
  /** `https://host/keys/NAME/VERSION`, of the vault that the app is told to use. */
  readonly keyId: string;
  /** X.509, its key RSA. */
  readonly der: Buffer;
  /** Milliseconds since the epoch. */
  readonly notBefore?: number;
  readonly expires?: number;
}

export interface CertificateName {
  readonly name: string;
  /** Without it the newest version that the vault holds, whether or not Entra knows it. */
  readonly version?: string;
}

/** One read. The dates are as the vault gave them. Throws {@link VaultUnreachable} or {@link CertificateUnusable}. */
export type FetchCertificate = (x: CertificateName) => Promise<SigningCertificate>;

/** Reads certificates by name. */
export interface CertificateReader {
  /**
   * As long as the certificate has not changed it is the same object.
   *
   * @throws VaultUnreachable temporary: nothing is known of the certificate
   * @throws CertificateUnusable until an administrator acts
   * The signal ends this wait alone, with its reason; the read goes on for others.
   */
  read(x: CertificateName, signal?: AbortSignal): Promise<SigningCertificate>;
  /**
   * What was read last has been refused: the next read asks the vault whether there is a newer version, unless it was
   * asked less than half a minute ago.
   */
  doubt(x: CertificateName): void;
}

/** What the reader tells its log, in an administrator's words. `name` has `/version` where the version is pinned. */
export const CERTIFICATE_EVENTS = {
  'certificate-kept': 'The key vault cannot be asked; the last known certificate is used on.',
  'certificate-withdrawn':
    'The key vault no longer gives this certificate to use; what was known of it is not used any more.',
  'certificate-rotated':
    'The key vault holds a newer version of this certificate, which is used from now on; Entra must know it.',
} as const;

export interface CertificateEvent extends Omit<KeptEvent, 'event'> {
  readonly event: keyof typeof CERTIFICATE_EVENTS;
}

/** Older than this, a certificate is read again behind the back of whoever asks. */
const FRESH_FOR = 4 * 3_600_000;

/**
 * Keeps certificates in memory. One that is missing, disabled or outside its dates is not used even if it was known.
 * The last known one serves as long as it is valid: the vault must answer anyway before anything is signed.
 */
export function certificateReader(x: {
  readonly fetch: FetchCertificate;
  readonly clock: Clock;
  readonly log: (event: CertificateEvent) => void;
}): CertificateReader {
  const certificates = keeper<SigningCertificate>({
    freshFor: FRESH_FOR,
    keptFor: Number.POSITIVE_INFINITY,
    same: (one, other) => one.keyId === other.keyId && one.der.equals(other.der),
    withdraws: (error) => error instanceof CertificateUnusable,
    clock: x.clock,
    log: (event) => x.log({ ...event, event: `certificate-${event.event}` }),
  });

  async function fetch(wanted: CertificateName) {
    const value = await x.fetch(wanted);
    checkDates(value, x.clock.now());
    return { value, ...(value.expires !== undefined && { expires: value.expires }) };
  }

  return {
    read: (wanted, signal) => certificates.read(keyOf(wanted), () => fetch(wanted), signal),
    doubt: (wanted) => certificates.doubt(keyOf(wanted)),
  };
}

function keyOf({ name, version }: CertificateName): string {
  return version === undefined ? name : `${name}/${version}`;
}

function checkDates({ notBefore, expires }: SigningCertificate, now: number): void {
  if (now >= (expires ?? Number.POSITIVE_INFINITY)) throw new CertificateUnusable('certificate-expired');
  if (now < (notBefore ?? Number.NEGATIVE_INFINITY)) throw new CertificateUnusable('certificate-expired');
}

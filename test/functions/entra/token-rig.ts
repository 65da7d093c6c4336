import { randomUUID } from 'node:crypto';
import { type Assertions, assertions } from '../../../functions/entra/assertion.ts';
import { CLOUDS, MFA_CLIENT } from '../../../functions/entra/clouds.ts';
import { type TokenSource, tokenSource } from '../../../functions/entra/token.ts';
import { certificateReader } from '../../../functions/keyvault/certificate.ts';
import { type SigningAlgorithm, vaultSign } from '../../../functions/keyvault/sign.ts';
import { vaultCertificates } from '../../../functions/keyvault/vault-certificate.ts';
import type { Clock } from '../../../relay-call/clock.ts';
import { accessTo, type startVault } from '../keyvault/vault-rig.ts';

type Rig = Awaited<ReturnType<typeof startVault>>;

/** The SDK reads the machine's clock itself, so that is the one that tests move. */
export const dateClock: Clock = { now: () => Date.now(), monotonic: () => Date.now() };

/** Made from a certificate of the stand-ins, signed by their vault. */
export function assertionsOf(
  { standIns }: Rig,
  x: {
    readonly certificate?: string;
    readonly algorithm?: SigningAlgorithm;
    readonly assertionClock?: Clock;
  } = {},
): Assertions {
  const access = accessTo(standIns);
  const fetch = vaultCertificates(access);
  return assertions({
    clientId: MFA_CLIENT,
    certificate: { name: x.certificate ?? 'nps-mfa' },
    algorithm: x.algorithm ?? 'PS256',
    certificates: certificateReader({ fetch, clock: dateClock, log: () => undefined }),
    sign: vaultSign(access),
    clock: x.assertionClock ?? dateClock,
    newId: randomUUID,
  });
}

export interface SourceOptions
  extends Partial<Parameters<typeof tokenSource>[0]>,
    NonNullable<Parameters<typeof assertionsOf>[1]> {}

/** Everything real, from the source down to the wire. */
export function sourceOf(rig: Rig, x: SourceOptions = {}): TokenSource {
  const { certificate: _certificate, algorithm: _algorithm, assertionClock: _clock, ...changed } = x;
  return tokenSource({
    tenantId: rig.standIns.issuer.tenant,
    clientId: MFA_CLIENT,
    resource: CLOUDS.public.connectorResource,
    authorityHost: rig.standIns.authorityHost,
    disableInstanceDiscovery: true,
    retryOptions: { maxRetries: 1, retryDelayInMs: 1 },
    ...assertionsOf(rig, x),
    clock: dateClock,
    ...changed,
  });
}

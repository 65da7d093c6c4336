import type { Clock } from '../../../relay-call/clock.ts';
import type { MfaEntry } from '../../config/schema.ts';
import type { CLOUD_NAMES } from '../../config/schema-mfa.ts';
import { assertions } from '../../entra/assertion.ts';
import { CLOUDS, MFA_CLIENT } from '../../entra/clouds.ts';
import { type TokenEvent, tokenSource } from '../../entra/token.ts';
import type { CertificateReader } from '../../keyvault/certificate.ts';
import type { SignDigest } from '../../keyvault/sign.ts';
import type { MfaProvider } from '../provider.ts';
import { connectorProvider } from './connector/provider.ts';

/** A provider as a configuration describes it. */
export interface ProviderPlace {
  readonly tenantId: string;
  readonly cloud: (typeof CLOUD_NAMES)[number];
  readonly entry: MfaEntry['providers'][number];
}

export type ProviderOf = (place: ProviderPlace) => MfaProvider;

/** Longer than any prompt's window: by then it has been abandoned. */
const LONGEST_CALL = 240_000;

/**
 * Makes the providers of configurations. As long as its description has not changed a provider is the same one, so that
 * a configuration that is read anew costs no new token.
 */
export function mfaProviders(parts: {
  readonly certificates: CertificateReader;
  readonly sign: SignDigest;
  readonly clock: Clock;
  /** A fresh UUID. */
  readonly newId: () => string;
  readonly log: (event: TokenEvent) => void;
  /** Instead of the cloud's own addresses. */
  readonly authorityHost?: string;
  readonly connectorUrl?: string;
  readonly disableInstanceDiscovery: boolean;
}): ProviderOf {
  const { clock } = parts;
  let latest: { readonly described: string; readonly provider: MfaProvider } | undefined;

  function make({ tenantId, cloud, entry }: ProviderPlace): MfaProvider {
    const addresses = CLOUDS[cloud];
    const { keyVault: name, version } = entry.certificate;
    const { assertion, assertionRefused } = assertions({
      clientId: MFA_CLIENT,
      algorithm: entry.signature,
      certificate: { name, ...(version === undefined ? {} : { version }) },
      certificates: parts.certificates,
      sign: parts.sign,
      clock,
      newId: parts.newId,
    });
    const token = tokenSource({
      tenantId,
      clientId: MFA_CLIENT,
      resource: addresses.connectorResource,
      authorityHost: parts.authorityHost ?? addresses.authorityHost,
      disableInstanceDiscovery: parts.disableInstanceDiscovery,
      assertion,
      assertionRefused,
      clock,
      log: parts.log,
    });
    return connectorProvider({
      connectorUrl: parts.connectorUrl ?? addresses.connectorUrl,
      token,
      language: entry.language,
      patience: LONGEST_CALL,
      clock,
    });
  }

  return (place) => {
    const described = JSON.stringify(place);
    if (latest?.described !== described) latest = { described, provider: make(place) };
    return latest.provider;
  };
}

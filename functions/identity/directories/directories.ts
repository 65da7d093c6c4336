import type { TokenCredential } from '@azure/identity';
import type { Clock } from '../../../relay-call/clock.ts';
import { assertions } from '../../entra/assertion.ts';
import { CLOUDS } from '../../entra/clouds.ts';
import { graphClient } from '../../entra/graph/client.ts';
import type { GraphEvent } from '../../entra/graph/faults.ts';
import type { Graph } from '../../entra/graph/graph.ts';
import { graphToken } from '../../entra/graph/token.ts';
import type { CheckPassword } from '../../entra/password/check.ts';
import { passwordCheck } from '../../entra/password/ropc.ts';
import type { CertificateReader } from '../../keyvault/certificate.ts';
import type { SecretReader } from '../../keyvault/secrets.ts';
import type { SignDigest } from '../../keyvault/sign.ts';
import type { Leases } from '../../store/lease.ts';
import { type AttemptWork, createAttempts, type StoredVerdict } from '../attempts.ts';
import type { EntraDirectoryOf, EntraDirectoryPlace } from '../compile.ts';
import type { Directory } from '../directory.ts';
import { entraDirectory } from './entra.ts';

type Cloud = EntraDirectoryPlace['cloud'];

/**
 * Makes the Entra directories of configurations. As long as its description has not changed a directory is the same one,
 * so that a configuration that is read anew forgets nobody. All directories of a cloud ask the same Graph: when it wants
 * to be left alone, a changed configuration leaves it alone too.
 */
export function entraDirectories(parts: {
  /** The app's managed identity, for Graph. */
  readonly credential: TokenCredential;
  readonly certificates: CertificateReader;
  readonly sign: SignDigest;
  /** For the attempt key. */
  readonly secrets: SecretReader;
  /** Over the table {@link ATTEMPTS}. */
  readonly leases: Leases<AttemptWork, StoredVerdict>;
  readonly clock: Clock;
  /** A fresh UUID. */
  readonly newId: () => string;
  readonly log: (event: GraphEvent) => void;
  /** Instead of the cloud's own addresses. */
  readonly authorityHost?: string;
  readonly graphUrl?: string;
}): EntraDirectoryOf {
  const { clock, credential, certificates, sign, newId } = parts;
  const attempts = createAttempts({ leases: parts.leases, secrets: parts.secrets, clock });
  const graphs = new Map<Cloud, Graph>();
  /** By name. */
  const latest = new Map<string, { readonly described: string; readonly directory: Directory }>();

  function graphOf(cloud: Cloud): Graph {
    const { graphResource, graphUrl } = CLOUDS[cloud];
    const graph =
      graphs.get(cloud) ??
      graphClient({
        graphUrl: parts.graphUrl ?? graphUrl,
        token: graphToken(credential, graphResource),
        clock,
        log: parts.log,
      });
    graphs.set(cloud, graph);
    return graph;
  }

  function checkPasswordOf({
    tenantId,
    cloud,
    entry,
    certificate,
  }: EntraDirectoryPlace): CheckPassword | undefined {
    if (entry.passwordCheck === undefined) return undefined;
    // A configuration that has none for it is refused when it is read.
    if (certificate === undefined) throw new RangeError('A password check has no certificate');
    const { clientId, signature } = entry.passwordCheck;
    const { keyVault: name, version } = certificate;
    return passwordCheck({
      tenantId,
      clientId,
      authorityHost: parts.authorityHost ?? CLOUDS[cloud].authorityHost,
      ...assertions({
        clientId,
        algorithm: signature,
        certificate: { name, ...(version === undefined ? {} : { version }) },
        certificates,
        sign,
        clock,
        newId,
      }),
      clock,
    });
  }

  return (place) => {
    const { name } = place.entry;
    const described = JSON.stringify(place);
    const before = latest.get(name);
    if (before?.described === described) return before.directory;
    const directory = entraDirectory({
      place,
      graph: graphOf(place.cloud),
      attempts,
      checkPassword: checkPasswordOf(place),
      clock,
    });
    latest.set(name, { described, directory });
    return directory;
  };
}

import { randomUUID } from 'node:crypto';
import { CLOUDS, MFA_CLIENT } from '../../functions/entra/clouds.ts';
import type { Clock } from '../../relay-call/clock.ts';
import type { Application } from './applications.ts';
import { type BlobCounts, blobs } from './blobs.ts';
import { type CertificateSeed, type Certificates, certificatesOf } from './certificates.ts';
import type { PrincipalState } from './client-grant.ts';
import { type Entra, entraOf } from './entra.ts';
import { type GraphCounts, graph } from './graph.ts';
import type { Group } from './groups.ts';
import { type IngestionCounts, ingestion, LONGEST_TRACK } from './ingestion.ts';
import { type KeyVaultCounts, keyVault } from './key-vault.ts';
import { type Listener, listener, type TlsMaterial } from './listener.ts';
import { type ManagedIdentityCounts, managedIdentity } from './managed-identity.ts';
import { type MfaConnectorCounts, mfaConnector } from './mfa-connector.ts';
import type { Person } from './people.ts';
import { type Phone, type PhoneMode, phone } from './phone.ts';
import { type Script, type Stage, stage } from './script.ts';
import { type SecretSeed, secretsOf } from './secrets.ts';
import type { EntraCounts } from './token-request.ts';
import {
  MONITOR_AUDIENCE,
  STORAGE_AUDIENCE,
  type TokenIssuer,
  tokenIssuer,
  VAULT_AUDIENCE,
} from './tokens.ts';

export interface StandInOptions {
  /** For the host below; the caller trusts its issuer. */
  readonly tls: TlsMaterial;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default 0: free ones. */
  readonly ports?: Partial<Record<StandInName, number>>;
  readonly secrets: Readonly<Record<string, string | SecretSeed>>;
  /** The client id of a user-assigned identity; without it the app's identity is the system-assigned one. */
  readonly clientId?: string;
  /** Of the managed identity's tokens, in seconds. Default a day. */
  readonly tokenLifetime?: number;
  /** A GUID; default a random one. */
  readonly tenant?: string;
  /** Whose MFA connector it is; default public. */
  readonly cloud?: keyof typeof CLOUDS;
  /** In the key vault, and registered for the MFA client and all applications unless they say otherwise. Default none. */
  readonly certificates?: readonly CertificateSeed[];
  /** Whom Entra, Graph and the MFA connector know. Default nobody. */
  readonly people?: readonly Person[];
  /** Default none. */
  readonly groups?: readonly Group[];
  /** Those that may ask for tokens by password. Default none. */
  readonly applications?: readonly Application[];
  /** What Graph lets the managed identity read, by its app roles. Default `allowed`: users and groups. */
  readonly managedIdentityGraph?: 'allowed' | 'no-users' | 'no-groups';
  /** Default mode `phone`. `ringFor` in milliseconds, default the phone's own. */
  readonly phone?: { readonly mode: PhoneMode; readonly ringFor?: number };
  /** Default both enabled. */
  readonly principals?: { readonly client?: PrincipalState; readonly connector?: PrincipalState };
  /** Of Entra's tokens, in seconds. Default 3599. */
  readonly entraTokenLifetime?: number;
  /** Whether Application Insights takes telemetry only with a token of Entra. Default true. */
  readonly telemetryAuthenticated?: boolean;
}

export interface StandInCounts {
  readonly keyVault: KeyVaultCounts;
  readonly managedIdentity: ManagedIdentityCounts;
  readonly entra: EntraCounts;
  readonly mfaConnector: MfaConnectorCounts;
  readonly graph: GraphCounts;
  readonly blobs: BlobCounts;
  readonly ingestion: IngestionCounts;
}
export type StandInName = keyof StandInCounts;

export interface StandInAddresses {
  /** KEY_VAULT_URL; needs DISABLE_CHALLENGE_RESOURCE_VERIFICATION. */
  readonly vaultUrl: string;
  /** IDENTITY_ENDPOINT. */
  readonly identityEndpoint: string;
  /** IDENTITY_HEADER. */
  readonly identityHeader: string;
  /** AZURE_AUTHORITY_HOST; needs DISABLE_INSTANCE_DISCOVERY. */
  readonly authorityHost: string;
  /** MFA_CONNECTOR_URL. */
  readonly connectorUrl: string;
  /** GRAPH_URL: `https://host:port/v1.0`. */
  readonly graphUrl: string;
  /** Of the storage account, the emulator's way; BRIDGE_CONFIG is `BLOB_URL/CONTAINER/NAME`. */
  readonly blobUrl: string;
  /** APPLICATIONINSIGHTS_CONNECTION_STRING. */
  readonly connectionString: string;
}

export interface StandIns extends StandInAddresses {
  readonly issuer: TokenIssuer;
  readonly certificates: Certificates;
  readonly phone: Phone;
  /** Scripts of its own, besides those that all stand-ins have. */
  readonly connector: Pick<ReturnType<typeof mfaConnector>, 'script'>;
  readonly entra: Pick<Entra, 'requestIds'>;
  readonly graph: Pick<ReturnType<typeof graph>, 'requestIds' | 'unknownGroups'>;
  /** What is written to the storage account, which over HTTP is only read. */
  readonly blobs: Pick<ReturnType<typeof blobs>, 'put' | 'remove'>;
  /** What Application Insights got, and scripts of its own, besides those that all stand-ins have. */
  readonly ingestion: Pick<ReturnType<typeof ingestion>, 'items' | 'script'>;
  counts(): StandInCounts;
  /** In effect when it resolves. */
  script(name: StandInName, script: Script): Promise<void>;
  /** A new version of a secret; undefined deletes it. */
  setSecret(name: string, seed: string | SecretSeed | undefined): void;
  close(): Promise<void>;
}

const aDay = 86_400;
const anHour = 3_599;
const connectorPath = '/StrongAuthenticationService.svc/Connector';

/** Starts every stand-in of Azure's services that the functions call. */
export async function startStandIns(options: StandInOptions & { readonly clock: Clock }): Promise<StandIns> {
  const { clock, tls, host = '127.0.0.1', ports = {} } = options;
  const { tenant, principals = {}, certificates: seeds = [], people = [], groups = [] } = options;
  const { connectorResource, graphResource } = CLOUDS[options.cloud ?? 'public'];
  const issuer = tokenIssuer(clock, tenant);
  const stages = {
    keyVault: stage(),
    managedIdentity: stage(),
    entra: stage(),
    mfaConnector: stage(),
    graph: stage(),
    blobs: stage(),
    ingestion: stage(),
  } satisfies Record<StandInName, Stage>;
  const secrets = secretsOf(options.secrets, clock);
  const certificates = certificatesOf(issuer.tenant, clock);
  for (const seed of seeds) await certificates.add(seed);
  const ringing = phone({ clock, after, mode: 'phone', ...options.phone });
  const identityHeader = randomUUID();
  const connectorUrl = () => `${listeners.mfaConnector.url()}${connectorPath}`;
  const vault = keyVault({
    issuer,
    secrets,
    certificates,
    stage: stages.keyVault,
    clock,
    vaultUrl: () => listeners.keyVault.url(),
  });
  const identity = managedIdentity({
    issuer,
    stage: stages.managedIdentity,
    header: identityHeader,
    appId: options.clientId ?? randomUUID(),
    userAssigned: options.clientId !== undefined,
    resources: [VAULT_AUDIENCE, graphResource, STORAGE_AUDIENCE, MONITOR_AUDIENCE],
    tokenLifetime: options.tokenLifetime ?? aDay,
  });
  const authority = entraOf({
    issuer,
    certificates,
    stage: stages.entra,
    clock,
    authorityHost: () => listeners.entra.url(),
    client: { id: MFA_CLIENT, state: principals.client ?? 'enabled' },
    resource: { id: connectorResource, state: principals.connector ?? 'enabled' },
    applications: options.applications ?? [],
    people,
    lockAfter: options.cloud === 'us-government' ? 3 : 10,
    tokenLifetime: options.entraTokenLifetime ?? anHour,
  });
  const connector = mfaConnector({
    issuer,
    audience: connectorResource,
    stage: stages.mfaConnector,
    people,
    phone: ringing,
    connectorUrl,
  });
  const graphUrl = () => `${listeners.graph.url()}/v1.0`;
  const directory = graph({
    issuer,
    audience: graphResource,
    people,
    groups,
    stage: stages.graph,
    clock,
    url: graphUrl,
    allowed: options.managedIdentityGraph ?? 'allowed',
  });
  const blobUrl = () => `${listeners.blobs.url()}/devstoreaccount1`;
  const storage = blobs({ issuer, stage: stages.blobs, clock, url: blobUrl });
  const instrumentationKey = randomUUID();
  const connectionString = () => {
    const url = listeners.ingestion.url();
    return `InstrumentationKey=${instrumentationKey};IngestionEndpoint=${url}/;LiveEndpoint=${url}/`;
  };
  const insights = ingestion({
    issuer,
    stage: stages.ingestion,
    instrumentationKey,
    authenticated: options.telemetryAuthenticated ?? true,
  });
  const listeners = {
    keyVault: listener({ host, port: ports.keyVault ?? 0, tls, answer: vault.answer }),
    managedIdentity: listener({ host, port: ports.managedIdentity ?? 0, answer: identity.answer }),
    entra: listener({ host, port: ports.entra ?? 0, tls, answer: authority.answer }),
    mfaConnector: listener({ host, port: ports.mfaConnector ?? 0, tls, answer: connector.answer }),
    graph: listener({ host, port: ports.graph ?? 0, tls, answer: directory.answer }),
    blobs: listener({ host, port: ports.blobs ?? 0, tls, answer: storage.answer }),
    ingestion: listener({
      host,
      port: ports.ingestion ?? 0,
      tls,
      longestBody: LONGEST_TRACK,
      answer: insights.answer,
    }),
  } satisfies Record<StandInName, Listener>;

  async function close(): Promise<void> {
    for (const one of Object.values(stages)) one.set({ state: 'well' });
    ringing.close();
    await Promise.all(Object.values(listeners).map((one) => one.refuse()));
  }

  try {
    for (const one of Object.values(listeners)) await one.accept();
  } catch (error) {
    await close();
    throw error;
  }
  return {
    vaultUrl: listeners.keyVault.url(),
    identityEndpoint: `${listeners.managedIdentity.url()}/msi/token`,
    identityHeader,
    authorityHost: listeners.entra.url(),
    connectorUrl: connectorUrl(),
    graphUrl: graphUrl(),
    blobUrl: blobUrl(),
    connectionString: connectionString(),
    issuer,
    certificates,
    phone: ringing,
    connector: { script: connector.script },
    entra: { requestIds: authority.requestIds },
    graph: { requestIds: directory.requestIds, unknownGroups: directory.unknownGroups },
    blobs: { put: storage.put, remove: storage.remove },
    ingestion: { items: insights.items, script: insights.script },
    counts: () => ({
      keyVault: vault.counts(),
      managedIdentity: identity.counts(),
      entra: authority.counts(),
      mfaConnector: connector.counts(),
      graph: directory.counts(),
      blobs: storage.counts(),
      ingestion: insights.counts(),
    }),
    async script(name, script) {
      stages[name].set(script);
      await (script.state === 'refusing' ? listeners[name].refuse() : listeners[name].accept());
    },
    setSecret: secrets.set,
    close,
  };
}

function after(milliseconds: number, run: () => void): () => void {
  const timer = setTimeout(run, milliseconds);
  return () => clearTimeout(timer);
}

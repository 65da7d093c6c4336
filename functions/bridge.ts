import { randomUUID } from 'node:crypto';
import type { TokenCredential } from '@azure/identity';
import { type Clock, systemClock } from '../relay-call/clock.ts';
import type { ReceivedCall } from '../relay-call/signature.ts';
import { sharedSecrets } from './clients/shared-secrets.ts';
import { blobSource } from './config/blob.ts';
import { fileSource } from './config/file.ts';
import { type ConfigurationSource, createConfiguration } from './config/load.ts';
import {
  type ConfigurationPlace,
  readSettings,
  type Settings,
  SettingsRefused,
  type StorePlace,
} from './config/settings.ts';
import { CLOUDS } from './entra/clouds.ts';
import { checkAuthority, EntraSettingsRefused } from './entra/settings.ts';
import { createAnswerAccessRequest } from './exchange/access-request.ts';
import type { CallAnswer } from './exchange/answer.ts';
import { systemTimer } from './exchange/deadline.ts';
import { createExchange } from './exchange/exchange.ts';
import { createRecording, decisionRecords } from './exchange/recording.ts';
import { REPEATS, type RepeatReply, type RepeatWork } from './exchange/repeats.ts';
import { compileRunning, type Running } from './exchange/running.ts';
import { ATTEMPTS, type AttemptRow } from './identity/attempts.ts';
import { entraDirectories } from './identity/directories/directories.ts';
import type { VaultAccess } from './keyvault/access.ts';
import { certificateReader } from './keyvault/certificate.ts';
import { managedIdentity } from './keyvault/credential.ts';
import { VaultSettingsRefused } from './keyvault/faults.ts';
import { secretReader } from './keyvault/secrets.ts';
import { vaultSign } from './keyvault/sign.ts';
import { vaultSecrets } from './keyvault/vault.ts';
import { vaultCertificates } from './keyvault/vault-certificate.ts';
import { createPrompts, PROMPTS, type PromptRow } from './mfa/prompts.ts';
import { mfaProviders } from './mfa/providers/providers.ts';
import { type Log, limitedLog } from './records/log.ts';
import { NONCES, type SpentNonce } from './relays/nonces.ts';
import { leases } from './store/claim.ts';
import type { LeaseRow } from './store/lease.ts';
import { memoryStore } from './store/memory.ts';
import type { Store } from './store/port.ts';
import { systemSleep } from './store/sleep.ts';
import { tableStore } from './store/tables.ts';

/** Everything one instance of the app makes once and uses for every call. */
export interface Bridge {
  readonly exchange: (call: ReceivedCall, log: Log) => Promise<CallAnswer>;
  readonly store: Store;
  /** Reads the configuration, so that the first call finds it. Never rejects: what goes wrong is told in the log. */
  readonly prepare: () => Promise<void>;
  /** Writes what was kept back of the log; for the end of an instance. */
  readonly flush: () => void;
}

/**
 * How long a record is kept, in milliseconds. Nobody reads records out of another process's memory; they are in the
 * log. A short life keeps it small there: whoever guesses passwords makes records as fast as the relay lets them.
 */
const RECORD_LIFETIME = { memory: 60_000, tables: 90 * 86_400_000 } as const;

/** Milliseconds by which the clocks of two instances differ at the very most. */
const SKEW = 600_000;

/** What a call gets when the app's settings are wrong: the same fault each time, told at each start. */
export type BridgeOrFault = Bridge | Refusal;

type Refusal = SettingsRefused | VaultSettingsRefused | EntraSettingsRefused;

/**
 * The bridge, or what is wrong with the settings. An app that did not start at all would have to be found out by its
 * silence; this one says in its log, at start and at calls, which variable to mend.
 */
export function createBridge(
  environment: Readonly<Record<string, string | undefined>>,
  log: Log,
): BridgeOrFault {
  try {
    return assemble(environment, log);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    log({ event: 'settings-refused', ...refusalFacts(error) });
    return error;
  }
}

/** What the log tells of it, at start and at a call. */
export function refusalFacts(refusal: Refusal): {
  readonly code: string;
  /** The variable that it is mostly about. */
  readonly setting: string;
  readonly sentence: string;
} {
  const { code, message: sentence } = refusal;
  if (refusal instanceof SettingsRefused) return { code, setting: refusal.setting, sentence };
  return {
    code,
    setting: refusal instanceof VaultSettingsRefused ? 'KEY_VAULT_URL' : 'AZURE_AUTHORITY_HOST',
    sentence,
  };
}

function isRefusal(error: unknown): error is Refusal {
  return [SettingsRefused, VaultSettingsRefused, EntraSettingsRefused].some((kind) => error instanceof kind);
}

function sourceOf(place: ConfigurationPlace, credential: TokenCredential): ConfigurationSource {
  return place.kind === 'file' ? fileSource(place.path) : blobSource({ url: place.url, credential });
}

function storeOf(place: StorePlace, credential: TokenCredential, clock: Clock): Store {
  if (place.kind === 'memory') return memoryStore(clock);
  return tableStore({ url: place.url, credential, clock, newMark: randomUUID, skew: SKEW });
}

/** Where Entra, the MFA connector and Graph are, if not where the cloud of the configuration says. */
function addresses({ authorityHost, disableInstanceDiscovery, mfaConnectorUrl, graphUrl }: Settings) {
  // Wrong ones are told now, and not when the first person waits for a prompt.
  const authority = checkAuthority(authorityHost ?? CLOUDS.public.authorityHost, disableInstanceDiscovery);
  return {
    ...(authorityHost === undefined ? {} : { authorityHost: authority }),
    ...(mfaConnectorUrl === undefined ? {} : { connectorUrl: mfaConnectorUrl }),
    ...(graphUrl === undefined ? {} : { graphUrl }),
    disableInstanceDiscovery,
  };
}

/**
 * Assembles the bridge by its settings (environment variables, docs/reference/settings.md).
 *
 * @param log for what concerns the instance and not one call
 * @throws SettingsRefused, VaultSettingsRefused, EntraSettingsRefused
 */
function assemble(environment: Readonly<Record<string, string | undefined>>, log: Log): Bridge {
  const settings = readSettings(environment);
  const clock = systemClock;
  const credential = managedIdentity(settings.identityClientId);
  const store = storeOf(settings.store, credential, clock);
  const lifetime = RECORD_LIFETIME[settings.store.kind];
  const tell = (event: object) => log({ ...event } as Parameters<Log>[0]);
  const limited = limitedLog({
    clock,
    after: (milliseconds, run) => void setTimeout(run, milliseconds).unref(),
    late: log,
  });
  const access: VaultAccess = {
    vaultUrl: settings.keyVaultUrl,
    credential,
    disableChallengeResourceVerification: settings.disableChallengeResourceVerification,
  };
  const secrets = secretReader({ fetch: vaultSecrets(access), clock, log: tell });
  const leaseTools = { clock, sleep: systemSleep, newMark: randomUUID };
  const entra = {
    certificates: certificateReader({ fetch: vaultCertificates(access), clock, log: tell }),
    sign: vaultSign(access),
    clock,
    newId: randomUUID,
    log: tell,
    ...addresses(settings),
  };
  const surroundings = {
    secrets,
    mfaProvider: mfaProviders(entra),
    entraDirectory: entraDirectories({
      ...entra,
      credential,
      secrets,
      leases: leases(store.table<AttemptRow>(ATTEMPTS), leaseTools),
    }),
  };
  const configuration = createConfiguration<Running>({
    source: sourceOf(settings.configuration, credential),
    compile: (document) => compileRunning(document, surroundings),
    clock,
    log: ({ code, ...facts }) => log({ event: code, ...facts }),
  });
  const answerAccessRequest = createAnswerAccessRequest({
    repeats: leases(store.table<LeaseRow<RepeatWork, RepeatReply>>(REPEATS), leaseTools),
    prompts: createPrompts({
      leases: leases(store.table<PromptRow>(PROMPTS), leaseTools),
      clock,
      sleep: systemSleep,
      log: tell,
    }),
    record: createRecording({
      records: decisionRecords(store, lifetime),
      lifetime,
      clock,
    }),
    limited,
    setTimer: systemTimer,
    clock,
    newId: randomUUID,
  });
  const exchange = createExchange({
    authority: settings.authority,
    configuration,
    nonces: store.table<SpentNonce>(NONCES),
    secrets: sharedSecrets(secrets),
    answerAccessRequest,
    clock,
    setTimer: systemTimer,
    limited,
  });
  const prepare = () =>
    configuration.current(new AbortController().signal).then(
      () => undefined,
      () => undefined,
    );
  return { exchange, store, prepare, flush: limited.flush };
}

import { type Clients, compileClients } from '../clients/clients.ts';
import type { Compiled } from '../config/load.ts';
import type { ConfigurationProblem } from '../config/problems.ts';
import { readConfiguration } from '../config/read.ts';
import type { BridgeConfiguration } from '../config/schema.ts';
import { checkDirectories, compileDirectories, type EntraDirectoryOf } from '../identity/compile.ts';
import type { Directory } from '../identity/directory.ts';
import { SecretMissing, type SecretReader } from '../keyvault/secrets.ts';
import type { ProviderOf } from '../mfa/providers/providers.ts';
import { compilePolicies } from '../policy/compile.ts';
import type { Policies } from '../policy/model.ts';
import { compileRelays, type Relays } from '../relays/keys.ts';
import type { Mfa } from '../signin/sign-in.ts';

/** A configuration, made ready for decisions. */
export interface Running {
  readonly relays: Relays;
  readonly clients: Clients;
  readonly policies: Policies;
  /** By name. */
  readonly directories: ReadonlyMap<string, Directory>;
  /** Absent where the document has no "mfa". */
  readonly mfa: Mfa | undefined;
}

/** What a configuration is connected to. Compiling asks none of it. */
export interface Surroundings {
  readonly secrets: SecretReader;
  readonly mfaProvider: ProviderOf;
  readonly entraDirectory: EntraDirectoryOf;
}

/** Makes a validated document ready; what is wrong with its policies and directories is told as problems. */
export function compileRunning(
  document: BridgeConfiguration,
  { secrets, mfaProvider, entraDirectory }: Surroundings,
): Compiled<Running> {
  const policies = compilePolicies(document);
  const problems = [...(policies.ok ? [] : policies.problems), ...checkDirectories(document.directories)];
  if (!policies.ok || problems.length > 0) return { ok: false, problems };
  return {
    ok: true,
    value: {
      relays: compileRelays(document.relays),
      clients: compileClients(document),
      policies: policies.value,
      directories: compileDirectories(document, { secrets, entraDirectory }),
      mfa: mfaOf(document, mfaProvider),
    },
  };
}

function mfaOf({ mfa, tenant, cloud }: BridgeConfiguration, mfaProvider: ProviderOf): Mfa | undefined {
  const [entry] = mfa?.providers ?? [];
  if (mfa === undefined || tenant === undefined || entry === undefined) return undefined;
  return {
    provider: mfaProvider({ tenantId: tenant, cloud, entry }),
    promptWindow: mfa.promptWindow * 1000,
    minimumWait: mfa.minimumWait * 1000,
  };
}

/** Everything the app would find wrong with a bridge.json, without a key vault to ask. */
export function checkBridgeJson(
  text: string,
):
  | { readonly ok: true; readonly document: BridgeConfiguration }
  | { readonly ok: false; readonly problems: readonly ConfigurationProblem[] } {
  const reading = readConfiguration(text);
  if (!reading.ok) return reading;
  const compiled = compileRunning(reading.document, NOTHING);
  return compiled.ok ? reading : compiled;
}

/** Compiling reads no secret, asks no directory and rings no phone; only a sign-in would. */
const NOTHING: Surroundings = {
  secrets: { read: () => Promise.reject(new SecretMissing('secret-missing')) },
  mfaProvider: () => ({
    name: 'none',
    can: { poll: false, code: false, text: false },
    begin: () => Promise.resolve({ kind: 'not-begun', code: 'connector-unreachable' }),
  }),
  entraDirectory: ({ entry: { name, kind } }) => ({
    name,
    kind,
    find: () => Promise.resolve({ kind: 'unknown-user' }),
    verifyPassword: () => Promise.resolve({ kind: 'wrong' }),
    spendVerification: () => Promise.resolve(),
  }),
};

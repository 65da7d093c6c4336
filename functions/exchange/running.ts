import { type Clients, compileClients } from '../clients/clients.ts';
import type { Compiled } from '../config/load.ts';
import type { ConfigurationProblem } from '../config/problems.ts';
import { readConfiguration } from '../config/read.ts';
import type { BridgeConfiguration } from '../config/schema.ts';
import { checkDirectories, compileDirectories } from '../identity/compile.ts';
import type { Directory } from '../identity/directory.ts';
import { SecretMissing, type SecretReader } from '../keyvault/secrets.ts';
import { compilePolicies } from '../policy/compile.ts';
import type { Policies } from '../policy/model.ts';
import { compileRelays, type Relays } from '../relays/keys.ts';

/** A configuration, made ready for decisions. */
export interface Running {
  readonly relays: Relays;
  readonly clients: Clients;
  readonly policies: Policies;
  /** By name. */
  readonly directories: ReadonlyMap<string, Directory>;
}

/** Makes a validated document ready; what is wrong with its policies and directories is told as problems. */
export function compileRunning(document: BridgeConfiguration, secrets: SecretReader): Compiled<Running> {
  const policies = compilePolicies(document);
  const problems = [...(policies.ok ? [] : policies.problems), ...checkDirectories(document.directories)];
  if (!policies.ok || problems.length > 0) return { ok: false, problems };
  return {
    ok: true,
    value: {
      relays: compileRelays(document.relays),
      clients: compileClients(document),
      policies: policies.value,
      directories: compileDirectories(document.directories, { secrets, tenant: document.tenant }),
    },
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
  const compiled = compileRunning(reading.document, NO_SECRETS);
  return compiled.ok ? reading : compiled;
}

/** Compiling reads no secret; only a sign-in would. */
const NO_SECRETS: SecretReader = {
  read: () => Promise.reject(new SecretMissing('secret-missing')),
};

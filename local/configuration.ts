import { PROFILES } from '../functions/clients/profiles.ts';
import type { BridgeConfiguration, ClientEntry, RelayEntry } from '../functions/config/schema.ts';
import { checkBridgeJson } from '../functions/exchange/running.ts';
import { canonicalAddress, parseNetwork } from '../relay-call/address.ts';
import { checkEntraUsers } from './entra-users.ts';
import type { Problem } from './faults.ts';
import { StartRefused } from './faults.ts';
import { readSecretsFile, type SecretsFile } from './secrets-file.ts';
import { missingSecrets, weakSecrets, withAttemptKey } from './secrets-given.ts';
import type { Example, LocalTenant, Ringing } from './tenant.ts';
import { exampleInEntra, ringingIn, tenantOf } from './tenant.ts';
import { mergeUsers } from './users.ts';

/** A RADIUS client as the sign-in client needs to know it, its shared secret in clear. */
export interface LocalClient {
  readonly name: string;
  readonly profile: string;
  readonly addresses: readonly string[];
  readonly secret: string;
}

/** What a bridge on this machine runs with. */
export interface LocalConfiguration {
  /** The text of the bridge.json that the functions read. */
  readonly bridgeJson: string;
  /** For the Key Vault stand-in, by name. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly clients: readonly LocalClient[];
  /** Whom the relay admits: the clients' networks and loopback. Patience in seconds. */
  readonly admitted: ReadonlyArray<{ readonly network: string; readonly patience: number }>;
  readonly relay: { readonly name: string; readonly keyId: string };
  /** A user of a local directory whose password is known, to show what can be tried. */
  readonly example?: Example;
  /** The same of one whose password Entra checks. */
  readonly exampleInEntra?: Example;
  readonly tenant: LocalTenant;
  /** Whether a phone can ring: the configuration has an MFA provider. */
  readonly canPrompt: boolean;
  /** What to try to see it ring. */
  readonly ringing?: Ringing;
}

/** A file that was read: what it is called in problems, and its text. */
export interface TextFile {
  readonly file: string;
  readonly text: string;
}

const loopback = ['127.0.0.0/8', '::1'];
const loopbackPatience = 60;

/**
 * Makes what a local bridge runs with of an ordinary bridge.json and the bridge.secrets.json beside it: this run's
 * relay takes the first relay's place, users get their passwords, secrets and certificates go to the stand-ins.
 *
 * @param publicKey of this run's relay: SPKI, DER, base64
 * @param attemptKey for the secret `attempt-key` where one is needed and none is given: 16 octets or more at random
 * @throws StartRefused with every problem: where, what was found, what was expected
 */
export async function localConfiguration(x: {
  bridge: TextFile;
  secrets: TextFile | undefined;
  publicKey: string;
  attemptKey: string;
}): Promise<LocalConfiguration> {
  const read = checkBridgeJson(x.bridge.text);
  if (!read.ok) throw invalid(x.bridge.file, read.problems);
  const given = secretsIn(x.secrets);

  const { relays, relay } = withLocalRelay(read.document.relays, x.publicKey);
  const named = new Set(Object.keys(given.secrets));
  const entraUsers = given.entra.users;
  const unfit = checkEntraUsers(read.document, entraUsers, x.secrets?.file ?? '');
  if (unfit.length > 0) throw new StartRefused('secrets-file-invalid', '', unfit);
  const merged = await mergeUsers({ ...read.document, relays }, given.users, named);
  const secrets = withAttemptKey(
    merged.document,
    { ...given.secrets, ...Object.fromEntries(merged.secrets) },
    x.attemptKey,
  );
  const missing = missingSecrets(merged.document, secrets, {
    bridge: x.bridge.file,
    secrets: x.secrets?.file,
  });
  if (missing.length > 0) throw new StartRefused('secret-not-given', '', missing);
  const weak = weakSecrets(merged.document, secrets, {
    bridge: x.bridge.file,
    secrets: x.secrets?.file ?? '',
  });
  if (weak.length > 0) throw new StartRefused('secret-too-weak', '', weak);

  // Read again: users may have come that the directory cannot hold.
  const bridgeJson = JSON.stringify(merged.document, null, 2);
  const again = checkBridgeJson(bridgeJson);
  if (!again.ok) throw invalid(x.secrets?.file ?? x.bridge.file, again.problems);

  const example = given.users.find((user) => user.enabled !== false);
  const inEntra = exampleInEntra(again.document, entraUsers);
  const ringing = ringingIn(again.document, entraUsers, example?.name);
  return {
    bridgeJson,
    secrets,
    relay,
    clients: again.document.clients.filter(isEnabled).map((client) => ({
      name: client.name,
      profile: client.profile,
      addresses: client.addresses,
      secret: secrets[client.secrets[0]?.keyVault ?? ''] ?? '',
    })),
    admitted: admittedBy(again.document, relay.name),
    ...(example ? { example: { user: example.name, password: example.password } } : {}),
    ...(inEntra ? { exampleInEntra: inEntra } : {}),
    tenant: tenantOf(again.document, entraUsers),
    canPrompt: again.document.mfa !== undefined,
    ...(ringing ? { ringing } : {}),
  };
}

function secretsIn(file: TextFile | undefined): SecretsFile {
  if (file === undefined) return { secrets: {}, users: [], entra: { users: [] } };
  const given = readSecretsFile(file.text, file.file);
  if (!given.ok) throw new StartRefused('secrets-file-invalid', '', given.problems);
  return given.secrets;
}

function invalid(file: string, problems: readonly Omit<Problem, 'file'>[]): StartRefused {
  const told = problems.map((problem) => ({ file, ...problem }));
  return new StartRefused('configuration-invalid', '', told);
}

function withLocalRelay(
  relays: readonly RelayEntry[],
  publicKey: string,
): { relays: RelayEntry[]; relay: { name: string; keyId: string } } {
  const [first, ...others] = relays;
  const { name, keyId } = first ?? { name: 'local', keyId: 'local' };
  return { relays: [{ name, keyId, publicKey, enabled: true }, ...others], relay: { name, keyId } };
}

function isEnabled(client: ClientEntry): boolean {
  return client.enabled;
}

function admittedBy(
  document: BridgeConfiguration,
  relay: string,
): Array<{ network: string; patience: number }> {
  const admitted = new Map<string, number>();
  for (const client of document.clients.filter(isEnabled)) {
    if (client.relays && !client.relays.includes(relay)) continue;
    const patience = client.patience ?? PROFILES[client.profile].patience;
    for (const address of client.addresses) admitted.set(canonicalNetwork(address), patience);
  }
  for (const network of loopback) {
    if (!admitted.has(canonicalNetwork(network))) admitted.set(canonicalNetwork(network), loopbackPatience);
  }
  return [...admitted].map(([network, patience]) => ({ network, patience }));
}

function canonicalNetwork(text: string): string {
  return parseNetwork(text)?.toString() ?? canonicalAddress(text) ?? text;
}

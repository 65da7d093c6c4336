import { PROFILES } from '../functions/clients/profiles.ts';
import { SHORTEST_SECRET } from '../functions/clients/shared-secrets.ts';
import type { BridgeConfiguration, ClientEntry, RelayEntry } from '../functions/config/schema.ts';
import { checkBridgeJson } from '../functions/exchange/running.ts';
import { canonicalAddress, parseNetwork } from '../relay-call/address.ts';
import type { Problem } from './faults.ts';
import { StartRefused } from './faults.ts';
import { readSecretsFile } from './secrets-file.ts';
import type { LocalTenant, Ringing } from './tenant.ts';
import { ringingIn, tenantOf } from './tenant.ts';
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
  /** A user whose password is known, to show what can be tried. */
  readonly example?: { readonly user: string; readonly password: string };
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
 * @throws StartRefused with every problem: where, what was found, what was expected
 */
export async function localConfiguration(x: {
  bridge: TextFile;
  secrets: TextFile | undefined;
  publicKey: string;
}): Promise<LocalConfiguration> {
  const read = checkBridgeJson(x.bridge.text);
  if (!read.ok) throw invalid(x.bridge.file, read.problems);
  const given = x.secrets
    ? readSecretsFile(x.secrets.text, x.secrets.file)
    : { ok: true as const, secrets: { secrets: {}, users: [] } };
  if (!given.ok) throw new StartRefused('secrets-file-invalid', '', given.problems);

  const { relays, relay } = withLocalRelay(read.document.relays, x.publicKey);
  const named = new Set(Object.keys(given.secrets.secrets));
  const merged = await mergeUsers({ ...read.document, relays }, given.secrets.users, named);
  const secrets = { ...given.secrets.secrets, ...Object.fromEntries(merged.secrets) };
  const missing = missingSecrets(merged.document, secrets, x.bridge.file);
  if (missing.length > 0) throw new StartRefused('secret-not-given', '', missing);
  const weak = weakSecrets(merged.document, secrets, x.bridge.file);
  if (weak.length > 0) throw new StartRefused('secret-too-weak', '', weak);

  // Read again: users may have come that the directory cannot hold.
  const bridgeJson = JSON.stringify(merged.document, null, 2);
  const again = checkBridgeJson(bridgeJson);
  if (!again.ok) throw invalid(x.secrets?.file ?? x.bridge.file, again.problems);

  const example = given.secrets.users.find((user) => user.enabled !== false);
  const ringing = ringingIn(again.document, example?.name);
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
    tenant: tenantOf(again.document),
    canPrompt: again.document.mfa !== undefined,
    ...(ringing ? { ringing } : {}),
  };
}

function invalid(file: string, problems: readonly Omit<Problem, 'file'>[]): StartRefused {
  const told = problems.map(({ path, found, expected }) => ({ file, path, found, expected }));
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

function missingSecrets(
  document: BridgeConfiguration,
  secrets: Readonly<Record<string, string>>,
  file: string,
): Problem[] {
  const named = [
    ...document.clients.flatMap((client, index) =>
      client.secrets.map((secret, position) => ({
        path: `clients[${index}].secrets[${position}].keyVault`,
        name: secret.keyVault,
      })),
    ),
    ...document.directories.flatMap((directory, index) =>
      directory.users.flatMap(({ credential }, position) =>
        credential && 'secret' in credential
          ? [
              {
                path: `directories[${index}].users[${position}].credential.secret.keyVault`,
                name: credential.secret.keyVault,
              },
            ]
          : [],
      ),
    ),
  ];
  return named
    .filter(({ name }) => !Object.hasOwn(secrets, name))
    .map(({ path, name }) => ({
      file,
      path,
      found: JSON.stringify(name),
      expected: `a secret of this name in the bridge.secrets.json beside it`,
    }));
}

/** What the app would meet with silence, sign-in by sign-in, is told at once here. */
function weakSecrets(
  document: BridgeConfiguration,
  secrets: Readonly<Record<string, string>>,
  file: string,
): Problem[] {
  return document.clients.flatMap((client, index) =>
    client.secrets.flatMap(({ keyVault }, position) => {
      const octets = Buffer.byteLength(secrets[keyVault] ?? '');
      if (octets >= SHORTEST_SECRET || client.allowWeakSecret) return [];
      return [
        {
          file,
          path: `clients[${index}].secrets[${position}].keyVault`,
          found: `${JSON.stringify(keyVault)}, a secret of ${octets} octets`,
          expected: `a secret of ${SHORTEST_SECRET} octets or more, or "allowWeakSecret": true`,
        },
      ];
    }),
  );
}

import * as z from 'zod';
import { directory } from './schema-directory.ts';
import { cloud, mfa, tenant } from './schema-mfa.ts';
import { keyVaultSecret, name } from './schema-names.ts';
import { connectionRequestPolicy, networkPolicy } from './schema-policy.ts';

/** The client profiles of design §5; what each one means stands in functions/clients/profiles.ts. */
export const PROFILE_NAMES = [
  'rd-gateway',
  'windows-vpn',
  'fortigate',
  'palo-alto',
  'cisco-asa',
  'citrix-adc',
  'azure-vpn-gateway',
  'generic',
] as const;
export type ProfileName = (typeof PROFILE_NAMES)[number];

const relay = z
  .strictObject({
    name: name.describe('What this relay is called in records and in a client\'s "relays".'),
    keyId: z
      .string()
      .regex(/^[A-Za-z0-9._-]{1,64}$/, '1 to 64 letters, digits, dots, underscores and hyphens')
      .describe('The keyid the relay signs its calls with (relay.json: keyId).'),
    publicKey: z
      .string()
      .max(1024)
      .describe("The relay's Ed25519 public key: SPKI, DER, base64, as edge-relay keygen prints it."),
    enabled: z
      .boolean()
      .default(true)
      .describe('false: calls of this relay are refused, within a minute of the change.'),
  })
  .describe('An edge relay that may submit packets.');

const client = z
  .strictObject({
    name: name.describe('What this RADIUS client is called in policies and records.'),
    addresses: z
      .array(z.string().max(64))
      .min(1)
      .describe('IPv4 or IPv6 addresses or networks (192.0.2.10, 10.1.0.0/24). The longest prefix wins.'),
    relays: z
      .array(name)
      .min(1)
      .exactOptional()
      .describe('The relays through which this client may speak. Default: every relay.'),
    profile: z.enum(PROFILE_NAMES).describe('What kind of device this is.'),
    secrets: z
      .array(keyVaultSecret)
      .min(1)
      .max(2)
      .describe('The shared secret. While it is being changed: the new one first, then the old one.'),
    messageAuthenticator: z
      .enum(['required', 'optional'])
      .default('required')
      .describe(
        'Whether an Access-Request without Message-Authenticator is discarded. "optional" is open to BlastRADIUS (CVE-2024-3596).',
      ),
    patience: z
      .int()
      .min(1)
      .max(600)
      .exactOptional()
      .describe('How many seconds this client waits for an answer. Default: what its profile says.'),
    allowWeakSecret: z
      .boolean()
      .default(false)
      .describe('true: a shared secret under 16 octets is taken. Whoever records packets can guess it.'),
    enabled: z
      .boolean()
      .default(true)
      .describe('false: packets from these addresses are discarded, also where a wider network would match.'),
  })
  .describe('A RADIUS client: a gateway, a VPN server, a switch.');

/** The shape of bridge.json. What refers to something else is checked by `readConfiguration` (read.ts). */
export const bridgeConfiguration = z
  .strictObject({
    $schema: z.string().max(2048).exactOptional().describe('Where the JSON Schema lies, for editors.'),
    tenant: tenant.exactOptional(),
    cloud,
    timeZone: z
      .string()
      .max(64)
      .default('UTC')
      .describe('The IANA time zone in which dayAndTime conditions are read, such as Europe/Berlin.'),
    relays: z.array(relay).max(1000),
    clients: z.array(client).max(10_000),
    directories: z.array(directory).max(100).default([]),
    mfa: mfa.exactOptional(),
    connectionRequestPolicies: z.array(connectionRequestPolicy).max(1000).default([]),
    networkPolicies: z.array(networkPolicy).max(10_000).default([]),
  })
  .describe('The configuration of radius-bridge (bridge.json). Durations are whole seconds.');

/** A validated document, with every default filled in. */
export type BridgeConfiguration = z.output<typeof bridgeConfiguration>;
export type RelayEntry = BridgeConfiguration['relays'][number];
export type ClientEntry = BridgeConfiguration['clients'][number];
export type DirectoryEntry = BridgeConfiguration['directories'][number];
export type LocalDirectoryEntry = Extract<DirectoryEntry, { kind: 'local' }>;
export type EntraDirectoryEntry = Extract<DirectoryEntry, { kind: 'entra' }>;
export type UserEntry = LocalDirectoryEntry['users'][number];
export type CertificateEntry = MfaEntry['providers'][number]['certificate'];
export type MfaEntry = NonNullable<BridgeConfiguration['mfa']>;
export type CredentialEntry = NonNullable<UserEntry['credential']>;
export type ConnectionRequestPolicyEntry = BridgeConfiguration['connectionRequestPolicies'][number];
export type NetworkPolicyEntry = BridgeConfiguration['networkPolicies'][number];
export type ConditionEntry = NetworkPolicyEntry['conditions'][number];
export type AttributesEntry = NonNullable<NetworkPolicyEntry['attributes']>;

/**
 * The JSON Schema (draft 2020-12) of what an administrator writes: keys with a default are optional. It is looser
 * than `readConfiguration`, which also checks references, keys, time zones and patterns.
 */
export function bridgeJsonSchema(): object {
  return z.toJSONSchema(bridgeConfiguration, { io: 'input' });
}

import { generateKeyPairSync } from 'node:crypto';
import { hashPassword } from '../../../functions/identity/credential.ts';
import { ntHash } from '../../../functions/identity/nt-hash.ts';
import { CLIENT, clients, groupOf, networkPolicies } from '../policy/document.ts';

/** The kinds of credential that a local user can have (docs: `directories[].users[].credential`). */
export const CREDENTIALS = ['clear', 'ntHash', 'scrypt'] as const;
export type CredentialKind = (typeof CREDENTIALS)[number];

export const POLICIES = 100;
export const RELAY = 'site-1';
/** By which host name the relay calls. */
export const AUTHORITY = 'bridge.example';
/** Where the RADIUS client's packets come from: the address of the first of `clients()`. */
export const CLIENT_ADDRESS = '192.0.2.0';

/** What both sides of the measured calls know. */
export interface Scene {
  /** PKCS#8, PEM: the relay's. */
  readonly privateKey: string;
  readonly sharedSecret: string;
  /** Of every user; each is called as the kind of its credential. */
  readonly password: string;
}

/** A scene, the bridge.json that belongs to it, and the key vault's secrets. */
export async function makeScene(): Promise<{
  readonly scene: Scene;
  readonly bridgeJson: string;
  readonly secrets: Readonly<Record<string, string>>;
}> {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const scene: Scene = {
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    sharedSecret: 'Bridge-Bench-Secret-2026!',
    password: 'correct horse battery staple',
  };
  const secrets = {
    'vpn-secret': scene.sharedSecret,
    'clear-password': scene.password,
    'nt-hash': ntHash(Buffer.from(scene.password))?.toString('hex') ?? '',
  };
  const document = {
    relays: [
      {
        name: RELAY,
        keyId: RELAY,
        publicKey: publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
      },
    ],
    clients: clients(),
    directories: [{ name: 'local', kind: 'local', users: await users(scene.password) }],
    connectionRequestPolicies: [
      { name: 'VPN', conditions: [{ client: [CLIENT] }], authentication: { directory: 'local' } },
    ],
    networkPolicies: networkPolicies(POLICIES, 'plain', ALWAYS).map((policy) => ({
      ...policy,
      attributes: { 'Session-Timeout': 3600, 'Filter-Id': 'vpn' },
    })),
  };
  return { scene, bridgeJson: JSON.stringify(document), secrets };
}

/** The bench runs on any day. */
const ALWAYS = Object.fromEntries(
  ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'].map((day) => [
    day,
    ['00:00-24:00'],
  ]),
);

async function users(password: string): Promise<readonly object[]> {
  const credentials: Record<CredentialKind, object> = {
    clear: { kind: 'clear', secret: { keyVault: 'clear-password' } },
    ntHash: { kind: 'ntHash', secret: { keyVault: 'nt-hash' } },
    scrypt: { kind: 'scrypt', hash: await hashPassword(password) },
  };
  const groups = [...Array.from({ length: 50 }, (_, index) => `Other group ${index}`), groupOf(POLICIES - 1)];
  return CREDENTIALS.map((kind) => ({ name: kind, groups, credential: credentials[kind] }));
}

import { randomUUID } from 'node:crypto';
import type { Clock } from '../../relay-call/clock.ts';
import { type KeyVaultCounts, keyVault } from './key-vault.ts';
import { type Listener, listener, type TlsMaterial } from './listener.ts';
import { type ManagedIdentityCounts, managedIdentity } from './managed-identity.ts';
import { type Script, type Stage, stage } from './script.ts';
import { type SecretSeed, secretsOf } from './secrets.ts';
import { type TokenIssuer, tokenIssuer } from './tokens.ts';

export interface StandInOptions {
  /** For the host below; the caller trusts its issuer. */
  readonly tls: TlsMaterial;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default 0: free ones. */
  readonly ports?: { readonly keyVault?: number; readonly managedIdentity?: number };
  readonly secrets: Readonly<Record<string, string | SecretSeed>>;
  /** The client id of a user-assigned identity; without it the app's identity is the system-assigned one. */
  readonly clientId?: string;
  /** Seconds. Default a day. */
  readonly tokenLifetime?: number;
}

export interface StandInCounts {
  readonly keyVault: KeyVaultCounts;
  readonly managedIdentity: ManagedIdentityCounts;
}
export type StandInName = keyof StandInCounts;

export interface StandInAddresses {
  /** KEY_VAULT_URL; needs DISABLE_CHALLENGE_RESOURCE_VERIFICATION. */
  readonly vaultUrl: string;
  /** IDENTITY_ENDPOINT. */
  readonly identityEndpoint: string;
  /** IDENTITY_HEADER. */
  readonly identityHeader: string;
}

export interface StandIns extends StandInAddresses {
  readonly issuer: TokenIssuer;
  counts(): StandInCounts;
  /** In effect when it resolves. */
  script(name: StandInName, script: Script): Promise<void>;
  /** A new version of a secret; undefined deletes it. */
  setSecret(name: string, seed: string | SecretSeed | undefined): void;
  close(): Promise<void>;
}

const aDay = 86_400;

/** Starts every stand-in of Azure's services that the functions call. */
export async function startStandIns(options: StandInOptions & { readonly clock: Clock }): Promise<StandIns> {
  const { clock, tls, host = '127.0.0.1', ports = {} } = options;
  const issuer = tokenIssuer(clock);
  const stages = { keyVault: stage(), managedIdentity: stage() } satisfies Record<StandInName, Stage>;
  const secrets = secretsOf(options.secrets, clock);
  const identityHeader = randomUUID();
  const vault = keyVault({
    issuer,
    secrets,
    stage: stages.keyVault,
    vaultUrl: () => listeners.keyVault.url(),
  });
  const identity = managedIdentity({
    issuer,
    stage: stages.managedIdentity,
    header: identityHeader,
    appId: options.clientId ?? randomUUID(),
    userAssigned: options.clientId !== undefined,
    tokenLifetime: options.tokenLifetime ?? aDay,
  });
  const listeners = {
    keyVault: listener({ host, port: ports.keyVault ?? 0, tls, answer: vault.answer }),
    managedIdentity: listener({ host, port: ports.managedIdentity ?? 0, answer: identity.answer }),
  } satisfies Record<StandInName, Listener>;

  async function close(): Promise<void> {
    for (const one of Object.values(stages)) one.set({ state: 'well' });
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
    issuer,
    counts: () => ({ keyVault: vault.counts(), managedIdentity: identity.counts() }),
    async script(name, script) {
      stages[name].set(script);
      await (script.state === 'refusing' ? listeners[name].refuse() : listeners[name].accept());
    },
    setSecret: secrets.set,
    close,
  };
}

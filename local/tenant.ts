import type { BridgeConfiguration, UserEntry } from '../functions/config/schema.ts';

/** What the stand-ins of Entra, of the MFA connector and of Key Vault's certificates have to know. */
export interface LocalTenant {
  /** The tenant's id; undefined where the configuration needs none. */
  readonly id?: string;
  readonly cloud: BridgeConfiguration['cloud'];
  /** In Key Vault and registered in Entra: those that the MFA providers name. */
  readonly certificates: ReadonlyArray<{ readonly name: string; readonly version?: string }>;
  readonly people: ReadonlyArray<{ readonly upn: string; readonly objectId: string }>;
}

/** A sign-in that rings a phone. */
export interface Ringing {
  readonly user: string;
  /** The name of a RADIUS client that is an RD Gateway, which needs no password. */
  readonly client: string;
}

/** The tenant that a configuration is about, with every user of a local directory that Entra knows. */
export function tenantOf(document: BridgeConfiguration): LocalTenant {
  const certificates = document.mfa?.providers.map(({ certificate: { keyVault, version } }) => ({
    name: keyVault,
    ...(version === undefined ? {} : { version }),
  }));
  // Several local users may be one person in Entra.
  const people = new Map(
    known(document).map(({ upn, objectId }) => [upn.toLowerCase(), { upn, objectId }] as const),
  );
  return {
    ...(document.tenant === undefined ? {} : { id: document.tenant }),
    cloud: document.cloud,
    certificates: certificates ?? [],
    people: [...people.values()],
  };
}

/**
 * What somebody can try to see the phone ring.
 *
 * @param preferred a user's name
 * @returns undefined where nothing prompts, or no client or user is there for it
 */
export function ringingIn(document: BridgeConfiguration, preferred: string | undefined): Ringing | undefined {
  const client = document.clients.find(({ enabled, profile }) => enabled && profile === 'rd-gateway');
  const users = known(document).filter(({ user }) => user.enabled);
  const user = (users.find(({ user: { name } }) => name === preferred) ?? users[0])?.user;
  if (document.mfa === undefined || client === undefined || user === undefined) return undefined;
  return { user: user.name, client: client.name };
}

function known(document: BridgeConfiguration): Array<{ user: UserEntry; upn: string; objectId: string }> {
  return document.directories
    .flatMap(({ users }) => users)
    .flatMap((user) => {
      const upn = user.entra?.userPrincipalName ?? user.upn;
      if (user.entra === undefined || upn === undefined) return [];
      return [{ user, upn, objectId: user.entra.objectId }];
    });
}

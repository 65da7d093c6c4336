import { randomUUID } from 'node:crypto';
import type { TextFile } from '../../../local/configuration.ts';

/** What the one RADIUS client, at 127.0.0.1, shares with the bridge. */
export const gatewaySecret = 'only-for-the-bench-rd-gateway';

/** The name of one person, who signs in by no other. */
export const nameOf = (person: number): string => `person-${person}`;

/** A bridge.json and what lies beside it, in which `count` people may sign in at an RD Gateway once they approve. */
export function configurationFor(count: number): { bridge: TextFile; secrets: TextFile } {
  const group = 'Remote Desktop Users';
  const users = Array.from({ length: count }, (_, person) => ({
    name: nameOf(person),
    groups: [group],
    entra: { objectId: randomUUID(), userPrincipalName: `${nameOf(person)}@contoso.example` },
  }));
  const bridge = {
    tenant: randomUUID(),
    timeZone: 'Europe/Berlin',
    relays: [],
    clients: [
      {
        name: 'rd-gateway',
        addresses: ['127.0.0.1'],
        profile: 'rd-gateway',
        secrets: [{ keyVault: 'rd-gateway-secret' }],
      },
    ],
    directories: [{ name: 'local', kind: 'local', users }],
    mfa: { providers: [{ kind: 'connector', certificate: { keyVault: 'nps-mfa' } }] },
    connectionRequestPolicies: [
      { name: 'All', conditions: [{ always: true }], authentication: { directory: 'local' } },
    ],
    networkPolicies: [
      {
        name: 'RD Gateway',
        accessServerType: 'remote-desktop-gateway',
        conditions: [{ userGroup: [group] }],
        permission: 'grant',
        mfa: 'required',
        constraints: { authenticationMethods: ['unauthenticated'] },
      },
    ],
  };
  return {
    bridge: { file: 'bridge.json', text: JSON.stringify(bridge) },
    secrets: {
      file: 'bridge.secrets.json',
      text: JSON.stringify({ secrets: { 'rd-gateway-secret': gatewaySecret } }),
    },
  };
}

/** The public key of RFC 8410 §10.1. */
export const PUBLIC_KEY = 'MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=';
/** The private key of RFC 8410 §10.3. */
export const PRIVATE_KEY = 'MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC';

export const TENANT = '6f1d2b0e-8c53-4f2b-9b1e-1f2a7c9d4e10';

type Json = Record<string, unknown>;

/** A small valid document, with top-level keys replaced. */
export function document(over: Json = {}): Json {
  return {
    relays: [relay()],
    clients: [client()],
    directories: [{ name: 'local', kind: 'local', users: [{ name: 'alice', groups: ['VPN'] }] }],
    connectionRequestPolicies: [connectionRequestPolicy()],
    networkPolicies: [networkPolicy()],
    ...over,
  };
}

export function relay(over: Json = {}): Json {
  return { name: 'site-1', keyId: 'site-1', publicKey: PUBLIC_KEY, ...over };
}

export function client(over: Json = {}): Json {
  return {
    name: 'vpn-1',
    addresses: ['192.0.2.10'],
    profile: 'generic',
    secrets: [{ keyVault: 'vpn-secret' }],
    ...over,
  };
}

export function connectionRequestPolicy(over: Json = {}): Json {
  return {
    name: 'Everybody',
    conditions: [{ always: true }],
    authentication: { directory: 'local' },
    ...over,
  };
}

export function mfa(over: Json = {}): Json {
  return { providers: [{ kind: 'connector', certificate: { keyVault: 'nps-mfa' } }], ...over };
}

export function networkPolicy(over: Json = {}): Json {
  return {
    name: 'VPN users',
    conditions: [{ userGroup: ['VPN'] }],
    permission: 'grant',
    mfa: 'none',
    constraints: { authenticationMethods: ['pap'] },
    ...over,
  };
}

/** An Entra directory; the document it stands in needs a `tenant`. */
export function entraDirectory(over: Json = {}): Json {
  return { name: 'cloud', kind: 'entra', ...over };
}

import type { SecretReader } from '../keyvault/secrets.ts';
import { type SharedSecret, sharedSecret } from '../radius/secret.ts';

/** RFC 2865 §3 asks for 16 octets; shorter ones can be guessed from a recorded packet. */
const SHORTEST = 16;

/** The client's secrets cannot be used until an administrator acts. */
export class SecretTooWeak extends Error {
  readonly code = 'secret-too-weak';
  readonly secret: string;
  constructor(secret: string) {
    super(CLIENT_SECRET_FAULTS['secret-too-weak']);
    this.name = 'SecretTooWeak';
    this.secret = secret;
  }
}

export const CLIENT_SECRET_FAULTS = {
  'secret-too-weak':
    'The shared secret of a RADIUS client is shorter than 16 octets, and the client does not say allowWeakSecret.',
} as const;

export interface SharedSecrets {
  /**
   * The client's shared secrets in the order of its configuration.
   *
   * @throws VaultUnreachable, SecretMissing, SecretTooWeak
   */
  of(
    client: { readonly secretNames: readonly string[]; readonly allowWeakSecret: boolean },
    signal: AbortSignal,
  ): Promise<readonly SharedSecret[]>;
}

export function sharedSecrets(reader: SecretReader): SharedSecrets {
  // The reader returns the same Buffer until the secret changes, so the prepared key lives exactly as long.
  const prepared = new WeakMap<Buffer, SharedSecret>();
  return {
    of: (client, signal) =>
      Promise.all(
        client.secretNames.map(async (name) => {
          const octets = await reader.read(name, signal);
          if (octets.length < SHORTEST && !client.allowWeakSecret) throw new SecretTooWeak(name);
          let secret = prepared.get(octets);
          if (secret === undefined || secret.name !== name) {
            secret = sharedSecret(name, octets);
            prepared.set(octets, secret);
          }
          return secret;
        }),
      ),
  };
}

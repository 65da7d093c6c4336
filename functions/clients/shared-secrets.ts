import { SecretMissing, type SecretReader } from '../keyvault/secrets.ts';
import { type SharedSecret, sharedSecret } from '../radius/secret.ts';

/** In octets, as RFC 2865 §3 asks; shorter ones can be guessed from a recorded packet. */
export const SHORTEST_SECRET = 16;

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
   * The client's shared secrets in the order of its configuration. One that is missing or too weak is told and left
   * out; of two, the other one goes on, so that a rotation can begin and end at either vault entry.
   *
   * @throws VaultUnreachable where one of them cannot be read just now: it could be the one that proves the packet
   * @throws SecretMissing, SecretTooWeak where none is left
   */
  of(
    client: {
      readonly name: string;
      readonly secretNames: readonly string[];
      readonly allowWeakSecret: boolean;
    },
    signal: AbortSignal,
    unusableSecret: (secret: string, code: string) => void,
  ): Promise<readonly SharedSecret[]>;
}

export function sharedSecrets(reader: SecretReader): SharedSecrets {
  // The reader returns the same Buffer until the secret changes, so the prepared key lives exactly as long.
  const prepared = new WeakMap<Buffer, SharedSecret>();

  async function prepare(name: string, allowWeak: boolean, signal: AbortSignal): Promise<SharedSecret> {
    const octets = await reader.read(name, signal);
    if (octets.length < SHORTEST_SECRET && !allowWeak) throw new SecretTooWeak(name);
    const known = prepared.get(octets);
    if (known?.name === name) return known;
    const secret = sharedSecret(name, octets);
    prepared.set(octets, secret);
    return secret;
  }

  return {
    async of({ secretNames, allowWeakSecret }, signal, unusableSecret) {
      const read = await Promise.allSettled(
        secretNames.map((name) => prepare(name, allowWeakSecret, signal)),
      );
      const usable: SharedSecret[] = [];
      let unusable: SecretMissing | SecretTooWeak | undefined;
      for (const [index, outcome] of read.entries()) {
        if (outcome.status === 'fulfilled') {
          usable.push(outcome.value);
          continue;
        }
        const { reason } = outcome;
        if (!(reason instanceof SecretMissing || reason instanceof SecretTooWeak)) throw reason;
        unusable ??= reason;
        unusableSecret(secretNames[index] ?? '', reason.code);
      }
      if (usable.length === 0 && unusable !== undefined) throw unusable;
      return usable;
    },
  };
}

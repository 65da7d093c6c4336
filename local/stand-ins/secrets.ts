import { randomBytes } from 'node:crypto';
import type { Clock } from '../../relay-call/clock.ts';

/** A secret to serve. Dates in milliseconds since the epoch; shown, but as in the real vault not enforced. */
export interface SecretSeed {
  readonly value: string;
  readonly enabled?: boolean;
  readonly notBefore?: number;
  readonly expires?: number;
}

export interface SecretVersion extends SecretSeed {
  readonly name: string;
  readonly version: string;
  readonly created: number;
}

export interface Secrets {
  /** A new version; undefined deletes the secret with all its versions. */
  set(name: string, seed: string | SecretSeed | undefined): void;
  /** The newest version unless one is named. Names are case-insensitive. */
  find(name: string, version: string | undefined): SecretVersion | undefined;
}

/** The secrets of the key vault's stand-in, with all their versions. */
export function secretsOf(seeds: Readonly<Record<string, string | SecretSeed>>, clock: Clock): Secrets {
  const versions = new Map<string, SecretVersion[]>();
  function set(name: string, seed: string | SecretSeed | undefined): void {
    const id = name.toLowerCase();
    if (seed === undefined) {
      versions.delete(id);
      return;
    }
    const secret = typeof seed === 'string' ? { value: seed } : seed;
    const version = { ...secret, name, version: randomBytes(16).toString('hex'), created: clock.now() };
    versions.set(id, [...(versions.get(id) ?? []), version]);
  }
  for (const [name, seed] of Object.entries(seeds)) set(name, seed);
  return {
    set,
    find: (name, version) => {
      const all = versions.get(name.toLowerCase());
      return version === undefined ? all?.at(-1) : all?.find((one) => one.version === version);
    },
  };
}

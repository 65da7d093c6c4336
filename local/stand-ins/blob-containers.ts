import { randomBytes } from 'node:crypto';
import type { Clock } from '../../relay-call/clock.ts';

/** One version of a blob. */
export interface StoredBlob {
  readonly name: string;
  /** A time with seven digits behind its seconds; each is later than all before. */
  readonly versionId: string;
  readonly isCurrent: boolean;
  /** Without quotation marks, `0x8D...`; no two are alike. */
  readonly etag: string;
  /** Milliseconds since the epoch. */
  readonly created: number;
  readonly octets: Buffer;
}

/** Containers with versioned blobs. */
export interface Containers {
  /** Makes a new version the current one; makes the container, too. Returns the ETag without quotation marks. */
  put(container: string, name: string, octets: Uint8Array): string;
  /** No version is the current one any more; they stay. What is not there is no fault. */
  remove(container: string, name: string): void;
  /** All versions, by name and from oldest to newest; undefined where there is no such container. */
  list(container: string): readonly StoredBlob[] | undefined;
  /** The version of this id, or the current one. */
  find(container: string, name: string, versionId: string | undefined): StoredBlob | undefined;
}

type Version = Omit<StoredBlob, 'isCurrent'>;

export function containersOf(clock: Clock): Containers {
  const containers = new Map<string, Map<string, { versions: Version[]; current: Version | undefined }>>();
  let newest = 0n;

  /** Ticks of 100 nanoseconds since the epoch. */
  function nextTick(): bigint {
    const now = BigInt(clock.now()) * 10_000n;
    newest = now > newest ? now : newest + 1n;
    return newest;
  }

  function list(container: string): StoredBlob[] | undefined {
    const blobs = containers.get(container);
    if (blobs === undefined) return undefined;
    const names = [...blobs.keys()].sort();
    return names.flatMap((name) => {
      const { versions = [], current } = blobs.get(name) ?? {};
      return versions.map((version) => ({ ...version, isCurrent: version === current }));
    });
  }

  return {
    put(container, name, octets) {
      const ticks = nextTick();
      const created = Number(ticks / 10_000n);
      const time = new Date(created).toISOString().slice(0, -1);
      const version: Version = {
        name,
        versionId: `${time}${String(ticks % 10_000n).padStart(4, '0')}Z`,
        etag: `0x8D${randomBytes(7).toString('hex').toUpperCase()}`,
        created,
        octets: Buffer.from(octets),
      };
      const blobs = containers.get(container) ?? new Map();
      containers.set(container, blobs);
      blobs.set(name, { versions: [...(blobs.get(name)?.versions ?? []), version], current: version });
      return version.etag;
    },
    remove(container, name) {
      const blob = containers.get(container)?.get(name);
      if (blob !== undefined) blob.current = undefined;
    },
    list,
    find: (container, name, versionId) =>
      list(container)?.find(
        (blob) =>
          blob.name === name && (versionId === undefined ? blob.isCurrent : blob.versionId === versionId),
      ),
  };
}

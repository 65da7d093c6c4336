import type { TableEntityResult } from '@azure/data-tables';
import { StoreUnreachable } from './port.ts';

/** A row as it lies in Azure Tables. */
export interface TableEntity {
  readonly partitionKey: string;
  readonly rowKey: string;
  /** Edm.Binary: it holds twice of what text does. */
  readonly value: Uint8Array;
  /** Edm.Int64: milliseconds since the epoch. */
  readonly expires: bigint;
  /** Another one after each write, so that a write whose answer was lost is known again. */
  readonly mark: string;
}

/** The state of a row that can be compared and set. */
export interface KnownState {
  readonly expires: number;
  /** The service's own. */
  readonly etag: string;
}

export interface FoundRow extends KnownState {
  readonly key: string;
  readonly octets: Buffer;
  readonly mark: string;
}

/** The row to write. */
export function entityOf(x: {
  readonly partition: string;
  readonly key: string;
  readonly octets: Buffer;
  readonly expires: number;
  readonly mark: string;
}): TableEntity {
  const expires = BigInt(Math.ceil(x.expires));
  return { partitionKey: x.partition, rowKey: x.key, value: x.octets, expires, mark: x.mark };
}

/** Throws {@link StoreUnreachable} for a row that this program has not written. */
export function rowOf(entity: TableEntityResult<Record<string, unknown>>): FoundRow {
  const { rowKey, etag, value, expires, mark } = entity;
  const whole =
    typeof rowKey === 'string' &&
    etag !== undefined &&
    value instanceof Uint8Array &&
    typeof expires === 'bigint' &&
    typeof mark === 'string';
  if (!whole) throw new StoreUnreachable('row unreadable');
  const octets = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  return { key: rowKey, octets, expires: Number(expires), mark, etag };
}

/**
 * The port's etag: the service's and the row's expiry, so that a write over an expired row is known to be one without
 * a read.
 */
export function portEtag({ expires, etag }: KnownState): string {
  return `${expires} ${etag}`;
}

/** The inverse of {@link portEtag}; undefined for what it has not made. */
export function knownState(text: string): KnownState | undefined {
  const [, expires, etag] = /^(\d+) (.+)$/.exec(text) ?? [];
  return expires === undefined || etag === undefined ? undefined : { expires: Number(expires), etag };
}

/** What can go wrong with the store, in an administrator's words. */
export const STORE_FAULTS = {
  'store-unreachable': 'The store cannot be reached, so nothing that depends on it can be decided.',
  'value-too-large': 'A value is larger than a row of the store can hold.',
  'key-unsafe': 'A row was addressed by a key that the store cannot hold; keys are made by rowKey().',
  'table-name-wrong': 'A table was opened by a name that the store cannot hold.',
} as const;
export type StoreFaultCode = keyof typeof STORE_FAULTS;

/** The store did not answer, not in time, or with a refusal. Whether a write was done cannot be known. */
export class StoreUnreachable extends Error {
  readonly code = 'store-unreachable' satisfies StoreFaultCode;
  /**
   * Status and code as the service or the network gave them, e.g. `403 AuthorizationPermissionMismatch`, or what else
   * was wrong: `timeout`, `answer lost`, `row unreadable`. May be empty.
   */
  readonly detail: string;
  constructor(detail = '') {
    super(STORE_FAULTS['store-unreachable']);
    this.name = 'StoreUnreachable';
    this.detail = detail;
  }
}

/** The caller asked for something that no adapter can do. Nothing was written. */
export class StoreMisused extends Error {
  readonly code: Exclude<StoreFaultCode, 'store-unreachable'>;
  constructor(code: Exclude<StoreFaultCode, 'store-unreachable'>) {
    super(STORE_FAULTS[code]);
    this.name = 'StoreMisused';
    this.code = code;
  }
}

interface Stored<T> {
  readonly value: T;
  /** Opaque; differs after every write of the row. */
  readonly etag: string;
}

/**
 * Rows under partition and key. Every row carries its own expiry (`expires`, milliseconds since the epoch): from
 * that moment on it is as if absent for every operation, whether it has been swept or not.
 *
 * `T` is anything JSON can carry; what is read is a copy. Keys are made by {@link rowKey}.
 * Every method throws {@link StoreUnreachable}, and {@link StoreMisused} for a key or value that cannot be held.
 */
export interface Table<T> {
  /** Writes a row that must not be there yet; of several at once exactly one gets an etag. */
  insert(partition: string, key: string, value: T, expires: number): Promise<string | 'exists'>;
  /** Always the newest state, never a replica's older one. */
  read(partition: string, key: string): Promise<Stored<T> | undefined>;
  /** Compare and set: `'changed'` when the row is absent or its etag is another. */
  replace(
    partition: string,
    key: string,
    etag: string,
    value: T,
    expires: number,
  ): Promise<string | 'changed'>;
  /** True when this very call removed the row; with an etag, only when it was still that one. */
  remove(partition: string, key: string, etag?: string): Promise<boolean>;
  /** The partition's rows in ascending order of their keys' octets. */
  list(partition: string): AsyncIterable<{ readonly key: string } & Stored<T>>;
}

/** How a table is kept. */
export interface TableOptions {
  /**
   * For rows that live long and whose partitions sort by time: the key below which a partition may hold expired rows
   * at `now` (milliseconds since the epoch). A sweep does not look at the partitions from there on, which would cost a
   * read of the whole table each time.
   */
  readonly sweepBelow?: (now: number) => string;
}

/** Everything that outlives one invocation. */
export interface Store {
  /** The same name always opens the same rows. Names: a letter, then 2 to 62 letters or digits. */
  table<T>(name: string, options?: TableOptions): Table<T>;
  /**
   * Removes expired rows of every table that was opened; how many went. What is left when the signal aborts goes at
   * the next time. Throws {@link StoreUnreachable}.
   */
  sweep(signal?: AbortSignal): Promise<number>;
}

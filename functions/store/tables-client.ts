import type { TokenCredential } from '@azure/identity';
import { StoreUnreachable } from './port.ts';
import { callTable, type Retries, type Said } from './tables-call.ts';
import { type FoundRow, type KnownState, rowOf, type TableEntity } from './tables-row.ts';

export interface TablesAccess {
  /** `https://ACCOUNT.table.core.windows.net` */
  readonly url: string;
  /** Of an identity with the role Storage Table Data Contributor. */
  readonly credential: TokenCredential;
  /** Milliseconds for one operation of the store with all its calls and repeats. Default 5,000. */
  readonly patience?: number;
  readonly retryOptions?: Retries;
}

/** A part of a listing; `next` continues it. */
interface Page<R> {
  readonly rows: readonly R[];
  readonly next: string | undefined;
}

/** Where an expired row lies, without what it holds. */
export interface ExpiredRow {
  readonly partition: string;
  readonly key: string;
  readonly etag: string;
}

/** The calls of one operation: together they have its patience. All throw {@link StoreUnreachable}. */
export interface TableCalls {
  /** The written row's state. */
  insert(entity: TableEntity): Promise<Said<KnownState>>;
  /** The written row's state. */
  replace(entity: TableEntity, etag: string): Promise<Said<KnownState>>;
  read(partition: string, key: string): Promise<FoundRow | undefined>;
  remove(partition: string, key: string, etag: string): Promise<Said<unknown>>;
  page(partition: string, from: string | undefined): Promise<Page<FoundRow>>;
  /** Rows that had expired at `now`, of the partitions below `below`. */
  expiredPage(now: number, below: string | undefined, from: string | undefined): Promise<Page<ExpiredRow>>;
  makeTable(): Promise<void>;
}

const defaultPatience = 5_000;
/** The service alone may take five seconds to look through a part of a table. */
const scanPatience = 30_000;

/** The calls to one table; the signal ends an operation as the end of its patience does. */
export function tableCalls(access: TablesAccess, name: string): (signal?: AbortSignal) => TableCalls {
  const { url, credential, patience = defaultPatience, retryOptions: retries = {} } = access;
  let loading: ReturnType<typeof load> | undefined;
  let making: Promise<void> | undefined;

  async function load() {
    const { odata, TableClient } = await import('./sdk.ts');
    // Repeating is done by callTable: who repeats must know that an earlier try may have been done.
    const options = { retryOptions: { maxRetries: 0 } };
    return { odata, client: new TableClient(url, name, credential, options) };
  }

  return (outer) => {
    function begin(time: number) {
      const over = AbortSignal.timeout(time);
      const signal = outer === undefined ? over : AbortSignal.any([over, outer]);
      return async <R>(run: (x: Awaited<ReturnType<typeof load>>, signal: AbortSignal) => Promise<R>) => {
        loading ??= load();
        const loaded = await loading;
        return callTable((abort) => run(loaded, abort), { signal, patience: time, retries });
      };
    }
    const call = begin(patience);

    return {
      insert: (entity) =>
        call(async ({ client }, abortSignal) =>
          written(entity, await client.createEntity(entity, { abortSignal })),
        ),
      replace: (entity, etag) =>
        call(async ({ client }, abortSignal) =>
          written(entity, await client.updateEntity(entity, 'Replace', { etag, abortSignal })),
        ),
      async read(partition, key) {
        const answer = await call(({ client }, abortSignal) =>
          client.getEntity<Record<string, unknown>>(partition, key, { abortSignal }),
        );
        return answer.said === 'done' ? rowOf(answer.value) : undefined;
      },
      remove: (partition, key, etag) =>
        call(({ client }, abortSignal) => client.deleteEntity(partition, key, { etag, abortSignal })),
      async page(partition, from) {
        const answer = await call(async ({ client, odata }, abortSignal) => {
          const queryOptions = { filter: odata`PartitionKey eq ${partition}` };
          return onePage(client.listEntities<Record<string, unknown>>({ queryOptions, abortSignal }), from);
        });
        if (answer.said !== 'done') return { rows: [], next: undefined };
        return { rows: answer.value.rows.map(rowOf), next: answer.value.next };
      },
      async expiredPage(now, below, from) {
        const answer = await begin(scanPatience)(async ({ client, odata }, abortSignal) => {
          const expired = odata`expires le ${BigInt(Math.floor(now))}L`;
          const filter = below === undefined ? expired : odata`PartitionKey lt ${below} and `.concat(expired);
          const queryOptions = { filter, select: ['partitionKey', 'rowKey', 'timestamp'] };
          return onePage(client.listEntities<Record<string, unknown>>({ queryOptions, abortSignal }), from);
        });
        if (answer.said !== 'done') return { rows: [], next: undefined };
        return { rows: answer.value.rows.map(expiredRow), next: answer.value.next };
      },
      makeTable() {
        // Of many who miss it at the same time one makes it.
        making ??= make().finally(() => {
          making = undefined;
        });
        return making;
      },
    };

    async function make(): Promise<void> {
      const { said } = await call(({ client }, abortSignal) => client.createTable({ abortSignal }));
      if (said !== 'done') throw new StoreUnreachable(said);
    }
  };
}

function written({ expires }: TableEntity, { etag }: { readonly etag?: string }): KnownState {
  if (etag === undefined) throw new StoreUnreachable('answer unreadable');
  return { expires: Number(expires), etag };
}

/** Without an etag the SDK would delete whatever lies there. */
function expiredRow({ partitionKey, rowKey, etag }: Listed): ExpiredRow {
  if (partitionKey === undefined || rowKey === undefined || etag === undefined) {
    throw new StoreUnreachable('answer unreadable');
  }
  return { partition: partitionKey, key: rowKey, etag };
}

type Listed = Parameters<typeof rowOf>[0];

/** One page, so that each has a patience of its own and is repeated alone. */
async function onePage(
  listing: {
    byPage(x: {
      continuationToken?: string;
    }): AsyncIterableIterator<Listed[] & { continuationToken?: string }>;
  },
  from: string | undefined,
): Promise<Page<Listed>> {
  const pages = listing.byPage(from === undefined ? {} : { continuationToken: from });
  const { value: page } = await pages.next();
  return { rows: page ?? [], next: page?.continuationToken };
}

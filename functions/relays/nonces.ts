import type { Clock } from '../../relay-call/clock.ts';
import { rowKey } from '../store/keys.ts';
import type { Table } from '../store/port.ts';

/** A spent nonce needs no content: that the row is there says it. */
export type SpentNonce = Record<string, never>;

/** The name of the table for {@link spendNonce}. */
export const NONCES = 'nonces';

// A call is good for 60 s after `created`; instances whose clocks differ by up to 30 s must still find the row.
const remembered = 90_000;

/**
 * Spends the nonce of a call whose signature holds; of all attempts with the same one, on any instance, exactly one
 * gets true. A call so old that its row would already be as if absent gets false.
 *
 * Throws StoreUnreachable: the call must then be answered 503, whatever it is.
 */
export async function spendNonce(
  table: Table<SpentNonce>,
  call: { readonly keyid: string; readonly nonce: string; readonly created: number /* s */ },
  clock: Clock,
): Promise<boolean> {
  const expires = call.created * 1000 + remembered;
  if (clock.now() >= expires) return false;
  const partition = rowKey(call.keyid, String(Math.floor(call.created / 60)));
  return (await table.insert(partition, rowKey(call.nonce), {}, expires)) !== 'exists';
}

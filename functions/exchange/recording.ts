import type { Clock } from '../../relay-call/clock.ts';
import { DECISIONS, type DecisionRecord } from '../records/decision.ts';
import type { Log } from '../records/log.ts';
import { rowKey } from '../store/keys.ts';
import { type Store, StoreMisused, StoreUnreachable, type Table } from '../store/port.ts';

/** Keeps a record. Rejects only for a fault of our own. */
export type Recording = (record: DecisionRecord, log: Log) => Promise<void>;

const DAY = 86_400_000;

/**
 * The records by day (UTC) and, within a day, by time.
 *
 * @param lifetime milliseconds for which a record is kept
 */
export function decisionRecords(store: Store, lifetime: number): Table<DecisionRecord> {
  return store.table<DecisionRecord>(DECISIONS, { sweepBelow: (now) => dayOf(now - lifetime + DAY) });
}

/**
 * Writes each record to the log, which reaches Application Insights, and to the store. One that the store cannot take
 * is not lost: the log has it.
 */
export function createRecording(x: {
  readonly records: Table<DecisionRecord>;
  /** Milliseconds for which a record is kept. */
  readonly lifetime: number;
  readonly clock: Clock;
}): Recording {
  return async (record, log) => {
    log({ event: 'decision', ...record });
    await store(x.records, record, x.clock.now() + x.lifetime, log);
  };
}

async function store(
  records: Table<DecisionRecord>,
  record: DecisionRecord,
  expires: number,
  log: Log,
): Promise<void> {
  try {
    await records.insert(dayOf(Date.parse(record.time)), rowKey(record.time, record.id), record, expires);
  } catch (error) {
    // What a gateway's own attributes have made too large is no reason to leave somebody without an answer.
    if (!(error instanceof StoreUnreachable || error instanceof StoreMisused)) throw error;
    const detail = error instanceof StoreUnreachable ? error.detail : '';
    log({ event: 'record-not-stored', code: error.code, ...(detail && { detail }), id: record.id });
  }
}

/** @param time milliseconds since the epoch */
function dayOf(time: number): string {
  return rowKey(new Date(time).toISOString().slice(0, 10));
}

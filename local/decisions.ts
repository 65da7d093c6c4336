import { closeSync, openSync, writeSync } from 'node:fs';
import { StartRefused } from './faults.ts';

/** The decisions of a bridge, as its functions logged them. */
export interface Decisions {
  /** Takes a line that the functions logged; false when it is no decision. */
  take(text: string): boolean;
  /** Parsed records, the oldest first; the newest `keep` of them. */
  recent(): readonly unknown[];
  /** How many there were. */
  readonly count: number;
  close(): void;
}

const keep = 200;

/**
 * @param file when given, gets one JSON line for each decision
 * @param decided is told of each
 * @throws what the file system says when the file cannot be opened
 */
export function collectDecisions(
  file: string | undefined,
  decided: (record: unknown) => void = () => undefined,
): Decisions {
  const descriptor = file === undefined ? undefined : openSync(file, 'a');
  const records: unknown[] = [];
  let count = 0;
  return {
    take(text) {
      const record = decisionOf(text);
      if (record === undefined) return false;
      count++;
      records.push(record);
      if (records.length > keep) records.shift();
      decided(record);
      // As the functions logged it: their line is ASCII, whatever a user calls themselves.
      if (descriptor !== undefined) writeSync(descriptor, `${text.trim()}\n`);
      return true;
    },
    recent: () => records,
    get count() {
      return count;
    },
    close() {
      if (descriptor !== undefined) closeSync(descriptor);
    },
  };
}

/**
 * Collects them into the file of the flag.
 *
 * @throws StartRefused `flag-wrong` when the file cannot be opened
 */
export function openDecisions(
  file: string | undefined,
  decided: ((record: unknown) => void) | undefined,
): Decisions {
  try {
    return collectDecisions(file, decided);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    throw new StartRefused('flag-wrong', `--decisions ${file} cannot be written (${code}).`);
  }
}

function decisionOf(text: string): unknown {
  if (!text.startsWith('{')) return undefined;
  try {
    const record: unknown = JSON.parse(text);
    const isDecision =
      typeof record === 'object' && record !== null && 'event' in record && record.event === 'decision';
    return isDecision ? record : undefined;
  } catch {
    return undefined;
  }
}

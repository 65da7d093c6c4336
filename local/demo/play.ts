import type { Clock } from '../../relay-call/clock.ts';
import type { Row } from './rows.ts';
import { type Stage, StageUnfit } from './stage.ts';

/** What became of a row. */
export interface RowResult {
  readonly title: string;
  readonly expected: string;
  /** `unfit`: this machine or this bridge does not have what the row needs. */
  readonly verdict: 'as expected' | 'differs' | 'pending' | 'unfit';
  readonly seen: string;
  /** Milliseconds. */
  readonly took?: number;
  /** Counted by the MFA provider; absent where there is none. */
  readonly prompts?: number;
  readonly cloudCalls?: number;
}

/** Plays the rows one after the other. A row that fails does not keep the next ones from being played. */
export async function playRows(
  rows: readonly Row[],
  stage: Stage,
  clock: Clock,
  show: (result: RowResult) => void,
): Promise<readonly RowResult[]> {
  const results: RowResult[] = [];
  for (const row of rows) {
    const result = await playRow(row, stage, clock);
    show(result);
    results.push(result);
  }
  return results;
}

async function playRow({ title, expected, play }: Row, stage: Stage, clock: Clock): Promise<RowResult> {
  if (play === undefined) return { title, expected, verdict: 'pending', seen: 'pending' };
  const start = clock.monotonic();
  try {
    const before = await stage.cloudCalls();
    const seen = await play(stage);
    const took = clock.monotonic() - start;
    const cloudCalls = (await stage.cloudCalls()) - before;
    const verdict = seen === expected ? 'as expected' : 'differs';
    return { title, expected, verdict, seen, took, cloudCalls };
  } catch (error) {
    const seen = error instanceof Error ? error.message : String(error);
    const verdict = error instanceof StageUnfit ? 'unfit' : 'differs';
    return { title, expected, verdict, seen, took: clock.monotonic() - start };
  }
}

import type { Clock } from '../../relay-call/clock.ts';
import type { Row } from './rows.ts';
import { type Stage, StageUnfit, type Used } from './stage.ts';

/** What became of a row. */
export interface RowResult {
  readonly title: string;
  readonly expected: string;
  /** `unfit`: this machine or this bridge does not have what the row needs. */
  readonly verdict: 'as expected' | 'differs' | 'unfit';
  readonly seen: string;
  /** Milliseconds. */
  readonly took: number;
  /** Absent where the row could not be played to its end. */
  readonly used?: Used;
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

async function playRow(row: Row, stage: Stage, clock: Clock): Promise<RowResult> {
  const { title, expected } = row;
  const start = clock.monotonic();
  try {
    const before = await stage.used();
    const outcome = await row.play(stage);
    const took = clock.monotonic() - start;
    const used = difference(await stage.used(), before);
    const parts = [outcome, counted(used.prompts, 'prompt')];
    if (row.tells !== undefined) parts.push(counted(used[row.tells], WORDS[row.tells]));
    const seen = parts.join(', ');
    const verdict = seen === expected ? 'as expected' : 'differs';
    return { title, expected, verdict, seen, took, used };
  } catch (error) {
    const seen = error instanceof Error ? error.message : String(error);
    const verdict = error instanceof StageUnfit ? 'unfit' : 'differs';
    return { title, expected, verdict, seen, took: clock.monotonic() - start };
  }
}

const WORDS = { vaultCalls: 'vault call', passwordChecks: 'password check' } as const;

function difference(after: Used, before: Used): Used {
  return {
    prompts: after.prompts - before.prompts,
    vaultCalls: after.vaultCalls - before.vaultCalls,
    passwordChecks: after.passwordChecks - before.passwordChecks,
    cloudCalls: after.cloudCalls - before.cloudCalls,
  };
}

function counted(times: number, what: string): string {
  if (times === 0) return `no ${what}`;
  return `${times} ${what}${times === 1 ? '' : 's'}`;
}

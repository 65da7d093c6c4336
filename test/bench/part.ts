import type { Cores } from './machine/cores.ts';

/** What a figure counts. Seconds and their parts, bytes in millions, events in a second, shares, multiples. */
export type Unit = 'µs' | 'ms' | 's' | 'MB' | 'KB' | '/s' | '%' | '×' | '';

/** One thing that was measured. */
export interface Figure {
  readonly value: number;
  readonly unit: Unit;
}

/** A line of a table: its name, then one cell for each column after the first. Text stands where nothing was measured. */
export interface Row {
  readonly name: string;
  readonly cells: ReadonlyArray<Figure | string>;
}

export interface Table {
  readonly title: string;
  /** The first one heads the rows' names. */
  readonly columns: readonly string[];
  readonly rows: readonly Row[];
  /** Sentences under the table: what was left out and why, what a figure does and does not hold. */
  readonly remarks: readonly string[];
}

/** A figure that the project wants to reach, and the one that this run found. */
export interface Goal {
  readonly name: string;
  /** Or why there is none. */
  readonly measured: Figure | string;
  readonly limit: Figure;
  /** Whether the limit is the most or the least that is wanted. */
  readonly wanted: 'at most' | 'at least';
}

export interface Measured {
  readonly tables: readonly Table[];
  readonly goals: readonly Goal[];
}

/** What a part of the bench gets from the run. */
export interface BenchRun {
  /** Shows that everything still works, with runs too short for figures that mean something. */
  readonly quick: boolean;
  /** Where the run and whatever it starts stand, and what is measured is to stand. */
  readonly cores: Cores;
  /** An empty folder of this run, removed at its end. */
  readonly directory: string;
  /** Ends early: programs that a part started must go, and `measure` rejects with the signal's reason. */
  readonly signal: AbortSignal;
  /** One line on standard error: what goes on. */
  readonly progress: (line: string) => void;
}

/** One part of the bench. */
export interface Part {
  /** As on the command line. */
  readonly name: string;
  /** One line for `--help`. */
  readonly summary: string;
  /**
   * Measures. What is compared is measured in turns within this call, so that a busy machine harms all sides alike.
   *
   * @throws Error when something answers wrongly: a figure of work that was not done is worth nothing.
   */
  readonly measure: (run: BenchRun) => Promise<Measured>;
}

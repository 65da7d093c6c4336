import { cpuMicroseconds } from '../machine/cpu.ts';
import { evaluationOf, type Size } from './compiled.ts';

/** An evaluation and what it costs, CPU time in µs. */
export interface Timed extends Size {
  /** Evaluates once and again; the best of all times that this was called. Noise and other tenants only add. */
  warm(milliseconds: number): void;
  /** Empties the processor's caches and evaluates once. */
  cold(): void;
  /** Forgets what was found so far. */
  forget(): void;
  readonly found: { readonly warm: number; readonly cold: readonly number[] };
}

/** How long an evaluation is taken to be before one was measured, in µs. */
const FIRST_GUESS = 50;
/** Under this many evaluations the first one, before which others were measured, would count too much. */
const FEWEST = 10;

/** More than the caches of the processors hold that a bridge may run on. */
const elsewhere = new Float64Array(8 * 1024 * 1024);
const LINE = 8;

/** @throws Error when the policies cannot be read; all its functions when the wrong policy decides */
export function timed(size: Size): Timed {
  const evaluate = evaluationOf(size);
  const found = { warm: Number.POSITIVE_INFINITY, cold: [] as number[] };
  return {
    ...size,
    found,
    warm(milliseconds) {
      const guess = Number.isFinite(found.warm) ? found.warm : FIRST_GUESS;
      // Long enough to hold the garbage collections that belong to it.
      const times = Math.max(FEWEST, Math.ceil((milliseconds * 1000) / guess));
      const before = cpuMicroseconds();
      for (let turn = 0; turn < times; turn += 1) evaluate();
      found.warm = Math.min(found.warm, (cpuMicroseconds() - before) / times);
    },
    cold() {
      for (let at = 0; at < elsewhere.length; at += LINE) elsewhere[at] = (elsewhere[at] ?? 0) + 1;
      const before = cpuMicroseconds();
      evaluate();
      found.cold.push(cpuMicroseconds() - before);
    },
    forget() {
      found.warm = Number.POSITIVE_INFINITY;
      found.cold = [];
    },
  };
}

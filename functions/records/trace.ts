import type { Clock } from '../../relay-call/clock.ts';
import type { StepTrace } from './decision.ts';

/** Collects the steps of one decision. */
export interface Trace {
  /** Notes that a step has ended; it began where the step before it ended. */
  step(name: string, result: string): void;
  readonly steps: readonly StepTrace[];
}

export function createTrace(clock: Clock): Trace {
  const steps: StepTrace[] = [];
  let since = clock.monotonic();
  return {
    steps,
    step(name, result) {
      const now = clock.monotonic();
      steps.push({ step: name, result, took: Math.round((now - since) * 1000) / 1000 });
      since = now;
    },
  };
}

import type { Treatment } from './messages.ts';

/** Decides when a call is answered. */
export interface Gate {
  /** @param answer called once, now or later; whoever is gone by then must be let pass by `leave` */
  enter(answer: () => void): void;
  leave(answer: () => void): void;
  treat(treatment: Treatment): void;
  readonly calls: number;
  readonly waiting: number;
}

export function createGate(): Gate {
  const waiting = new Set<() => void>();
  let treatment: Treatment = { kind: 'answer', delay: 0 };
  let calls = 0;

  function enter(answer: () => void): void {
    calls += 1;
    if (treatment.kind === 'answer' && treatment.delay === 0) {
      answer();
      return;
    }
    waiting.add(answer);
    if (treatment.kind === 'answer') setTimeout(() => waiting.delete(answer) && answer(), treatment.delay);
  }

  return {
    enter,
    leave: (answer) => void waiting.delete(answer),
    treat(next) {
      treatment = next;
      if (next.kind === 'hold') return;
      const all = [...waiting];
      waiting.clear();
      for (const answer of all) answer();
    },
    get calls() {
      return calls;
    },
    get waiting() {
      return waiting.size;
    },
  };
}

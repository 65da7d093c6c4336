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
  let treatment: Treatment = 'answer';
  let calls = 0;

  return {
    enter(answer) {
      calls += 1;
      if (treatment === 'answer') answer();
      else waiting.add(answer);
    },
    leave: (answer) => void waiting.delete(answer),
    treat(next) {
      treatment = next;
      if (next === 'hold') return;
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

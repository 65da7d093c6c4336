import type { Condition } from './conditions.ts';
import type { NetworkDecision, NetworkPolicy, SignInFacts, TraceStep } from './model.ts';
import type { Readings } from './readings.ts';

/** A policy with the conditions that must all hold. */
export interface Rule<P> {
  readonly policy: P;
  readonly conditions: readonly NumberedCondition[];
}

/** Equal conditions of one configuration are one object with one number, counted from 0. */
export interface NumberedCondition extends Condition {
  readonly number: number;
}

/** One evaluation: the facts, and what is already known of each condition by its number. */
export interface Evaluation {
  readonly readings: Readings;
  /** 0 not asked yet, 1 holds, 2 does not hold. Policies often share conditions; each is worked out once. */
  readonly known: Uint8Array;
}

/** The first policy all of whose conditions hold (nps-policy.md §1.2, §1.3). */
export function firstMatch<P>(rules: readonly Rule<P>[], evaluation: Evaluation): P | undefined {
  for (const { policy, conditions } of rules) {
    if (failing(conditions, evaluation) < 0) return policy;
  }
  return undefined;
}

/** The place of the first condition that does not hold, or -1. */
function failing(conditions: readonly NumberedCondition[], { readings, known }: Evaluation): number {
  let index = 0;
  for (const condition of conditions) {
    if (known[condition.number] === 0) known[condition.number] = condition.holds(readings) ? 1 : 2;
    if (known[condition.number] === 2) return index;
    index += 1;
  }
  return -1;
}

/** What became of each policy, up to the one that matched. */
export function explain(
  rules: readonly Rule<{ readonly name: string }>[],
  evaluation: Evaluation,
): { readonly steps: readonly TraceStep[]; readonly matched: boolean } {
  const steps: TraceStep[] = [];
  for (const { policy, conditions } of rules) {
    const condition = failing(conditions, evaluation);
    if (condition < 0) {
      steps.push({ policy: policy.name, outcome: 'matched' });
      return { steps, matched: true };
    }
    const kind = conditions[condition]?.kind ?? '';
    steps.push({ policy: policy.name, outcome: 'failed', condition, kind });
  }
  return { steps, matched: false };
}

/**
 * What follows from the policy that matched: its permission first, then its constraints. A failing constraint rejects;
 * it never leads to the next policy (nps-policy.md §3).
 */
export function decide(policy: NetworkPolicy | undefined, facts: SignInFacts): NetworkDecision {
  if (policy === undefined) return { kind: 'rejected', code: 'no-network-policy' };
  if (policy.permission === 'deny') return { kind: 'rejected', code: 'network-policy-denies', policy };
  if (!policy.authenticationMethods.includes(facts.method)) {
    return { kind: 'rejected', code: 'method-not-allowed', policy };
  }
  return { kind: 'granted', policy };
}

import type { Condition } from './conditions.ts';
import type { NetworkDecision, NetworkPolicy, SignInFacts, TraceStep } from './model.ts';
import type { Readings } from './readings.ts';

/** A policy with the conditions that must all hold. */
export interface Rule<P> {
  readonly policy: P;
  readonly conditions: readonly Condition[];
}

/** The first policy all of whose conditions hold (nps-policy.md §1.2, §1.3). */
export function firstMatch<P>(rules: readonly Rule<P>[], readings: Readings): P | undefined {
  for (const { policy, conditions } of rules) {
    if (failing(conditions, readings) < 0) return policy;
  }
  return undefined;
}

/** The place of the first condition that does not hold, or -1. */
function failing(conditions: readonly Condition[], readings: Readings): number {
  for (let index = 0; index < conditions.length; index += 1) {
    if (!conditions[index]?.holds(readings)) return index;
  }
  return -1;
}

/** What became of each policy, up to the one that matched. */
export function explain(
  rules: readonly Rule<{ readonly name: string }>[],
  readings: Readings,
): { readonly steps: readonly TraceStep[]; readonly matched: boolean } {
  const steps: TraceStep[] = [];
  for (const { policy, conditions } of rules) {
    const condition = failing(conditions, readings);
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

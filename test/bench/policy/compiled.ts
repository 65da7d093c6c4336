import { readConfiguration } from '../../../functions/config/read.ts';
import { compilePolicies } from '../../../functions/policy/compile.ts';
import type { Policies, SignInFacts } from '../../../functions/policy/model.ts';
import {
  CLIENT,
  clients,
  connectionRequestPolicies,
  groupOf,
  NOW,
  networkPolicies,
  policyName,
  portTypeOf,
  STATION,
  type Variant,
} from './document.ts';

/** Which list of policies is measured, and how long it is. */
export interface Size {
  readonly list: 'network' | 'connection request';
  readonly variant: Variant;
  readonly count: number;
}

/**
 * One evaluation over policies that were read and compiled as the app does it.
 *
 * @returns evaluates once: a request that only the last policy matches. Throws Error when another one decides.
 * @throws Error when the document is not valid
 */
export function evaluationOf({ list, variant, count }: Size): () => void {
  const policies = compile(
    list === 'network'
      ? { networkPolicies: networkPolicies(count, variant) }
      : { connectionRequestPolicies: connectionRequestPolicies(count, variant) },
  );
  const facts = factsFor(count - 1, list);
  const last = policyName(count - 1);
  const evaluate =
    list === 'network'
      ? () => policies.network(facts).policy?.name
      : () => policies.connectionRequest(facts)?.name;
  return () => {
    const matched = evaluate();
    if (matched !== last)
      throw new Error(`Of ${count} policies ${matched ?? 'none'} matched, and not ${last}.`);
  };
}

function compile(policies: Readonly<Record<string, unknown>>): Policies {
  const reading = readConfiguration(JSON.stringify({ relays: [], clients: clients(), ...policies }));
  if (!reading.ok) throw new Error(`The policies cannot be read: ${JSON.stringify(reading.problems[0])}`);
  const compiled = compilePolicies(reading.document);
  if (!compiled.ok) throw new Error(`The policies cannot be used: ${JSON.stringify(compiled.problems[0])}`);
  return compiled.value;
}

const VIRTUAL = 5;

/** A request of somebody who is in 50 other groups. */
function factsFor(last: number, list: Size['list']): SignInFacts {
  return {
    client: CLIENT,
    accessServerType: 0,
    userName: ['alice@contoso.example'],
    nasPortType: list === 'network' ? VIRTUAL : portTypeOf(last),
    calledStationId: [STATION],
    callingStationId: ['203.0.113.9'],
    now: NOW,
    groups: [...Array.from({ length: 50 }, (_, index) => `Other group ${index}`), groupOf(last)],
    method: 'pap',
  };
}

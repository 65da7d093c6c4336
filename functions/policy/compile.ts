import { type ConfigurationProblem, problemAt, quoted } from '../config/problems.ts';
import type {
  BridgeConfiguration,
  ConditionEntry,
  ConnectionRequestPolicyEntry,
  NetworkPolicyEntry,
} from '../config/schema.ts';
import { ACCESS_SERVER_TYPES } from '../config/schema-policy.ts';
import { compileAttributes } from './attributes.ts';
import { compileCondition } from './conditions.ts';
import {
  decide,
  type Evaluation,
  explain,
  firstMatch,
  type NumberedCondition,
  type Rule,
} from './evaluate.ts';
import { wallClock } from './local-time.ts';
import type { ConnectionRequestPolicy, NetworkPolicy, Policies, RequestFacts } from './model.ts';
import type { PolicyProblemCode } from './problems.ts';
import { readingsOf } from './readings.ts';

type Path = readonly (string | number)[];
type Problem = ConfigurationProblem<PolicyProblemCode>;

/** Compiles the policies of a validated document; disabled ones are checked like the others and then left out. */
export function compilePolicies(
  document: Pick<BridgeConfiguration, 'timeZone' | 'connectionRequestPolicies' | 'networkPolicies'>,
):
  | { readonly ok: true; readonly value: Policies }
  | { readonly ok: false; readonly problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const conditions = new Map<string, NumberedCondition>();
  const connectionRequest = compileRules(
    'connectionRequestPolicies',
    document.connectionRequestPolicies,
    connectionRequestPolicyOf,
    conditions,
    problems,
  );
  const network = compileRules(
    'networkPolicies',
    document.networkPolicies,
    networkPolicyOf,
    conditions,
    problems,
  );
  if (problems.length > 0) return { ok: false, problems };
  return {
    ok: true,
    value: policiesOf(evaluator(document.timeZone, conditions.size), connectionRequest, network),
  };
}

function evaluator(timeZone: string, conditions: number): (facts: RequestFacts) => Evaluation {
  const clock = wallClock(timeZone);
  return (facts) => ({ readings: readingsOf(facts, clock), known: new Uint8Array(conditions) });
}

function policiesOf(
  evaluation: (facts: RequestFacts) => Evaluation,
  connectionRequest: readonly Rule<ConnectionRequestPolicy>[],
  network: readonly Rule<NetworkPolicy>[],
): Policies {
  const ofType = (type: string) => network.filter(({ policy }) => policy.accessServerType === type);
  const unspecified = ofType('unspecified');
  const byType = ACCESS_SERVER_TYPES.map((type) =>
    type === 'unspecified' ? unspecified : [...ofType(type), ...unspecified],
  );
  const rulesFor = (type: number) => byType[type] ?? unspecified;
  return {
    connectionRequest: (facts) => firstMatch(connectionRequest, evaluation(facts)),
    network: (facts) => decide(firstMatch(rulesFor(facts.accessServerType), evaluation(facts)), facts),
    explainConnectionRequest: (facts) => explain(connectionRequest, evaluation(facts)).steps,
    explainNetwork(facts) {
      const rules = rulesFor(facts.accessServerType);
      const { steps, matched } = explain(rules, evaluation(facts));
      if (matched) return steps;
      const others = network.filter((rule) => !rules.includes(rule));
      return [
        ...steps,
        ...others.map(({ policy }) => ({
          policy: policy.name,
          outcome: 'other-access-server-type' as const,
        })),
      ];
    },
  };
}

function compileRules<
  E extends ConnectionRequestPolicyEntry | NetworkPolicyEntry,
  P extends { attributes: unknown },
>(
  list: string,
  entries: readonly E[],
  policyOf: (entry: E, attributes: ReturnType<typeof compileAttributes>['attributes']) => P,
  conditions: Map<string, NumberedCondition>,
  problems: Problem[],
): Rule<P>[] {
  return entries.flatMap((entry, index) => {
    const { attributes, problems: faults } = compileAttributes([list, index, 'attributes'], entry.attributes);
    problems.push(...faults);
    const own = entry.conditions.flatMap((condition, at) =>
      compileAt([list, index, 'conditions', at], condition, conditions, problems),
    );
    return entry.enabled ? [{ policy: policyOf(entry, attributes), conditions: own }] : [];
  });
}

function compileAt(
  path: Path,
  entry: ConditionEntry,
  conditions: Map<string, NumberedCondition>,
  problems: Problem[],
): NumberedCondition[] {
  const key = JSON.stringify(entry);
  const known = conditions.get(key);
  if (known !== undefined) return [known];
  const condition = compileCondition(entry);
  if (!('unknownPortTypes' in condition)) {
    const numbered = { ...condition, number: conditions.size };
    conditions.set(key, numbered);
    return [numbered];
  }
  const values = 'nasPortType' in entry ? entry.nasPortType : [];
  for (const index of condition.unknownPortTypes) {
    const expected = 'a number, or a name such as Virtual, Ethernet or Wireless-802.11';
    const found = quoted(String(values[index]));
    problems.push(problemAt([...path, 'nasPortType', index], 'port-type-unknown', found, expected));
  }
  return [];
}

function connectionRequestPolicyOf(
  entry: ConnectionRequestPolicyEntry,
  attributes: ConnectionRequestPolicy['attributes'],
): ConnectionRequestPolicy {
  const { name, authentication } = entry;
  return {
    name,
    authentication:
      'directory' in authentication
        ? { kind: 'directory', directory: authentication.directory }
        : { kind: 'accept-without-validating' },
    attributes,
  };
}

function networkPolicyOf(entry: NetworkPolicyEntry, attributes: NetworkPolicy['attributes']): NetworkPolicy {
  const { name, accessServerType, permission, constraints, mfa } = entry;
  return {
    name,
    accessServerType,
    permission,
    authenticationMethods: constraints.authenticationMethods,
    mfa,
    attributes,
  };
}

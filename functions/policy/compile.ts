import { type ConfigurationProblem, problemAt, quoted } from '../config/problems.ts';
import type {
  BridgeConfiguration,
  ConditionEntry,
  ConnectionRequestPolicyEntry,
  NetworkPolicyEntry,
} from '../config/schema.ts';
import { ACCESS_SERVER_TYPES } from '../config/schema-policy.ts';
import { compileAttributes } from './attributes.ts';
import { type Condition, compileCondition } from './conditions.ts';
import { decide, explain, firstMatch, type Rule } from './evaluate.ts';
import { wallClock } from './local-time.ts';
import type { ConnectionRequestPolicy, NetworkPolicy, Policies } from './model.ts';
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
  const connectionRequest = compileRules(
    'connectionRequestPolicies',
    document.connectionRequestPolicies,
    connectionRequestPolicyOf,
    problems,
  );
  const network = compileRules('networkPolicies', document.networkPolicies, networkPolicyOf, problems);
  if (problems.length > 0) return { ok: false, problems };
  return { ok: true, value: policiesOf(document.timeZone, connectionRequest, network) };
}

function policiesOf(
  timeZone: string,
  connectionRequest: readonly Rule<ConnectionRequestPolicy>[],
  network: readonly Rule<NetworkPolicy>[],
): Policies {
  const clock = wallClock(timeZone);
  const ofType = (type: string) => network.filter(({ policy }) => policy.accessServerType === type);
  const unspecified = ofType('unspecified');
  const byType = ACCESS_SERVER_TYPES.map((type) =>
    type === 'unspecified' ? unspecified : [...ofType(type), ...unspecified],
  );
  const rulesFor = (type: number) => byType[type] ?? unspecified;
  return {
    connectionRequest: (facts) => firstMatch(connectionRequest, readingsOf(facts, clock)),
    network: (facts) => decide(firstMatch(rulesFor(facts.accessServerType), readingsOf(facts, clock)), facts),
    explainConnectionRequest: (facts) => explain(connectionRequest, readingsOf(facts, clock)).steps,
    explainNetwork(facts) {
      const rules = rulesFor(facts.accessServerType);
      const { steps, matched } = explain(rules, readingsOf(facts, clock));
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
  problems: Problem[],
): Rule<P>[] {
  return entries.flatMap((entry, index) => {
    const { attributes, problems: faults } = compileAttributes([list, index, 'attributes'], entry.attributes);
    problems.push(...faults);
    const conditions = entry.conditions.flatMap((condition, at) =>
      compileAt([list, index, 'conditions', at], condition, problems),
    );
    return entry.enabled ? [{ policy: policyOf(entry, attributes), conditions }] : [];
  });
}

function compileAt(path: Path, entry: ConditionEntry, problems: Problem[]): Condition[] {
  const condition = compileCondition(entry);
  if (!('unknownPortTypes' in condition)) return [condition];
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
  const { name, accessServerType, permission, constraints } = entry;
  return {
    name,
    accessServerType,
    permission,
    authenticationMethods: constraints.authenticationMethods,
    attributes,
  };
}

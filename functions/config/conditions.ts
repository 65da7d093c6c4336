import { readHours } from './hours.ts';
import { unknownNames } from './names.ts';
import { readPattern } from './pattern.ts';
import { type ConfigurationProblem, type ConfigurationProblemCode, problemAt, quoted } from './problems.ts';
import type { BridgeConfiguration, ConditionEntry } from './schema.ts';
import { DAYS, type Day } from './schema-policy.ts';

type Problem = ConfigurationProblem<ConfigurationProblemCode>;
type Path = readonly (string | number)[];

/** What no shape can say about policies: patterns, hours, the clients that conditions name, grants without methods. */
export function checkPolicies(document: BridgeConfiguration): Problem[] {
  const { clients, connectionRequestPolicies, networkPolicies } = document;
  const conditionsOf = (list: string, policies: readonly { conditions: readonly ConditionEntry[] }[]) =>
    policies.flatMap((policy, index) =>
      policy.conditions.map((condition, at) => ({ path: [list, index, 'conditions', at], condition })),
    );
  const early = conditionsOf('connectionRequestPolicies', connectionRequestPolicies);
  const all = [...early, ...conditionsOf('networkPolicies', networkPolicies)];
  return [
    ...all.flatMap(({ path, condition }) => checkCondition(path, condition, clients)),
    ...early.flatMap(({ path, condition }) =>
      'userGroup' in condition
        ? [
            problemAt(
              [...path, 'userGroup'],
              'condition-misplaced' as const,
              'a userGroup condition',
              'a condition that needs no user: a connection request policy is chosen before the user is known',
            ),
          ]
        : [],
    ),
    ...networkPolicies.flatMap((policy, index) =>
      policy.permission === 'grant' && policy.constraints.authenticationMethods.length === 0
        ? [
            problemAt(
              ['networkPolicies', index, 'constraints', 'authenticationMethods'],
              'methods-missing' as const,
              'nothing',
              'at least one authentication method, such as "pap"',
            ),
          ]
        : [],
    ),
  ];
}

function checkCondition(
  path: Path,
  condition: ConditionEntry,
  clients: readonly { name: string }[],
): Problem[] {
  if ('client' in condition) {
    const references = condition.client.map((text, at) => ({ path: [...path, 'client', at], text }));
    return unknownNames(references, clients, 'the name of a client');
  }
  if ('userName' in condition) return checkPattern([...path, 'userName'], condition.userName);
  if ('calledStationId' in condition)
    return checkPattern([...path, 'calledStationId'], condition.calledStationId);
  if ('callingStationId' in condition)
    return checkPattern([...path, 'callingStationId'], condition.callingStationId);
  if ('dayAndTime' in condition) {
    const written = DAYS.filter((day) => condition.dayAndTime[day] !== undefined);
    if (written.length === 0) {
      const place = [...path, 'dayAndTime'];
      return [
        problemAt(place, 'key-missing', 'an object without days', 'at least one day, such as "monday"'),
      ];
    }
    return written.flatMap((day) =>
      (condition.dayAndTime[day] ?? []).flatMap((text, at) =>
        checkHours([...path, 'dayAndTime', day, at], day, text),
      ),
    );
  }
  return [];
}

function checkPattern(path: Path, pattern: string): Problem[] {
  const reading = readPattern(pattern);
  return reading.ok ? [] : [problemAt(path, reading.code, quoted(pattern), reading.expected)];
}

function checkHours(path: Path, day: Day, text: string): Problem[] {
  const hours = readHours(text);
  if (typeof hours !== 'string') return [];
  const [from, to] = text.split('-');
  const next = DAYS[(DAYS.indexOf(day) + 1) % DAYS.length];
  const expected =
    hours === 'hours-past-midnight'
      ? `two ranges, "${from}-24:00" on ${day} and "00:00-${to}" on ${next}`
      : 'a range within a day, such as 08:00-18:00, that ends at 24:00 at the latest';
  return [problemAt(path, hours, quoted(text), expected)];
}

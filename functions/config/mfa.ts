import { type ConfigurationProblem, type ConfigurationProblemCode, problemAt } from './problems.ts';
import type { BridgeConfiguration } from './schema.ts';

type Problem = ConfigurationProblem<ConfigurationProblemCode>;

/** What MFA needs at other places of the document: somebody who asks, a name to ask for. */
export function checkMfa(document: BridgeConfiguration): Problem[] {
  const { mfa, directories, networkPolicies } = document;
  const known = directories.flatMap((entry, directory) =>
    (entry.kind === 'local' ? entry.users : []).flatMap((user, index) =>
      user.entra === undefined
        ? []
        : [{ user, entra: user.entra, path: ['directories', directory, 'users', index, 'entra'] }],
    ),
  );
  return [
    ...(mfa !== undefined && mfa.promptWindow < mfa.minimumWait
      ? [
          problemAt(
            ['mfa', 'promptWindow'],
            'value-out-of-range',
            String(mfa.promptWindow),
            `at least minimumWait, ${mfa.minimumWait}`,
          ),
        ]
      : []),
    ...known.flatMap(({ user, entra, path }) =>
      user.upn === undefined && entra.userPrincipalName === undefined
        ? [
            problemAt(
              [...path, 'userPrincipalName'],
              'entra-name-missing',
              'nothing',
              'the user principal name in Entra, here or as "upn" of the user',
            ),
          ]
        : [],
    ),
    ...networkPolicies.flatMap((policy, index) =>
      mfa === undefined && policy.permission === 'grant' && policy.mfa === 'required'
        ? [
            problemAt(
              ['networkPolicies', index, 'mfa'],
              'mfa-missing',
              '"required", which is the default, and no "mfa" section',
              'an "mfa" section in the document, or "none" here to let users in without a second factor',
            ),
          ]
        : [],
    ),
  ];
}

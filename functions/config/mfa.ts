import { type ConfigurationProblem, type ConfigurationProblemCode, pathText, problemAt } from './problems.ts';
import type { BridgeConfiguration } from './schema.ts';

type Problem = ConfigurationProblem<ConfigurationProblemCode>;
type Path = readonly (string | number)[];

/** What MFA needs at other places of the document: somebody who asks, a tenant, a name to ask for. */
export function checkMfa(document: BridgeConfiguration): Problem[] {
  const { mfa, tenant, directories, networkPolicies } = document;
  const known = directories.flatMap((entry, directory) =>
    (entry.kind === 'local' ? entry.users : []).flatMap((user, index) =>
      user.entra === undefined
        ? []
        : [{ user, entra: user.entra, path: ['directories', directory, 'users', index, 'entra'] }],
    ),
  );
  const needsTenant: readonly Path[] = [
    ...(mfa === undefined ? [] : [['mfa']]),
    ...known.map(({ path }) => path),
  ];
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
    ...(tenant === undefined ? tenantMissing(needsTenant) : []),
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

function tenantMissing([first]: readonly Path[]): Problem[] {
  if (first === undefined) return [];
  const expected = `the tenant's id in Entra (a GUID), which ${pathText(first)} needs`;
  return [problemAt(['tenant'], 'tenant-missing', 'nothing', expected)];
}

import { type ConfigurationProblem, type ConfigurationProblemCode, pathText, problemAt } from './problems.ts';
import type { BridgeConfiguration } from './schema.ts';

type Path = readonly (string | number)[];

/** Whether something in the document needs a tenant that is not named; the first such thing is told. */
export function checkTenant({
  tenant,
  mfa,
  directories,
}: BridgeConfiguration): ConfigurationProblem<ConfigurationProblemCode>[] {
  if (tenant !== undefined) return [];
  const needing: readonly Path[] = [
    ...(mfa === undefined ? [] : [['mfa']]),
    ...directories.flatMap((entry, directory): Path[] =>
      entry.kind === 'entra'
        ? [['directories', directory]]
        : entry.users.flatMap((user, index) =>
            user.entra === undefined ? [] : [['directories', directory, 'users', index, 'entra']],
          ),
    ),
  ];
  const [first] = needing;
  if (first === undefined) return [];
  const expected = `the tenant's id in Entra (a GUID), which ${pathText(first)} needs`;
  return [problemAt(['tenant'], 'tenant-missing', 'nothing', expected)];
}

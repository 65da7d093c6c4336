import { foldName } from '../functions/config/fold.ts';
import type {
  BridgeConfiguration,
  DirectoryEntry,
  EntraDirectoryEntry,
  NetworkPolicyEntry,
} from '../functions/config/schema.ts';
import { heading, warning } from './lines.ts';
import { certificateLines } from './summary-certificate.ts';

/** Whom an Entra directory finds by which names, in which groups, and how it checks their passwords. */
export function entraDirectoryLines(directory: EntraDirectoryEntry, document: BridgeConfiguration): string[] {
  const { name, domains, groups, passwordCheck, cacheFor } = directory;
  const checks = passwordCheck !== undefined;
  return [
    ...heading(`Directory ${name}: the users of the tenant in Entra`),
    `  tenant        ${document.tenant ?? 'none'} (cloud: ${document.cloud})`,
    `  domains       ${domains.length === 0 ? 'none: DOMAIN\\name finds nobody' : domains.map(domainText).join(', ')}`,
    `  bare names    ${bareNamesText(directory)}`,
    `  groups        ${groups.length === 0 ? 'none' : groups.map((group) => group.name).join(', ')}`,
    ...(groups.length === 0 && document.networkPolicies.some(asksForGroups)
      ? warning('policies ask for groups, and this directory has no "groups": its users are in none', '    ')
      : []),
    ...lackingLines(directory, document),
    ...domains.flatMap(domainWarnings),
    ...passwordLines(directory, document),
    `  methods       ${checks ? 'unauthenticated, pap, eap-gtc (this version verifies PAP)' : 'unauthenticated'}`,
    `  changes       ${cacheFor === 0 ? 'of a user or a group count at once: Graph is asked at every sign-in' : `of a user or a group count after ${cacheFor} s at most`}`,
  ];
}

/** Groups that enabled policies ask for and nobody can be in; of those that a policy denies, nobody of one directory. */
export function groupWarnings({ directories, networkPolicies }: BridgeConfiguration): string[] {
  const known = directories.map((directory) => ({ name: directory.name, groups: groupsIn(directory) }));
  return networkPolicies
    .filter((policy) => policy.enabled)
    .flatMap((policy) =>
      groupsOf(policy).flatMap((group) => {
        const without = known.filter(({ groups }) => !groups.has(foldName(group)));
        if (without.length === known.length) {
          return warning(
            `network policy "${policy.name}" asks for the group "${group}", which no directory has: nobody is in it`,
          );
        }
        if (policy.permission !== 'deny') return [];
        return without.flatMap(({ name }) =>
          warning(
            `network policy "${policy.name}" denies the group "${group}", which directory "${name}" does not have: it denies nobody of that directory`,
          ),
        );
      }),
    );
}

function groupsIn(directory: DirectoryEntry): ReadonlySet<string> {
  const names =
    directory.kind === 'local'
      ? directory.users.flatMap(({ groups }) => groups)
      : directory.groups.map(({ name }) => name);
  return new Set(names.map(foldName));
}

/** Groups of policies that nobody of this directory is in, because the directory does not have them. */
function lackingLines({ groups }: EntraDirectoryEntry, { networkPolicies }: BridgeConfiguration): string[] {
  const known = new Set(groups.map(({ name }) => foldName(name)));
  const asked = networkPolicies.filter(({ enabled }) => enabled).flatMap(groupsOf);
  const lacking = [...new Set(asked.filter((group) => !known.has(foldName(group))))];
  if (groups.length === 0 || lacking.length === 0) return [];
  return [
    `  not in it     ${lacking.join(', ')}: policies ask for these groups, and no user of this directory is in them`,
  ];
}

/** What Active Directory allows and hardly anybody has; most often the two names have changed places. */
function domainWarnings({ name, dnsName }: EntraDirectoryEntry['domains'][number]): string[] {
  if (!name.includes('.') && dnsName.includes('.')) return [];
  const told = `domain "${name}" with the DNS name "${dnsName}": "name" is the NetBIOS name, without dots, "dnsName" the DNS name, with dots; should they change places?`;
  return warning(told, '    ');
}

/** Whether a user of an Entra directory can be one whom the policy is about, as far as groups say. */
export function concernsEntra(
  policy: NetworkPolicyEntry,
  { directories }: Pick<BridgeConfiguration, 'directories'>,
): boolean {
  return directories.some(
    (directory) =>
      directory.kind === 'entra' &&
      policy.conditions.every(
        (condition) =>
          !('userGroup' in condition) ||
          condition.userGroup.some((group) => groupsIn(directory).has(foldName(group))),
      ),
  );
}

function domainText({ name, dnsName }: EntraDirectoryEntry['domains'][number]): string {
  return `${name} (${dnsName})`;
}

function bareNamesText({ bareNames }: EntraDirectoryEntry): string {
  if (bareNames === undefined) return 'not read: a name alone finds nobody';
  return 'domain' in bareNames
    ? `name is read as ${bareNames.domain}\\name`
    : `name is read as name@${bareNames.upnSuffix}`;
}

function passwordLines(
  { passwordCheck }: EntraDirectoryEntry,
  { mfa, networkPolicies }: BridgeConfiguration,
): string[] {
  if (passwordCheck === undefined) {
    return [
      '  passwords     not checked: there is no "passwordCheck"',
      ...(networkPolicies.some(takesPasswords)
        ? warning('no password of its users can be right; only requests without one can be let in', '    ')
        : []),
    ];
  }
  const { clientId, signature } = passwordCheck;
  const certificate = passwordCheck.certificate ?? mfa?.providers[0]?.certificate;
  const note =
    passwordCheck.certificate === undefined
      ? ' (that of MFA; to be registered on this app registration, too)'
      : '';
  return [
    `  passwords     checked by Entra, through the app registration ${clientId}`,
    ...(certificate === undefined
      ? []
      : certificateLines(certificate, signature, 'every check of a password', note)),
  ];
}

function asksForGroups(policy: NetworkPolicyEntry): boolean {
  return policy.enabled && groupsOf(policy).length > 0;
}

function groupsOf({ conditions }: NetworkPolicyEntry): readonly string[] {
  return conditions.flatMap((condition) => ('userGroup' in condition ? condition.userGroup : []));
}

function takesPasswords({ enabled, permission, constraints }: NetworkPolicyEntry): boolean {
  const { authenticationMethods } = constraints;
  return enabled && permission === 'grant' && authenticationMethods.some((one) => one !== 'unauthenticated');
}

import { PROFILES } from '../functions/clients/profiles.ts';
import type {
  BridgeConfiguration,
  ClientEntry,
  LocalDirectoryEntry,
  MfaEntry,
  NetworkPolicyEntry,
} from '../functions/config/schema.ts';
import { heading, warning } from './lines.ts';
import { certificateLines } from './summary-certificate.ts';
import { concernsEntra } from './summary-entra.ts';

/** Seconds for which clients of the service are known to wait. */
const USUAL_RINGING = 60;

/** Which policies grant access, and whether a second factor is asked for before they do. */
export function grantLines({ networkPolicies, directories }: BridgeConfiguration): string[] {
  const grants = networkPolicies.filter(isGrant);
  if (grants.length === 0) return [];
  const width = Math.max(...grants.map(({ name }) => name.length));
  return [
    ...heading('Network policies that grant access'),
    ...grants.flatMap((policy) => [
      `  ${policy.name.padEnd(width)}  ${policy.mfa === 'required' ? 'MFA required' : 'no MFA'}`,
      ...(policy.mfa === 'none' ? warning(withoutMfa(policy), '    ') : []),
      ...(policy.mfa === 'none' && concernsEntra(policy, { directories })
        ? warning('a user of Entra gets in without MFA also where Conditional Access demands it', '    ')
        : []),
    ]),
  ];
}

/** Who asks for the second factor, as whom and for how long. */
export function mfaLines({ tenant, cloud, mfa, clients, networkPolicies }: BridgeConfiguration): string[] {
  if (mfa === undefined) return [];
  const { promptWindow, minimumWait } = mfa;
  return [
    ...heading('MFA'),
    `  tenant        ${tenant ?? 'none'} (cloud: ${cloud})`,
    ...mfa.providers.flatMap(providerLines),
    `  waits         ${promptWindow} s for the user; with less than ${minimumWait} s left no prompt begins`,
    ...(promptWindow < USUAL_RINGING
      ? warning(`a phone may ring for ${USUAL_RINGING} s; an answer after ${promptWindow} s is lost`, '    ')
      : []),
    ...(networkPolicies.some(requiresMfa)
      ? clients.filter((client) => isTooHasty(client, minimumWait)).flatMap(hastyClientLines)
      : []),
  ];
}

/** Users whom no policy that requires MFA lets in. */
export function withoutEntraLines(
  { users }: LocalDirectoryEntry,
  { networkPolicies }: BridgeConfiguration,
): string[] {
  const names = users.filter((user) => user.enabled && user.entra === undefined).map(({ name }) => name);
  if (names.length === 0 || !networkPolicies.some(requiresMfa)) return [];
  const told = names.slice(0, 10).join(', ');
  const rest = names.length > 10 ? ` and ${names.length - 10} more` : '';
  return warning(`no policy that requires MFA lets in users without "entra": ${told}${rest}`, '  ');
}

function isGrant(policy: NetworkPolicyEntry): boolean {
  return policy.enabled && policy.permission === 'grant';
}

function requiresMfa(policy: NetworkPolicyEntry): boolean {
  return isGrant(policy) && policy.mfa === 'required';
}

function withoutMfa({ constraints }: NetworkPolicyEntry): string {
  return constraints.authenticationMethods.includes('unauthenticated')
    ? "NOTHING IS PROVEN: neither a password nor a second factor is asked for, so a user's name is enough (an RD Gateway has checked the password itself, other clients need not have)"
    : 'a password alone is enough';
}

function providerLines({ kind, certificate, signature, language }: MfaEntry['providers'][number]): string[] {
  return [
    `  provider      ${kind} (Authenticator push with Approve and Deny, or a phone call), language ${language}`,
    ...certificateLines(certificate, signature, 'every sign-in with MFA'),
  ];
}

function patienceOf({ patience, profile }: ClientEntry): number {
  return patience ?? PROFILES[profile].patience;
}

function isTooHasty(client: ClientEntry, minimumWait: number): boolean {
  return client.enabled && patienceOf(client) <= minimumWait;
}

function hastyClientLines(client: ClientEntry): string[] {
  return warning(
    `no prompt can begin for "${client.name}", which waits only ${patienceOf(client)} s`,
    '    ',
  );
}

import { PROFILES } from '../functions/clients/profiles.ts';
import type { BridgeConfiguration, ClientEntry, LocalDirectoryEntry } from '../functions/config/schema.ts';
import { methodsOf } from '../functions/identity/credential.ts';
import { heading, warning } from './lines.ts';
import { entraDirectoryLines, groupWarnings } from './summary-entra.ts';
import { grantLines, mfaLines, withoutEntraLines } from './summary-mfa.ts';

/** What a valid configuration means where it is easy to overlook, with warnings where it is weak. */
export function summaryOf(document: BridgeConfiguration): string[] {
  return [
    ...heading('Clients'),
    ...document.clients.flatMap(clientLines),
    ...document.directories.flatMap((directory) =>
      directory.kind === 'local'
        ? [...directoryLines(directory), ...withoutEntraLines(directory, document)]
        : entraDirectoryLines(directory, document),
    ),
    ...grantLines(document),
    ...mfaLines(document),
    ...documentWarnings(document),
  ];
}

function clientLines(client: ClientEntry): string[] {
  const patience = client.patience ?? PROFILES[client.profile].patience;
  const relays = client.relays === undefined ? 'every relay' : client.relays.join(', ');
  return [
    `  ${client.name}${client.enabled ? '' : ' (not enabled: packets are discarded)'}`,
    `    profile                ${client.profile}`,
    `    addresses              ${client.addresses.join(', ')}`,
    `    relays                 ${relays}`,
    `    waits                  ${patience} s${client.patience === undefined ? ' (from the profile)' : ''}`,
    `    Message-Authenticator  ${client.messageAuthenticator}`,
    ...(client.messageAuthenticator === 'optional'
      ? warning(
          'packets without Message-Authenticator are taken: open to BlastRADIUS (CVE-2024-3596)',
          '    ',
        )
      : []),
    ...(client.messageAuthenticator === 'optional' && client.secrets.length > 1
      ? warning(
          'a packet without Message-Authenticator is read with the first secret only: change the device first',
          '    ',
        )
      : []),
    ...(client.allowWeakSecret
      ? warning('a shared secret under 16 octets is taken; whoever records packets can guess it', '    ')
      : []),
  ];
}

function directoryLines({ name, users }: LocalDirectoryEntry): string[] {
  const width = Math.max(0, ...users.map((user) => user.name.length));
  return [
    ...heading(`Users of ${name}, and the methods that their credentials allow (this version verifies PAP)`),
    ...users.map((user) => {
      const kind = user.credential?.kind;
      const methods = methodsOf(kind).join(', ');
      const state = user.enabled ? '' : ' (not enabled)';
      return `  ${user.name.padEnd(width)}  ${(kind ?? 'no password').padEnd(11)}  ${methods}${state}`;
    }),
  ];
}

function documentWarnings(document: BridgeConfiguration): string[] {
  const relays = document.relays.filter((relay) => relay.enabled);
  const requests = document.connectionRequestPolicies.filter((policy) => policy.enabled);
  const unchecked = requests.filter((policy) => 'acceptWithoutValidating' in policy.authentication);
  const lines = [
    ...(relays.length === 0
      ? warning('no relay is enabled: no packet can arrive (npm start adds a relay of its own)')
      : []),
    ...(requests.length === 0
      ? warning('no connection request policy is enabled: every sign-in is rejected')
      : []),
    ...(document.networkPolicies.some((policy) => policy.enabled)
      ? []
      : warning('no network policy is enabled: nobody is granted access by one')),
    ...groupWarnings(document),
    ...unchecked.flatMap((policy) =>
      warning(`connection request policy "${policy.name}" accepts everybody without validating anything`),
    ),
  ];
  return lines.length === 0 ? [] : ['', ...lines];
}

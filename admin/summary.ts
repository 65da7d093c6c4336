import { PROFILES } from '../functions/clients/profiles.ts';
import type { BridgeConfiguration, ClientEntry } from '../functions/config/schema.ts';
import { heading, warning } from './lines.ts';
import { entraDirectoryLines } from './summary-entra.ts';
import { grantLines, mfaLines, withoutEntraLines } from './summary-mfa.ts';
import { localDirectoryLines } from './summary-users.ts';
import { documentWarnings } from './summary-warnings.ts';

/** Seconds after which Azure's load balancer ends a call, whatever the plan; local/front-end does the same. */
export const LONGEST_CALL = 230;

/** What a valid configuration means where it is easy to overlook, with warnings where it is weak. */
export function summaryOf(document: BridgeConfiguration): string[] {
  const warnings = documentWarnings(document);
  return [
    ...heading('Clients'),
    ...document.clients.flatMap(clientLines),
    ...document.directories.flatMap((directory) =>
      directory.kind === 'local'
        ? [...localDirectoryLines(directory), ...withoutEntraLines(directory, document)]
        : entraDirectoryLines(directory, document),
    ),
    ...grantLines(document),
    ...mfaLines(document),
    ...(warnings.length === 0 ? [] : ['', ...warnings]),
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
    ...(patience > LONGEST_CALL
      ? warning(
          `Azure ends every call after ${LONGEST_CALL} s: an answer that takes longer is lost, however long the client waits`,
          '    ',
        )
      : []),
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

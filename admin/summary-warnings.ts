import type { BridgeConfiguration } from '../functions/config/schema.ts';
import { warning } from './lines.ts';
import { tooLongTogether } from './summary-attributes.ts';
import { groupWarnings } from './summary-entra.ts';

/** What is weak or missing in the document as a whole. */
export function documentWarnings(document: BridgeConfiguration): string[] {
  const relays = document.relays.filter((relay) => relay.enabled);
  const requests = document.connectionRequestPolicies.filter((policy) => policy.enabled);
  const unchecked = requests.filter((policy) => 'acceptWithoutValidating' in policy.authentication);
  return [
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
    ...tooLongTogether(document),
    ...unchecked.flatMap((policy) =>
      warning(`connection request policy "${policy.name}" accepts everybody without validating anything`),
    ),
  ];
}

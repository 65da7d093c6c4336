import type { BridgeConfiguration } from '../functions/config/schema.ts';
import { ATTRIBUTE_ROOM, compileAttributes } from '../functions/policy/attributes.ts';
import { octetsOf } from '../functions/radius/reply-attribute.ts';
import { MAX_PACKET } from '../relay-call/framing.ts';
import { warning } from './lines.ts';

/** Pairs that are named; whoever has more has one long policy among them. */
const NAMED = 10;

interface Rule {
  readonly name: string;
  /** Octets by attribute: of all its values together. */
  readonly octets: ReadonlyMap<string, number>;
  readonly length: number;
}

/**
 * Policies whose attributes fit into a packet each, but not together: a connection request policy and a network policy
 * that grants access send theirs in one Accept, and one that cannot be sent whole is not sent. Whether a request can
 * match both is not looked at.
 */
export function tooLongTogether({
  connectionRequestPolicies,
  networkPolicies,
}: Pick<BridgeConfiguration, 'connectionRequestPolicies' | 'networkPolicies'>): string[] {
  const requests = connectionRequestPolicies
    .filter(({ enabled, authentication }) => enabled && 'directory' in authentication)
    .flatMap(ruleOf);
  const grants = networkPolicies
    .filter(({ enabled, permission }) => enabled && permission === 'grant')
    .flatMap(ruleOf);
  const lines: string[] = [];
  for (const request of requests) {
    for (const grant of grants) {
      if (fitTogether(request, grant)) continue;
      if (lines.length === NAMED) return [...lines, ...warning('there are more such pairs of policies')];
      lines.push(
        ...warning(
          `the attributes of connection request policy "${request.name}" and network policy "${grant.name}" do not fit into one packet of ${MAX_PACKET} octets: whoever matches both is rejected (reply-not-possible)`,
        ),
      );
    }
  }
  return lines;
}

function ruleOf({
  name,
  attributes: entry,
}: Pick<BridgeConfiguration['networkPolicies'][number], 'name' | 'attributes'>): Rule[] {
  const octets = new Map<string, number>();
  let length = 0;
  for (const attribute of compileAttributes([], entry).attributes) {
    const key = `${attribute.vendor ?? ''} ${attribute.type}`;
    octets.set(key, (octets.get(key) ?? 0) + octetsOf(attribute));
    length += octetsOf(attribute);
  }
  return length === 0 ? [] : [{ name, octets, length }];
}

/**
 * As `mergeAttributes` puts them together: where both have an attribute, the network policy's counts alone. Proxy-States of
 * a request take room besides.
 */
function fitTogether(request: Rule, grant: Rule): boolean {
  let length = request.length + grant.length;
  if (length <= ATTRIBUTE_ROOM) return true;
  for (const [key, octets] of request.octets) if (grant.octets.has(key)) length -= octets;
  return length <= ATTRIBUTE_ROOM;
}

import type { BridgeConfiguration } from '../functions/config/schema.ts';
import { compileAttributes, mergeAttributes } from '../functions/policy/attributes.ts';
import type { Packet } from '../functions/radius/packet.ts';
import { buildReply } from '../functions/radius/reply.ts';
import type { ReplyAttribute } from '../functions/radius/reply-attribute.ts';
import { sharedSecret } from '../functions/radius/secret.ts';
import { CODE, MAX_PACKET } from '../relay-call/framing.ts';
import { warning } from './lines.ts';

/** Pairs that are named; whoever has more has one long policy among them. */
const NAMED = 10;

interface Rule {
  readonly name: string;
  readonly attributes: readonly ReplyAttribute[];
  /** Octets of an Accept with these attributes alone. */
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
  const { attributes } = compileAttributes([], entry);
  return attributes.length === 0 ? [] : [{ name, attributes, length: lengthOf(attributes) }];
}

function fitTogether(request: Rule, grant: Rule): boolean {
  // Both lengths have what every Accept has, so that this is on the safe side, and spares putting most pairs together.
  if (request.length + grant.length <= MAX_PACKET) return true;
  return acceptOf(mergeAttributes(request.attributes, grant.attributes)) !== 'reply-too-long';
}

function lengthOf(attributes: readonly ReplyAttribute[]): number {
  const accept = acceptOf(attributes);
  return typeof accept === 'string' ? 0 : accept.length;
}

/** As the functions write it, to a request without Proxy-States, which take more room. */
function acceptOf(attributes: readonly ReplyAttribute[]): ReturnType<typeof buildReply> {
  return buildReply(REQUEST, { code: CODE.accessAccept, attributes, secret: SECRET });
}

const REQUEST: Packet = {
  code: CODE.accessRequest,
  identifier: 0,
  octets: Buffer.alloc(20),
  authenticator: Buffer.alloc(16),
  attributes: [],
};
const SECRET = sharedSecret('none', Buffer.from('none'));

import { CODE } from '../../relay-call/framing.ts';
import { type ConfigurationProblem, describeFound, problemAt, quoted } from '../config/problems.ts';
import type { AttributesEntry } from '../config/schema.ts';
import { encodeAttributes } from '../radius/attribute.ts';
import { attributeByName } from '../radius/dictionary/lookup.ts';
import { octetsOf, type ReplyAttribute } from '../radius/reply-attribute.ts';
import { allowedInReply } from '../radius/reply-rules.ts';
import type { PolicyProblemCode } from './problems.ts';

/** What the bridge writes itself where it belongs into an Accept, and what proves a conversation. */
const OWN = new Set(
  [
    'State',
    'Proxy-State',
    'Message-Authenticator',
    'EAP-Message',
    'MS-CHAP2-Success',
    'MS-CHAP-Domain',
    'MS-CHAP-MPPE-Keys',
    'MS-MPPE-Send-Key',
    'MS-MPPE-Recv-Key',
  ].map((name) => name.toLowerCase()),
);

/** 4096 octets less the header and Message-Authenticator (RFC 2865 §3, RFC 3579 §3.2). */
export const ATTRIBUTE_ROOM = 4096 - 20 - 18;

type Path = readonly (string | number)[];
type Problem = ConfigurationProblem<PolicyProblemCode>;

/** Encodes a policy's `attributes` once, so that nothing about them can go wrong while somebody signs in. */
export function compileAttributes(
  path: Path,
  entry: AttributesEntry | undefined,
): { readonly attributes: readonly ReplyAttribute[]; readonly problems: readonly Problem[] } {
  const attributes: ReplyAttribute[] = [];
  const problems: Problem[] = [];
  const seen = new Set<string>();
  for (const [name, written] of Object.entries(entry ?? {})) {
    const refusal = refuse([...path, name], name, seen);
    seen.add(name.toLowerCase());
    if (refusal !== undefined) {
      problems.push(refusal);
      continue;
    }
    for (const [index, value] of (Array.isArray(written) ? written : [written]).entries()) {
      const place = Array.isArray(written) ? [...path, name, index] : [...path, name];
      const encoded = encodeAttributes(name, value);
      if ('fault' in encoded) {
        problems.push(problemAt(place, 'attribute-malformed', describeFound(value, place), encoded.fault));
      } else if (encoded.every((one) => allowedInReply(CODE.accessRequest, CODE.accessAccept, one))) {
        attributes.push(...encoded);
      } else {
        const expected = 'an attribute that may stand in an Access-Accept';
        problems.push(problemAt(place, 'attribute-not-allowed', quoted(name), expected));
      }
    }
  }
  const length = attributes.reduce((sum, one) => sum + octetsOf(one), 0);
  if (length > ATTRIBUTE_ROOM) {
    const expected = `at most ${ATTRIBUTE_ROOM} octets, all attributes of the policy together`;
    problems.push(problemAt(path, 'attributes-too-long', `${length} octets`, expected));
  }
  return { attributes, problems };
}

function refuse(path: Path, name: string, seen: ReadonlySet<string>): Problem | undefined {
  const plain = name.replace(/:\d*$/, '');
  if (seen.has(name.toLowerCase())) {
    return problemAt(
      path,
      'attribute-twice',
      quoted(name),
      'each attribute once, with a list for several values',
    );
  }
  if (OWN.has(plain.toLowerCase())) {
    const expected = 'an attribute that the bridge does not write itself';
    return problemAt(path, 'attribute-not-allowed', quoted(name), expected);
  }
  if (attributeByName(plain) === undefined) {
    return problemAt(path, 'attribute-unknown', quoted(name), "an attribute's name, such as Session-Timeout");
  }
  return undefined;
}

/**
 * The attributes of an Accept: those of the connection request policy and those of the network policy. Where both have
 * an attribute, the network policy's count alone (nps-policy.md §11).
 */
export function mergeAttributes(
  connectionRequest: readonly ReplyAttribute[],
  network: readonly ReplyAttribute[],
): readonly ReplyAttribute[] {
  const kept = connectionRequest.filter(
    (one) => !network.some((other) => other.type === one.type && other.vendor === one.vendor),
  );
  return [...kept, ...network];
}
